import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Empty } from "./Shown.tsx";

export interface Column<R> {
  readonly title: string;
  /** What stands in the cell. */
  readonly cell: (row: R) => ComponentChildren;
  /** What the column is sorted by; without it, it cannot be sorted. */
  readonly by?: (row: R) => string | number;
  /** Numbers stand at the right, digit under digit. */
  readonly number?: boolean;
  /** Left out where the table is narrow. */
  readonly minor?: boolean;
}

interface Props<R> {
  /** What the table tells of; screen readers say it, others need not see it. */
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  /** What is said where there are no rows. */
  readonly empty: string;
  /** Title of the column it is sorted by at first; a minus before it sorts downwards. */
  readonly sorted?: string;
  /** Most height before it scrolls by itself, as `24rem`. */
  readonly height?: string;
  readonly rowClass?: (row: R) => string;
}

interface Order {
  readonly title: string;
  readonly down: boolean;
}

/** A table that can be sorted, scrolls sideways by keyboard, and turns into cards where it has no room. */
export function Table<R>({ caption, columns, rows, rowKey, empty, sorted = "", height, rowClass }: Props<R>) {
  const [order, setOrder] = useState<Order>({ title: sorted.replace(/^-/, ""), down: sorted.startsWith("-") });
  const shown = useMemo(() => arranged(rows, columns, order), [rows, columns, order]);
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const turn = (title: string) => setOrder({ title, down: order.title === title ? !order.down : false });
  return (
    <div class="table" role="region" aria-label={caption} tabIndex={0} style={height ? { maxHeight: height } : undefined}>
      <table role="table">
        <caption class="quiet">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Head key={column.title} column={column} order={order} turn={turn} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => (
            <tr role="row" key={rowKey(row)} class={rowClass?.(row)}>
              {columns.map((column) => (
                <td role="cell" key={column.title} class={classOf(column)} data-title={column.title}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<R> {
  readonly column: Column<R>;
  readonly order: Order;
  readonly turn: (title: string) => void;
}

function Head<R>({ column, order, turn }: HeadProps<R>) {
  const { title } = column;
  if (!column.by) {
    return (
      <th role="columnheader" scope="col" class={classOf(column)}>
        {title || <span class="quiet">Actions</span>}
      </th>
    );
  }
  const is = order.title === title ? (order.down ? "descending" : "ascending") : "none";
  return (
    <th role="columnheader" scope="col" class={classOf(column)} aria-sort={is}>
      <button type="button" onClick={() => turn(title)}>
        {title}
      </button>
    </th>
  );
}

function classOf(column: Column<never>): string {
  return [column.number ? "number" : "", column.minor ? "minor" : ""].join(" ").trim();
}

function arranged<R>(rows: readonly R[], columns: readonly Column<R>[], order: Order): readonly R[] {
  const by = columns.find((column) => column.title === order.title)?.by;
  if (!by) return rows;
  const way = order.down ? -1 : 1;
  return [...rows].sort((a, b) => way * compared(by(a), by(b)));
}

function compared(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return (Number.isNaN(a) ? -Infinity : a) - (Number.isNaN(b) ? -Infinity : b) || 0;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
