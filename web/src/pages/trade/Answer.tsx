import type { TradePreview } from "../../generated/api.ts";
import { decimal, money, price } from "../../lib/format.ts";
import { meaning } from "../../lib/reasons.ts";
import { waitsFor } from "../../lib/wording.ts";

/** What would become of the order now: the executor itself, rehearsed over a ledger that keeps nothing. */
export function Answer({ of }: { readonly of: TradePreview }) {
  const fill = of.fills[0];
  const waits = of.allowed && !fill && of.order.kind !== "MARKET";
  const paid = fill?.price ?? (waits ? (of.order.limit ?? of.order.trigger) : null);
  const loss = paid && of.order.stop ? (Number(paid) - Number(of.order.stop)) * Number(of.order.quantity) : null;
  return (
    <section class={`answer ${of.allowed ? "allowed" : "denied"}`} aria-label="What risk says" aria-live="polite">
      <p>
        <b>{of.allowed ? "Risk lets it in" : "Risk says no"}</b>
        {of.allowed ? (waits ? ", and it waits" : "") : `: ${meaning(of.reason)}`}
      </p>
      {of.emulated ? <p>{of.emulated}</p> : null}
      <dl class="pairs">
        <dt>{fill ? "Fills now at" : "Latest price"}</dt>
        <dd>{price(fill?.price ?? of.reference)}</dd>
        {waits ? (
          <>
            <dt>Waits for</dt>
            <dd>{waitsFor(of.order)}</dd>
          </>
        ) : null}
        <dt>Quantity</dt>
        <dd>{decimal(of.order.quantity)}</dd>
        {fill ? (
          <>
            <dt>{of.order.side === "BUY" ? "Costs" : "Brings"}</dt>
            <dd>{money(Number(fill.price) * Number(fill.quantity))}</dd>
            <dt>Fee</dt>
            <dd>{money(fill.fee)}</dd>
          </>
        ) : null}
        {waits && Number(of.reserved) ? (
          <>
            <dt>Tied up meanwhile</dt>
            <dd>{money(of.reserved)}</dd>
          </>
        ) : null}
        {of.worst_price ? (
          <>
            <dt>At worst</dt>
            <dd>{price(of.worst_price)}</dd>
          </>
        ) : null}
        {loss !== null && of.order.side === "BUY" ? (
          <>
            <dt>Lost if the stop is hit</dt>
            <dd>{money(loss)}</dd>
          </>
        ) : null}
        <dt>Cash after</dt>
        <dd>{money(of.cash_after)}</dd>
        <dt>Exposure after</dt>
        <dd>{money(of.exposure_after)}</dd>
      </dl>
    </section>
  );
}
