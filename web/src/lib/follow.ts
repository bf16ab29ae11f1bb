/* What became of something that was sent to the executor: the ledger is asked until it shows it. */
import type { OrderInFull } from "../generated/api.ts";
import { Failure } from "./failure.ts";
import { pokeAll } from "./feed.ts";
import { good, request } from "./http.ts";
import { address } from "./wire.ts";

/** How long, and how often, the ledger is asked; the executor has answered within a second as a rule. */
const PATIENCE = 20_000;
const PAUSE = 400;

/** Return the order as soon as it is as awaited, or the latest of it when patience has ended; null if it never came. */
export async function follow(id: string, account: string | undefined, awaited: (order: OrderInFull) => boolean): Promise<OrderInFull | null> {
  const until = Date.now() + PATIENCE;
  let seen: OrderInFull | null = null;
  while (Date.now() < until) {
    seen = (await looked(id, account)) ?? seen;
    if (seen && awaited(seen)) break;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  pokeAll();
  return seen;
}

async function looked(id: string, account: string | undefined): Promise<OrderInFull | null> {
  try {
    const answer = await good(await request(address("/api/orders/{order_id}", { order_id: id, account })));
    return (await answer.json()) as OrderInFull;
  } catch (error) {
    // Not there yet, or not answered: it is asked again.
    if (error instanceof Failure && (error.status === 404 || error.passing)) return null;
    throw error;
  }
}
