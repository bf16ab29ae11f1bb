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
