/* Sorting rows by a column. */

export interface Order {
  readonly title: string;
  readonly down: boolean;
}

interface Sortable<R> {
  readonly title: string;
  readonly by?: (row: R) => string | number;
}

/** Return rows by a column's value; numbers that are none come last, whichever way. */
export function arranged<R>(rows: readonly R[], columns: readonly Sortable<R>[], order: Order): readonly R[] {
  const by = columns.find((column) => column.title === order.title)?.by;
  if (!by) return rows;
  const way = order.down ? -1 : 1;
  return [...rows].sort((a, b) => compared(by(a), by(b), way));
}

function compared(a: string | number, b: string | number, way: number): number {
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return way * (a - b);
  }
  return way * String(a).localeCompare(String(b), "en", { numeric: true });
}

/** Where each point stands between the first and the last, by its time: a month without one is as wide as any other. */
export function placesOf(points: readonly { readonly ts: number }[]): number[] {
  const first = points[0]?.ts ?? 0;
  const reach = (points.at(-1)?.ts ?? 0) - first;
  return points.map(({ ts }, n) => (reach > 0 ? (ts - first) / reach : n / Math.max(1, points.length - 1)));
}

const DAY = 86_400_000;

/** Put a point a day before each that follows a gap: what is added up by days stays as it was on those without one. */
export function held<P extends { readonly ts: number; readonly value: number }>(points: readonly P[]): P[] {
  return points.flatMap((one, n) => {
    const before = points[n - 1];
    return before && one.ts - before.ts > DAY ? [{ ...before, ts: one.ts - DAY }, one] : [one];
  });
}
