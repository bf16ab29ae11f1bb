import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { placesOf } from "../lib/arrange.ts";
import { compact } from "../lib/format.ts";
import { Empty } from "./Shown.tsx";
import "./curve.css";

export interface Point {
  readonly ts: number;
  readonly value: number;
  /** A band around the value: its half width. */
  readonly error?: number;
}

interface Props {
  /** What it shows, in words. */
  readonly label: string;
  readonly points: readonly Point[];
  readonly empty: string;
  /** How one point reads: what is said of the one that is looked at. */
  readonly read: (point: Point, fall: number) => ComponentChildren;
  readonly when: (ts: number) => string;
  /** Draw how far the value lies below its highest before, underneath. */
  readonly falls?: boolean;
  /** Draw a line at this value. */
  readonly level?: number;
  readonly height?: number;
  readonly axis?: (value: number) => string;
}

const WIDE = 1000;

/** A curve with its ends named; a slider below reads any point of it, by mouse, finger or keyboard. */
export function Curve({ label, points, empty, read, when, falls = false, level, height = 220, axis = compact }: Props) {
  const id = useId();
  const [chosen, setChosen] = useState<number | null>(null);
  if (points.length < 2) return <Empty>{empty}</Empty>;
  const at = Math.min(chosen ?? points.length - 1, points.length - 1);
  const low = Math.min(...points.map((one) => one.value - (one.error ?? 0)), level ?? Infinity);
  const high = Math.max(...points.map((one) => one.value + (one.error ?? 0)), level ?? -Infinity);
  const reach = high - low || 1;
  const places = placesOf(points);
  const x = (n: number) => (places[n] ?? 0) * WIDE;
  const y = (value: number) => 4 + (1 - (value - low) / reach) * (height - 8);
  const depths = fallsOf(points);
  const [point, fall] = [points[at] as Point, depths[at] ?? 0];
  const first = points[0] as Point;
  const last = points.at(-1) as Point;
  const line = points.map((one, n) => `${x(n).toFixed(1)},${y(one.value).toFixed(1)}`).join(" L");
  return (
    <figure class="chart">
      <div class="chart-plot">
        <span class="chart-high">{axis(high)}</span>
        <span class="chart-low">{axis(low)}</span>
        <svg viewBox={`0 0 ${WIDE} ${height}`} preserveAspectRatio="none" style={{ height: `${height / 16}rem` }} role="img" aria-label={label}>
          {points.some((one) => one.error !== undefined) ? <path class="band" d={band(points, x, y)} /> : null}
          {level === undefined ? null : <path class="level" d={`M0,${y(level)} H${WIDE}`} />}
          {points.some((one) => one.error !== undefined) ? null : <path class="area" d={`M0,${height} L${line} L${WIDE},${height} Z`} />}
          <path class="line" d={`M${line}`} />
          {chosen === null ? null : <path class="hand" d={`M${x(at)},0 V${height}`} />}
        </svg>
        {falls ? <Falls depths={depths} places={places} at={chosen === null ? null : x(at)} /> : null}
        <input
          type="range"
          aria-labelledby={`${id}-read`}
          aria-valuetext={`${when(point.ts)}, ${axis(point.value)}`}
          min={0}
          max={points.length - 1}
          value={at}
          onInput={(event) => setChosen(Number(event.currentTarget.value))}
          onPointerMove={(event) => setChosen(under(event, places))}
          onPointerLeave={() => setChosen(null)}
          onBlur={() => setChosen(null)}
        />
      </div>
      <figcaption>
        <span>{when(first.ts)}</span>
        <span id={`${id}-read`} class="chart-read">
          {when(point.ts)}: {read(point, fall)}
        </span>
        <span>{when(last.ts)}</span>
      </figcaption>
    </figure>
  );
}

const DEEP = 56;

function Falls({ depths, places, at }: { readonly depths: readonly number[]; readonly places: readonly number[]; readonly at: number | null }) {
  const deepest = Math.max(...depths, 1e-9);
  const line = depths.map((one, n) => `${((places[n] ?? 0) * WIDE).toFixed(1)},${((one / deepest) * (DEEP - 2)).toFixed(1)}`);
  return (
    <div class="chart-falls">
      <span class="chart-low">−{(deepest * 100).toFixed(1)} %</span>
      <svg viewBox={`0 0 ${WIDE} ${DEEP}`} preserveAspectRatio="none" style={{ height: `${DEEP / 16}rem` }} role="img" aria-label={`Drawdown, at most ${(deepest * 100).toFixed(1)} per cent`}>
        <path class="fall" d={`M0,0 L${line.join(" L")} L${WIDE},0 Z`} />
        {at === null ? null : <path class="hand" d={`M${at},0 V${DEEP}`} />}
      </svg>
    </div>
  );
}

/** How far each point lies below the highest before it, as a fraction of that. */
export function fallsOf(points: readonly { readonly value: number }[]): number[] {
  let peak = -Infinity;
  return points.map(({ value }) => {
    peak = Math.max(peak, value);
    return peak > 0 ? (peak - value) / peak : 0;
  });
}

function band(points: readonly Point[], x: (n: number) => number, y: (value: number) => number): string {
  const top = points.map((one, n) => `${x(n).toFixed(1)},${y(one.value + (one.error ?? 0)).toFixed(1)}`);
  const bottom = points.map((one, n) => `${x(n).toFixed(1)},${y(one.value - (one.error ?? 0)).toFixed(1)}`).reverse();
  return `M${top.join(" L")} L${bottom.join(" L")} Z`;
}

/** Return the number of the point that is nearest to the pointer. */
function under(event: PointerEvent & { currentTarget: HTMLElement }, places: readonly number[]): number {
  const box = event.currentTarget.getBoundingClientRect();
  const share = (event.clientX - box.left) / (box.width || 1);
  return places.reduce((best, place, n) => (Math.abs(place - share) < Math.abs((places[best] ?? 0) - share) ? n : best), 0);
}
