import { NONE, percent } from "../lib/format.ts";
import { Empty } from "./Shown.tsx";
import "./months.css";

const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

interface Props {
  /** The return of each month as a fraction, by `2026-03`. */
  readonly returns: ReadonlyMap<string, number>;
  readonly empty: string;
}

/** A row a year, a cell a month; the deeper the colour, the further from nothing. */
export function Months({ returns, empty }: Props) {
  const years = [...new Set([...returns.keys()].map((month) => month.slice(0, 4)))].sort().reverse();
  if (years.length === 0) return <Empty>{empty}</Empty>;
  const largest = Math.max(...[...returns.values()].map(Math.abs), 1e-9);
  return (
    <div class="table months" role="region" aria-label="Return by month" tabIndex={0}>
      <table>
        <caption class="quiet">Return by month and year</caption>
        <thead>
          <tr>
            <th scope="col">Year</th>
            {NAMES.map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
            <th scope="col" class="number">
              Year
            </th>
          </tr>
        </thead>
        <tbody>
          {years.map((year) => (
            <Year key={year} year={year} returns={returns} largest={largest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Year({ year, returns, largest }: { readonly year: string; readonly returns: ReadonlyMap<string, number>; readonly largest: number }) {
  const mine = NAMES.map((_, n) => returns.get(`${year}-${String(n + 1).padStart(2, "0")}`));
  const whole = mine.reduce<number>((product, one) => product * (1 + (one ?? 0)), 1) - 1;
  return (
    <tr>
      <th scope="row">{year}</th>
      {mine.map((one, n) => (
        <Cell key={NAMES[n]} of={one} largest={largest} />
      ))}
      <Cell of={whole} largest={Math.max(largest, Math.abs(whole))} />
    </tr>
  );
}

function Cell({ of, largest }: { readonly of: number | undefined; readonly largest: number }) {
  if (of === undefined) return <td class="number muted">{NONE}</td>;
  const depth = of === 0 ? 0 : Math.max(15, Math.round((Math.abs(of) / largest) * 100));
  const ground = `color-mix(in srgb, var(${of > 0 ? "--good-soft" : "--bad-soft"}) ${depth}%, transparent)`;
  return (
    <td class={`number ${of > 0 ? "positive" : of < 0 ? "negative" : ""}`} style={{ background: ground }}>
      {percent(of, 1, { sign: true })}
    </td>
  );
}
