import { barTime, decimal, span, words } from "../lib/format.ts";
import { useLive } from "../lib/live.ts";
import { Card } from "./Card.tsx";
import { Badge } from "./Figures.tsx";
import { Empty, Shown } from "./Shown.tsx";

/** How fresh market data is, and whether any provider is left alone for a while. */
export function Freshness() {
  const status = useLive("/api/market-data/status", {});
  return (
    <Card title="Market data" aside={status.data ? `${status.data.clock} clock` : undefined}>
      <Shown of={status}>
        {(data) => (
          <>
            <ul class="facts">
              {data.shards.map((shard) => (
                <li key={shard.shard}>
                  <span>
                    {shard.shard} <small>{decimal(shard.instruments)} instruments</small>
                  </span>
                  <span>
                    <span class="nowrap">{barTime(shard.latest)}</span>{" "}
                    {shard.overdue ? <Badge tone="bad">{shard.overdue} late</Badge> : shard.holes ? <Badge tone="warn">{shard.holes} holes</Badge> : <Badge tone="good">whole</Badge>}
                  </span>
                </li>
              ))}
            </ul>
            {data.overdue.slice(0, 4).map((late) => (
              <p key={late.instrument} class="muted">
                {late.instrument} is {span(late.late_seconds * 1000)} late: {words(late.reason)}
              </p>
            ))}
            <h3>Breakers</h3>
            {data.providers.length === 0 ? <Empty>No provider is asked here: bars are replayed.</Empty> : null}
            <ul class="facts">
              {data.providers.map((one) => (
                <li key={one.provider}>
                  <span>{one.provider}</span>
                  <span>
                    {one.reason ? <small>{one.reason} </small> : null}
                    <Badge tone={one.breaker.toLowerCase() === "closed" ? "good" : "bad"}>{words(one.breaker)}</Badge>
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Shown>
    </Card>
  );
}
