import type { Health } from "../generated/api.ts";
import { barTime, decimal, words } from "../lib/format.ts";
import { Badge } from "./Figures.tsx";

/** Queues that carry orders; every other one holds only what failed. */
const CARRYING = new Set(["orders", "orders-dlq"]);

/** What waits in queues, those that hold nothing but failures in one line, and how far each shard is decided. */
export function Pipeline({ of }: { readonly of: Health }) {
  const shown = of.queues.filter((one) => CARRYING.has(one.queue) || one.messages);
  const quiet = of.queues.length - shown.length;
  return (
    <>
      <ul class="facts">
        {shown.map((one) => (
          <li key={one.queue}>
            <span>{words(one.queue.replaceAll("-", " "))}</span>
            {one.messages ? <Badge tone={one.queue === "orders" ? "info" : "bad"}>{decimal(one.messages)} waiting</Badge> : <span class="muted">empty</span>}
          </li>
        ))}
        {quiet ? (
          <li>
            <span>{decimal(quiet)} queues of failures</span>
            <span class="muted">empty</span>
          </li>
        ) : null}
      </ul>
      <h3>Decided up to</h3>
      <ul class="facts">
        {of.shards.map((shard) => (
          <li key={shard.shard}>
            <span>
              {shard.shard} <small>{shard.timeframe}</small>
            </span>
            <span>
              <span class="nowrap">{barTime(shard.evaluated)}</span> {shard.lag_bars ? <Badge tone="warn">{decimal(shard.lag_bars)} behind</Badge> : null}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
