import { useEffect, useMemo, useState } from "preact/hooks";
import type { OrderDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { MoveOrder } from "../../components/MoveOrder.tsx";
import { Orders } from "../../components/Orders.tsx";
import { Empty, Problem, Shown, Stale } from "../../components/Shown.tsx";
import { account } from "../../lib/account.ts";
import { barTime } from "../../lib/format.ts";
import { latestOf } from "../../lib/tickers.ts";
import { useLive } from "../../lib/live.ts";
import { query } from "../../lib/router.ts";
import { Canvas } from "./Canvas.tsx";
import { Decision } from "./Decision.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useBars } from "./bars.ts";
import { useFills } from "./fills.ts";
import { chosenStudies, specsOf } from "./studies.ts";
import { type Frame, framesFrom } from "./frames.ts";
import "./chart.css";

/** One instrument's bars with everything that happened on them. */
export default function Chart() {
  const symbols = useLive("/api/symbols", { limit: 500 }, { whole: true });
  const asked = query.value.get("symbol");
  const found = symbols.data?.items.find((one) => one.instrument === asked || one.symbol === asked) ?? (asked ? undefined : symbols.data?.items[0]);
  const frames = framesFrom(found?.intervals ?? []);
  const wanted = query.value.get("interval") as Frame | null;
  const frame = wanted && frames.includes(wanted) ? wanted : frames[0];
  const until = Number(query.value.get("until") ?? 0) || 0;
  const text = query.value.get("studies");
  const studies = useMemo(() => chosenStudies(text), [text]);
  const bars = useBars(found?.instrument ?? "", frame, specsOf(studies), until);
  const name = found?.instrument;
  const orders = useLive("/api/orders", { account: account.value, instrument: name, status: "working", limit: 100 }, { enabled: name !== undefined });
  const fills = useFills(name, account.value, bars.all?.ts_open[0], until);
  const [moving, setMoving] = useState<{ order: OrderDocument; to: string } | null>(null);
  // Of the market itself: the last bar on the chart may be one of long ago.
  const basic = useLive("/api/symbol/{symbol}/basic", { symbol: name ?? "" }, { enabled: name !== undefined && moving !== null });
  useEffect(() => setMoving(null), [name]);
  return (
    <div class="cards chart-page">
      <Card title={found ? `${found.symbol} · ${found.venue}` : "Chart"} span="all" aside={<span>Times are UTC</span>}>
        <Shown of={symbols} lines={12}>
          {(page) => (
            <>
              <Toolbar symbols={page.items} name={name ?? ""} frames={frames} frame={frame} studies={studies} until={until} />
              {!found ? <Empty>{asked ? `${asked} is not followed here: choose another.` : "Nothing is followed here."}</Empty> : null}
              {bars.reading.failure && bars.all ? bars.reading.data ? <Stale of={bars.reading} /> : <Problem>{bars.reading.failure.message}</Problem> : null}
              {found && !bars.all ? <Shown of={bars.reading} lines={14}>{() => null}</Shown> : null}
              {found && bars.all?.ts_open.length === 0 ? (
                <Empty>
                  No bar of {found.instrument} is stored{until ? ` up to ${barTime(until)}: choose a later day, or the latest.` : " yet: the first is shown as soon as it closes."}
                </Empty>
              ) : null}
              {found && bars.all?.ts_open.length && frame ? (
                <Canvas
                  key={`${name} ${frame} ${until}`}
                  symbol={found}
                  frame={frame}
                  bars={bars}
                  studies={studies}
                  fills={fills}
                  orders={orders.data?.items ?? []}
                  moving={moving !== null}
                  onMove={(order, to) => setMoving({ order, to })}
                />
              ) : null}
            </>
          )}
        </Shown>
      </Card>
      <Card title="Orders on this chart" span={2}>
        <Shown of={orders}>{(page) => <Orders rows={page.items} empty="No stop, target or other order works here." onMove={(order) => setMoving({ order, to: order.price ?? "" })} />}</Shown>
      </Card>
      {name ? <Decision instrument={name} /> : null}
      {moving && found ? <MoveOrder order={moving.order} to={moving.to} tick={found.tick} last={latestOf(basic.data?.tickers)?.close} onClose={() => setMoving(null)} /> : null}
    </div>
  );
}
