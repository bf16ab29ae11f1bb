/* What an order waits for, how long, and what became of it, in words. */
import type { OrderDocument } from "../generated/api.ts";
import { decimal, moment, price, symbolOf, words } from "./format.ts";
import { meaning } from "./reasons.ts";

/** What an order waits for, as `limit 99.00`; a market order waits for nothing. */
export function waitsFor({ kind, limit, trigger, trail, price: level }: OrderDocument): string {
  const behind = trail ? `, ${price(trail)} behind` : "";
  const awaits = [...(trigger ? [`trigger ${price(trigger)}${behind}`] : []), ...(limit ? [`limit ${price(limit)}`] : [])].join(", ");
  return awaits || (level ? price(level) : kind === "MARKET" ? "market" : "");
}

const LIVES: Readonly<Record<string, string>> = { GTC: "until cancelled", IOC: "at once", FOK: "at once, all or nothing" };

/** How long an order lives by its own terms; a position's stop and target end with the position. */
export function lives({ leg, lifetime, expires }: OrderDocument): string {
  if (leg === "STOP" || leg === "TARGET") return "with its position";
  return LIVES[lifetime] ?? (expires ? `until ${moment(expires)}` : "until the session ends");
}

/** What became of an order, in a sentence. */
export function outcome(order: OrderDocument): string {
  const what = `${words(order.side)} ${decimal(order.quantity)} ${symbolOf(order.instrument)}`;
  const is = words(order.status);
  if (order.status === "DENIED" || order.status === "REJECTED") return `${what}: ${is}, ${meaning(order.reason)}.`;
  return order.status === "ACCEPTED" && order.kind !== "MARKET" ? `${what}: ${is}, it waits (${waitsFor(order)}).` : `${what}: ${is}.`;
}
