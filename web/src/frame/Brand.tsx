export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="7" />
        <path d="M6 20c5-1 7-9 12-9 3 0 4 2 4 3.5s-1.2 3-3 3M6 24c7 0 9-3 20-3" />
      </svg>
      Tradewind
    </span>
  );
}
