import { signal } from "@preact/signals";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "good" | "bad" | "info";
}

const SHOWN_MS = 7_000;
const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Say what came of something; it leaves by itself. What must not be missed belongs on the page instead. */
export function say(text: string, tone: Toast["tone"] = "info"): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone }];
  setTimeout(() => {
    toasts.value = toasts.value.filter((one) => one.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <p key={one.id} class={one.tone}>
          {one.text}
        </p>
      ))}
    </div>
  );
}
