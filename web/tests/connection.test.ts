/* What a test of a connection showed is said as it is: no right is claimed that nobody saw, and no trouble is left out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionDocument } from "../src/generated/api.ts";
import { facts, verdict } from "../src/lib/connection.ts";

const WORKS: ConnectionDocument = {
  account: "coins",
  venue: "KRAKEN",
  ts: 1,
  needed: true,
  connected: true,
  took: 214,
  skew: -40,
  rights: { read_balances: "works", read_orders: "works", trade: "not told" },
  balances: 1,
  orders: 0,
  failure: "",
};
const said = (of: ConnectionDocument) => Object.fromEntries(facts(of).map((one) => [one.name, `${one.text} (${one.feel})`]));

test("what works is said with its numbers, and trading is not claimed", () => {
  assert.deepEqual(said(WORKS), {
    Connection: "works (good)",
    "Answered in": "214 ms (plain)",
    "Its clock": "as ours (plain)",
    "May read balances": "works: 1 balance (good)",
    "May read orders": "works: 0 open orders (good)",
    "May trade": "not told without an order (plain)",
  });
});

test("a key that lacks a right works in part", () => {
  const part = { ...WORKS, orders: null, rights: { read_balances: "works", read_orders: "refused", trade: "not told" }, failure: "Permission denied" };

  assert.deepEqual([said(part)["Connection"], said(part)["May read orders"]], ["in part (warn)", "refused (bad)"]);
});

test("a venue that is silent tells nothing but that", () => {
  const rights = { read_balances: "not asked", read_orders: "not asked", trade: "not told" };
  const silent = { ...WORKS, connected: false, skew: null, balances: null, orders: null, rights, failure: "Kraken cannot be reached" };

  assert.deepEqual([said(silent)["Connection"], said(silent)["Its clock"], said(silent)["May read balances"]], ["failed (bad)", undefined, "not asked (plain)"]);
});

test("a clock that is off is named with its side", () => {
  assert.equal(said({ ...WORKS, skew: 2_340 })["Its clock"], "2.3 s ahead of ours (warn)");
  assert.equal(said({ ...WORKS, skew: -61_000 })["Its clock"], "61.0 s behind ours (warn)");
});

test("on paper nothing is needed and nothing has failed", () => {
  const paper = { ...WORKS, needed: false, connected: false, took: null, skew: null, rights: null, balances: null, orders: null };

  assert.deepEqual([verdict(paper).text, facts(paper).length], ["not needed", 1]);
});
