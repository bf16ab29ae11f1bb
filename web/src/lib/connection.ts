/* What a test of an account's connection showed, in words. */
import type { ConnectionDocument } from "../generated/api.ts";

export type Feel = "good" | "bad" | "warn" | "plain";
export interface Fact {
  readonly name: string;
  readonly text: string;
  readonly feel: Feel;
}

/** Ms by which clocks may differ without a word. */
const SKEW = 1_000;
const FEELS: Readonly<Record<string, Feel>> = { works: "good", refused: "bad", "no answer": "warn" };

/** Say in one word how it went. */
export function verdict(of: ConnectionDocument): Fact {
  const [text, feel]: [string, Feel] = !of.needed ? ["not needed", "plain"] : !of.connected ? ["failed", "bad"] : of.failure ? ["in part", "warn"] : ["works", "good"];
  return { name: "Connection", text, feel };
}

/** Say what was seen, line by line; what nobody told is left out. */
export function facts(of: ConnectionDocument): readonly Fact[] {
  const seen: Fact[] = [verdict(of)];
  const tell = (name: string, text: string, feel: Feel = "plain") => seen.push({ name, text, feel });
  if (of.took !== null) tell("Answered in", `${of.took} ms`);
  if (of.skew !== null) tell("Its clock", ...clock(of.skew));
  if (of.rights) {
    tell("May read balances", ...right(of.rights.read_balances, of.balances, "balance"));
    tell("May read orders", ...right(of.rights.read_orders, of.orders, "open order"));
    tell("May trade", of.rights.trade === "not told" ? "not told without an order" : of.rights.trade, FEELS[of.rights.trade] ?? "plain");
  }
  return seen;
}

function clock(skew: number): [string, Feel] {
  if (Math.abs(skew) < SKEW) return ["as ours", "plain"];
  return [`${(Math.abs(skew) / 1000).toFixed(1)} s ${skew > 0 ? "ahead of" : "behind"} ours`, "warn"];
}

function right(known: string, count: number | null, what: string): [string, Feel] {
  const shown = count === null ? "" : `: ${count} ${what}${count === 1 ? "" : "s"}`;
  return [`${known}${shown}`, FEELS[known] ?? "plain"];
}
