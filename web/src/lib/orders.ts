/* What a person does to orders and positions, and one sentence on what came of it. */
import type { Accepted, OrderDocument } from "../generated/api.ts";
import { act } from "./act.ts";
import { say } from "../components/Toasts.tsx";
import { follow } from "./follow.ts";
import { price, symbolOf, words } from "./format.ts";
import { meaning } from "./reasons.ts";
import { address } from "./wire.ts";
import { outcome } from "./wording.ts";

const OVER = new Set(["DENIED", "FILLED", "CANCELED", "REJECTED", "EXPIRED"]);

export function isOver(order: OrderDocument): boolean {
  return OVER.has(order.status);
}

/** Move a position's stop or target, or the price of a waiting order. */
export async function moveOrder(order: OrderDocument, to: string, reason: string): Promise<void> {
  const change = order.leg === "STOP" ? { trigger: to } : { limit: to };
  const url = address("/api/orders/{order_id}", { order_id: order.id });
  await act<Accepted>("PATCH", url, { account: order.account, ...change, reason });
  void follow(order.id, order.account, ({ order: now }) => Number(now.price) === Number(to) || isRefused(now, order) || isOver(now)).then((seen) => {
    const now = seen?.order;
    if (now && Number(now.price) === Number(to)) say(`The ${words(order.leg)} of ${symbolOf(order.instrument)} stands at ${price(now.price)}.`, "good");
    else if (now && isRefused(now, order)) say(`Not moved: ${meaning(now.reason.replace("CHANGE_REFUSED ", ""))}.`, "bad");
    else say("The ledger does not show the change yet: look at the order again in a moment.");
  });
}

function isRefused(now: OrderDocument, before: OrderDocument): boolean {
  return now.reason.startsWith("CHANGE_REFUSED") && now.reason !== before.reason;
}

/** Cancel a waiting order. */
export async function cancelOrder(order: OrderDocument): Promise<void> {
  await act<Accepted>("DELETE", address("/api/orders/{order_id}", { order_id: order.id, account: order.account }));
  void follow(order.id, order.account, ({ order: now }) => isOver(now)).then((seen) => sayWhat(seen?.order));
}

/** Say what became of an order. */
export function sayWhat(order: OrderDocument | undefined): void {
  if (!order) say("The order is on its way: the ledger does not show it yet.");
  else say(outcome(order), order.status === "FILLED" ? "good" : order.status === "DENIED" || order.status === "REJECTED" ? "bad" : "info");
}
