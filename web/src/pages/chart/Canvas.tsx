import { useEffect, useRef, useState } from "preact/hooks";
import type { FillDocument, OrderDocument, SymbolDocument } from "../../generated/api.ts";
import { Change } from "../../components/Figures.tsx";
import { isDark } from "../../frame/theme.ts";
import { barTime, compact, decimal, moment, price, words } from "../../lib/format.ts";
import { may } from "../../lib/session.ts";
import { ChartView, type Level, type Mark } from "./ChartView.ts";
import type { Bars } from "./bars.ts";
import { type Fills, barOf } from "./fills.ts";
import type { Frame } from "./frames.ts";
import type { Study } from "./studies.ts";

interface Props {
  readonly symbol: SymbolDocument;
  readonly frame: Frame;
  readonly bars: Bars;
  readonly studies: readonly Study[];
  readonly fills: Fills;
  readonly orders: readonly OrderDocument[];
  /** Whether somebody is being asked about a level that was dragged. */
  readonly moving: boolean;
  readonly onMove: (order: OrderDocument, to: string) => void;
}

/** The chart as an element: what is drawn is told in words too, by its label and by the line above it. */
export function Canvas({ symbol, frame, bars, studies, fills, orders, moving, onMove }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<ChartView | null>(null);
  const [bar, setBar] = useState<number | null>(null);
  const latest = useRef({ bars, orders, onMove });
  latest.current = { bars, orders, onMove };
  const digits = digitsOf(symbol.tick);
  const dark = isDark.value;

  useEffect(() => {
    if (!box.current) return;
    const made = new ChartView(box.current, {
      at: setBar,
      earlier: () => latest.current.bars.earlier(),
      moved: (id, to) => {
        const order = latest.current.orders.find((one) => one.id === id);
        if (order) latest.current.onMove(order, to.toFixed(digits));
      },
    });
    made.prices(Number(symbol.tick), digits);
    view.current = made;
    return () => {
      view.current = null;
      made.remove();
    };
  }, []);

  const known = useRef(false);
  useEffect(() => view.current?.choose(studies), [studies]);
  useEffect(() => {
    if (!bars.all) return;
    view.current?.show(bars.all, !known.current);
    known.current = true;
  }, [bars.all]);
  useEffect(() => view.current?.marks(marksOf(fills.items, bars.all?.ts_open ?? [])), [fills.items, bars.all]);
  useEffect(() => view.current?.levels(orders.flatMap(levelOf)), [orders]);
  useEffect(() => {
    if (!moving) view.current?.release();
  }, [moving]);
  useEffect(() => view.current?.recolour(), [dark]);

  const data = bars.all;
  const at = data ? Math.min(bar ?? data.ts_open.length - 1, data.ts_open.length - 1) : -1;
  const label = data ? `${symbol.instrument}, ${data.ts_open.length} bars of ${frame}, latest close ${price(data.close.at(-1))} at ${barTime(data.ts_open.at(-1) ?? 0)}` : "";
  return (
    <div class="chart">
      {data && at >= 0 ? (
        <p class="reading" aria-hidden="true">
          <b>{barTime(data.ts_open[at] ?? 0)}</b> <span>O {fixed(data.open[at], digits)}</span> <span>H {fixed(data.high[at], digits)}</span>{" "}
          <span>L {fixed(data.low[at], digits)}</span> <span>C {fixed(data.close[at], digits)}</span>{" "}
          {at > 0 ? <Change of={(data.close[at] ?? 0) / (data.close[at - 1] ?? 1) - 1} as="percent" /> : null} <span>V {compact(data.volume[at])}</span>
          {Object.entries(data.indicators)
            .filter(([name]) => studies.some((study) => study.lines.some((line) => line.column === name)))
            .map(([name, column]) => (
              <span key={name} class="muted">
                {words(name)} {column[at] == null ? "–" : decimal(Number(column[at]?.toPrecision(6)))}
              </span>
            ))}
        </p>
      ) : null}
      <div ref={box} class="canvas" role="img" aria-label={label} />
      {fills.since === null ? null : (
        <p class="muted" role="status">
          {decimal(fills.items.length)} fills are marked; those before {fills.since ? moment(fills.since) : "the bars shown"} are left out. <code>tradewind export</code> writes every one.
        </p>
      )}
      <p class="credit">
        Fills are arrows; dashed levels can be dragged, or edited below. Charts: <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">TradingView</a> Lightweight Charts™.
      </p>
    </div>
  );
}

function marksOf(fills: readonly FillDocument[], opens: readonly number[]): Mark[] {
  return fills.flatMap((one) => {
    const open = opens[barOf(opens, one)];
    const buys = one.side === "BUY";
    return open === undefined ? [] : [{ open, side: buys ? "BUY" : "SELL", text: `${buys ? "+" : "−"}${decimal(one.quantity)}` }];
  });
}

function levelOf(order: OrderDocument): Level[] {
  const at = Number(order.price ?? 0);
  if (!at) return [];
  const tone = order.leg === "STOP" ? "bad" : order.leg === "TARGET" ? "good" : "info";
  return [{ id: order.id, price: at, title: `${words(order.leg)} ${decimal(order.quantity)}`, tone, movable: may("trader") && (order.leg === "STOP" || order.leg === "TARGET") }];
}

export function digitsOf(tick: string): number {
  return /\.(\d*?)0*$/.exec(tick)?.[1]?.length ?? 0;
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined ? "–" : decimal(value, Math.min(8, Math.max(2, digits)));
}
