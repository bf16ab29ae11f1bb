import type { ComponentChildren } from "preact";
import { decimal } from "../lib/format.ts";
import { Empty } from "./Shown.tsx";
import type { Tone } from "./Figures.tsx";
import "./counts.css";

export interface Count {
  readonly key: string;
  readonly name: ComponentChildren;
  readonly count: number;
  readonly tone?: Tone;
}

interface Props {
  /** What is counted, for who cannot see it. */
  readonly label: string;
  readonly rows: readonly Count[];
  readonly empty: string;
  /** Rows shown; the rest is summed up in one. */
  readonly most?: number;
}

/** A histogram that reads as a list: each row a name, a bar as long as its share, and the number. */
export function Counts({ label, rows, empty, most = 14 }: Props) {
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const shown = rows.slice(0, most);
  const rest = rows.slice(most).reduce((sum, row) => sum + row.count, 0);
  const every = rest ? [...shown, { key: "…", name: `${rows.length - most} more`, count: rest }] : shown;
  const highest = Math.max(1, ...every.map((row) => row.count));
  const total = rows.reduce((sum, row) => sum + row.count, 0) || 1;
  return (
    <ul class="counts" aria-label={label}>
      {every.map((row) => (
        <li key={row.key}>
          <span class="counts-name">{row.name}</span>
          <span class="number">
            {decimal(row.count)} <small>{Math.round((row.count / total) * 100)} %</small>
          </span>
          <i class={row.tone ?? "plain"} aria-hidden="true" style={{ width: `${Math.max(0.5, (row.count / highest) * 100)}%` }} />
        </li>
      ))}
    </ul>
  );
}
