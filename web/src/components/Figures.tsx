/* Small things that show a number or a word. */
import type { ComponentChildren } from "preact";
import { decimal, money, percent, signOf, span } from "../lib/format.ts";
import { useNow } from "../lib/live.ts";
import { LIMIT, type Thresholds, toneOf } from "../lib/tone.ts";

export type Tone = "good" | "bad" | "warn" | "info" | "plain";

/** A word with a colour; the word says it too, so that nobody needs the colour. */
export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

interface ChangeProps {
  readonly of: string | number | null | undefined;
  /** `money` (two digits), `percent` of a fraction, or digits of a plain number. */
  readonly as?: "money" | "percent" | number;
}

/** A gain or a loss, with its sign. */
export function Change({ of, as = "money" }: ChangeProps) {
  const text = as === "money" ? money(of, { sign: true }) : as === "percent" ? percent(of, 2, { sign: true }) : decimal(of, as, { sign: true });
  return <span class={["negative", "", "positive"][signOf(of) + 1]}>{text}</span>;
}

interface StatProps {
  readonly name: string;
  readonly children: ComponentChildren;
  /** A line below, in small. */
  readonly note?: ComponentChildren;
}

/** One large figure with its name. Several stand in `<dl class="stats">`. */
export function Stat({ name, children, note }: StatProps) {
  return (
    <div class="stat">
      <dt>{name}</dt>
      <dd>
        <b>{children}</b>
        {note ? <small>{note}</small> : null}
      </dd>
    </div>
  );
}

interface MeterProps {
  readonly name: string;
  readonly used: number;
  readonly most: number;
  readonly text: string;
  readonly thresholds?: Thresholds;
}

/** How much of a limit is used. */
export function Meter({ name, used, most, text, thresholds = LIMIT }: MeterProps) {
  const share = most > 0 ? Math.min(1, used / most) : used > 0 ? 1 : 0;
  const tone = toneOf(share, thresholds);
  return (
    <div class="meter">
      <span>{name}</span>
      <span class="number">{text}</span>
      <div class={`bar ${tone}`} role="meter" aria-label={name} aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100} aria-valuetext={text}>
        <i style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}

/** How long ago something was, renewed each second. */
export function Ago({ at }: { readonly at: number }) {
  const now = useNow();
  return <>{at ? `${span(now - at)} ago` : "never"}</>;
}

interface LineProps {
  readonly values: readonly number[];
  /** When each was, in any unit. */
  readonly times: readonly number[];
  /** What it shows, in words. */
  readonly label: string;
  readonly height?: number;
}

/** A line without axes: the shape of a series. */
export function Sparkline({ values, times, label, height = 48 }: LineProps) {
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const reach = Math.max(...values) - low || 1;
  const begin = times[0] ?? 0;
  const long = (times.at(-1) ?? 0) - begin || 1;
  const points = values.map((value, n) => {
    const x = (((times[n] ?? 0) - begin) / long) * 300;
    return `${x.toFixed(1)},${(height - 2 - ((value - low) / reach) * (height - 4)).toFixed(1)}`;
  });
  const rising = (values.at(-1) ?? 0) >= (values[0] ?? 0);
  return (
    <svg class={`sparkline ${rising ? "good" : "bad"}`} viewBox={`0 0 300 ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="area" d={`M0,${height} L${points.join(" L")} L300,${height} Z`} />
      <path class="line" d={`M${points.join(" L")}`} />
    </svg>
  );
}

/** One line of a list of facts. */
export function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <li>
      <span>{name}</span>
      <span class="number">{value}</span>
    </li>
  );
}
