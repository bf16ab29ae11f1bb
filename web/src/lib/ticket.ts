/* An order as somebody writes it: what its kind asks for, what is wrong with it, and what would be sent. */
import type { OrderKind as Kind, PositionDocument, Side, SymbolDocument, TimeInForce as Lifetime } from "../generated/api.ts";
import { fault } from "./grid.ts";

export type { Kind, Lifetime, Side };
export type Size = "quantity" | "amount";
/** What a kind names beside quantity and stop. */
export type Term = "limit" | "trigger" | "trail";

/** All that is written, whether the kind asks for it or not: who looks at another kind finds it again. */
export interface Draft {
  readonly side: Side;
  readonly size: Size;
  readonly much: string;
  readonly kind: Kind;
  readonly limit: string;
  readonly trigger: string;
  readonly trail: string;
  readonly lifetime: Lifetime;
  /** Of a GTD order, as the browser writes a moment; read as UTC. */
  readonly until: string;
  readonly postOnly: boolean;
  readonly stop: string;
  readonly target: string;
  readonly owner: string;
  readonly reason: string;
}

/** What was written of one instrument and means nothing for another. */
export const CLEARED = { much: "", limit: "", trigger: "", trail: "", stop: "", target: "", owner: "" } as const;

export const EMPTY: Draft = { ...CLEARED, side: "BUY", size: "quantity", kind: "MARKET", lifetime: "GTC", until: "", postOnly: false, reason: "by hand" };

export interface Wanted {
  readonly instrument: string;
  readonly side: Side;
  readonly account?: string;
  readonly quantity?: string;
  readonly amount?: string;
  readonly kind?: Kind;
  readonly limit?: string;
  readonly trigger?: string;
  readonly trail?: string;
  readonly lifetime?: Lifetime;
  readonly expires?: number;
  readonly post_only?: boolean;
  readonly stop?: string;
  readonly target?: string;
  readonly strategy?: string;
  readonly reason: string;
}

const TERMS: Readonly<Record<Kind, readonly Term[]>> = {
  MARKET: [],
  LIMIT: ["limit"],
  STOP: ["trigger"],
  STOP_LIMIT: ["trigger", "limit"],
  TRAILING_STOP: ["trail"],
  TAKE_PROFIT: ["trigger"],
};

const AT_ONCE: readonly Lifetime[] = ["IOC", "FOK"];
const LASTING: readonly Lifetime[] = ["GTC", "DAY", "GTD"];

/** Return what a kind asks for, in the order in which it is written. */
export function termsOf(kind: Kind): readonly Term[] {
  return TERMS[kind];
}

/** Return how long an order of a kind may live; one at the market does not wait at all. */
export function lifetimesOf(kind: Kind): readonly Lifetime[] {
  return kind === "MARKET" ? [] : kind === "LIMIT" ? [...LASTING, ...AT_ONCE] : LASTING;
}

/** Return how long it is to live: as chosen, where its kind can. */
export function lifetimeOf({ kind, lifetime }: Pick<Draft, "kind" | "lifetime">): Lifetime {
  return lifetimesOf(kind).includes(lifetime) ? lifetime : "GTC";
}

/** Whether "it must not take" means anything: of a limit that may wait. */
export function mayRest(draft: Pick<Draft, "kind" | "lifetime">): boolean {
  return draft.kind === "LIMIT" && !AT_ONCE.includes(lifetimeOf(draft));
}

/** Say what is wrong with how much is wanted; empty while nothing is written. */
export function sizeFault({ size, much }: Pick<Draft, "size" | "much">, { lot }: Pick<SymbolDocument, "lot">): string {
  return size === "quantity" ? fault(much, lot, "lots") : fault(much);
}

/** Return what would be sent, or null as long as something is missing or wrong. */
export function wantedOf(draft: Draft, symbol: SymbolDocument, owner: string, account?: string): Wanted | null {
  const buys = draft.side === "BUY";
  const terms = TERMS[draft.kind];
  const asked = [draft.much, ...terms.map((name) => draft[name]), ...(buys ? [draft.stop] : [])];
  const prices = [...terms.map((name) => draft[name]), ...(buys ? [draft.stop, draft.target] : [])];
  const faulty = sizeFault(draft, symbol) || prices.some((one) => fault(one, symbol.tick, "ticks"));
  if (asked.some((one) => !one.trim()) || faulty || !draft.reason.trim() || (!buys && !owner)) return null;
  const lasts = lasting(draft);
  if (!lasts) return null;
  return {
    instrument: symbol.instrument,
    side: draft.side,
    ...(account ? { account } : {}),
    [draft.size]: draft.much.trim(),
    ...(draft.kind === "MARKET" ? {} : { kind: draft.kind }),
    ...Object.fromEntries(terms.map((name) => [name, draft[name].trim()])),
    ...lasts,
    ...(buys ? { stop: draft.stop.trim(), ...(draft.target.trim() ? { target: draft.target.trim() } : {}) } : { strategy: owner }),
    reason: draft.reason.trim(),
  };
}

/** Return how long it lives and whether it may take, what goes without saying left out; null where the end is not said. */
function lasting(draft: Draft): Pick<Wanted, "lifetime" | "expires" | "post_only"> | null {
  const lifetime = lifetimeOf(draft);
  const flags = draft.postOnly && mayRest(draft) ? { post_only: true } : {};
  if (lifetime === "GTC") return flags;
  if (lifetime !== "GTD") return { lifetime, ...flags };
  const expires = Date.parse(`${draft.until}Z`);
  return expires > 0 ? { lifetime, expires, ...flags } : null;
}

/** Return whose position is sold: the chosen one's, or else the first's. */
export function ownerOf(held: readonly PositionDocument[], chosen: string): string {
  return (held.find((one) => one.strategy === chosen) ?? held[0])?.strategy ?? "";
}

/** Say what is to be written before risk can be asked, as `how much, and where the stop stands`. */
export function missing(draft: Pick<Draft, "kind" | "side" | "lifetime">): string {
  const prices = TERMS[draft.kind].map((name) => `the ${name}`);
  const parts = ["how much", ...prices, ...(draft.side === "BUY" ? ["where the stop stands"] : []), ...(lifetimeOf(draft) === "GTD" ? ["until when"] : [])];
  const last = parts.pop();
  return parts.length ? `${parts.join(", ")}, and ${last}` : `${last}`;
}
