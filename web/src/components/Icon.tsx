/* Pictures of 24 × 24, one stroke wide; they only accompany words, so screen readers leave them out. */
const PATHS: Readonly<Record<string, string>> = {
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  chart: "M4 4v16h16M8 15V9m0 9v-3m0-6V6m5 9v-5m0 8v-3m0-5V7m5 6V6m0 10v-3m0-7V4",
  trade: "M7 4v16m0 0-3-3m3 3 3-3M17 20V4m0 0-3 3m3-3 3 3",
  strategy: "M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4M16 4v4M8 10v4M14 16v4",
  performance: "M4 19h16M5 15l4-5 4 3 6-8M15 5h4v4",
  backtest: "M4 12a8 8 0 1 0 3-6.2M7 3v4H3M12 8v4l3 2",
  brain: "M6 6h.01M18 6h.01M12 18h.01M6 6h12M6 6l6 12M18 6l-6 12",
  research: "M10 4v6l-5 9h14l-5-9V4M8 4h8M8 15h8",
  universe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  alert: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  account: "M4 7h16v12H4zM4 11h16M15 15h2M7 7V5h10v2",
  health: "M12 20s-8-5-8-11a4.5 4.5 0 0 1 8-2.5A4.5 4.5 0 0 1 20 9c0 6-8 11-8 11z",
  logs: "M5 4h14v16H5zM8 8h8M8 12h8M8 16h5",
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M6 6l12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  system: "M3 5h18v11H3zM8 20h8M12 16v4",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8z",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
};

export function Icon({ name }: { readonly name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name] ?? ""} />
    </svg>
  );
}
