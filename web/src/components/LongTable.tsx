import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Column } from "./Table.tsx";
import { Empty } from "./Shown.tsx";
import { arranged, type Order } from "../lib/arrange.ts";
import "./longtable.css";

interface Props<R> {
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  readonly empty: string;
  readonly sorted?: string;
  /** The chosen row's key. */
  readonly chosen?: string | undefined;
  readonly onChoose: (row: R) => void;
}

/** Rows drawn above and below what is seen, so that fast scrolling shows no gap. */
const BEYOND = 8;

/**
 * A table of very many rows of one height: only those in sight are drawn, screen readers are told of all.
 * Arrow keys, Page Up and Down, Home and End move the choice.
 */
export function LongTable<R>({ caption, columns, rows, rowKey, empty, sorted = "", chosen, onChoose }: Props<R>) {
  const box = useRef<HTMLDivElement>(null);
  const [order, setOrder] = useState<Order>({ title: sorted.replace(/^-/, ""), down: sorted.startsWith("-") });
  const [seen, setSeen] = useState({ top: 0, height: 600, row: 36 });
  const shown = useMemo(() => arranged(rows, columns, order), [rows, columns, order]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => {
      const row = element.querySelector("tbody tr[data-at]")?.getBoundingClientRect().height || 36;
      setSeen((before) => {
        const after = { top: element.scrollTop, height: element.clientHeight, row };
        return Math.abs(before.top - after.top) < row && before.height === after.height && before.row === row ? before : after;
      });
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      size.disconnect();
    };
  }, [rows.length === 0]);
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const first = Math.max(0, Math.min(shown.length - 1, Math.floor(seen.top / seen.row)) - BEYOND);
  const last = Math.min(shown.length, Math.ceil((seen.top + seen.height) / seen.row) + BEYOND);
  const turn = (title: string) => {
    setOrder({ title, down: order.title === title ? !order.down : false });
    box.current?.scrollTo({ top: 0 });
  };
  const at = shown.findIndex((row) => rowKey(row) === chosen);
  const move = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(seen.height / seen.row) - 2);
    const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length - 1 };
    const to = steps[event.key];
    if (to === undefined || (event.target as Element).tagName === "BUTTON") return;
    event.preventDefault();
    const next = Math.max(0, Math.min(shown.length - 1, to));
    onChoose(shown[next] as R);
    const element = box.current;
    if (!element) return;
    const [above, below] = [next * seen.row, (next + 2) * seen.row];
    if (above < element.scrollTop) element.scrollTop = above;
    else if (below > element.scrollTop + element.clientHeight) element.scrollTop = below - element.clientHeight;
  };
  return (
    <div ref={box} class="table long" role="region" aria-label={caption} tabIndex={0} onKeyDown={move}>
      <table role="grid" aria-rowcount={shown.length + 1} aria-readonly="true">
        <caption class="quiet">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                class={`${column.number ? "number" : ""} ${column.minor ? "minor" : ""}`}
                aria-sort={column.by ? (order.title === column.title ? (order.down ? "descending" : "ascending") : "none") : undefined}
              >
                {column.by ? (
                  <button type="button" onClick={() => turn(column.title)}>
                    {column.title}
                  </button>
                ) : (
                  column.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 ? <Gap rows={first} height={seen.row} width={columns.length} /> : null}
          {shown.slice(first, last).map((row, n) => (
            <tr
              key={rowKey(row)}
              data-at={first + n}
              aria-rowindex={first + n + 2}
              aria-selected={rowKey(row) === chosen}
              class={rowKey(row) === chosen ? "chosen" : ""}
              onClick={() => onChoose(row)}
            >
              {columns.map((column) => (
                <td key={column.title} class={`${column.number ? "number" : ""} ${column.minor ? "minor" : ""}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {last < shown.length ? <Gap rows={shown.length - last} height={seen.row} width={columns.length} /> : null}
        </tbody>
      </table>
    </div>
  );
}

function Gap({ rows, height, width }: { readonly rows: number; readonly height: number; readonly width: number }) {
  return (
    <tr aria-hidden="true" class="gap">
      <td colSpan={width} style={{ height: `${rows * height}px` }} />
    </tr>
  );
}
