/* What is written becomes what is asked: what a kind needs, nothing that it has not, and nothing that is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OrderDocument, SymbolDocument } from "../src/generated/api.ts";
import { fault, isOn } from "../src/lib/grid.ts";
import { type Draft, EMPTY, type Kind, lifetimesOf, mayRest, missing, termsOf, wantedOf } from "../src/lib/ticket.ts";
import { lives, outcome, waitsFor } from "../src/lib/wording.ts";

const COIN = { instrument: "COIN.TEST", tick: "0.05", lot: "0.001" } as SymbolDocument;
const KINDS: readonly Kind[] = ["MARKET", "LIMIT", "STOP", "STOP_LIMIT", "TRAILING_STOP", "TAKE_PROFIT"];

/** What would be sent of a whole draft with one thing changed, but for what every order says. */
function asked(change: Partial<Draft>, owner = ""): unknown {
  const draft: Draft = { ...EMPTY, much: "2", limit: "99", trigger: "101", trail: "5", stop: "90", ...change };
  const wanted = wantedOf(draft, COIN, owner);
  if (!wanted) return null;
  const { instrument, reason, ...rest } = wanted;
  assert.deepEqual([instrument, reason], ["COIN.TEST", "by hand"]);
  return rest;
}

test("at the market an order says what it always said and nothing of kinds, whatever else is written", () => {
  const bought = { side: "BUY", quantity: "2", stop: "90" };

  assert.deepEqual(asked({ lifetime: "DAY", postOnly: true }), bought);
  assert.deepEqual(asked({ size: "amount", much: "500", target: "120" }), { side: "BUY", amount: "500", stop: "90", target: "120" });
});

test("each kind sends the prices that it needs and no others", () => {
  const sent = Object.fromEntries(KINDS.map((kind) => [kind, asked({ kind })]));
  const bought = { side: "BUY", quantity: "2", stop: "90" };

  assert.deepEqual(sent, {
    MARKET: bought,
    LIMIT: { ...bought, kind: "LIMIT", limit: "99" },
    STOP: { ...bought, kind: "STOP", trigger: "101" },
    STOP_LIMIT: { ...bought, kind: "STOP_LIMIT", trigger: "101", limit: "99" },
    TRAILING_STOP: { ...bought, kind: "TRAILING_STOP", trail: "5" },
    TAKE_PROFIT: { ...bought, kind: "TAKE_PROFIT", trigger: "101" },
  });
});

test("nothing is asked while a price that the kind needs is missing or between two ticks", () => {
  for (const kind of KINDS) {
    for (const term of termsOf(kind)) {
      assert.equal(asked({ kind, [term]: "" }), null, `${kind} without ${term}`);
      assert.equal(asked({ kind, [term]: "99.02" }), null, `${kind} with ${term} off the tick`);
    }
  }
  assert.deepEqual([asked({ stop: "" }), asked({ stop: "90.01" }), asked({ target: "120.01" }), asked({ much: "0.0005" }), asked({ reason: " " })], [null, null, null, null, null]);
});

test("a sale of any kind says whose position it is and has no stop", () => {
  assert.deepEqual(asked({ side: "SELL", kind: "TRAILING_STOP" }, "manual"), { side: "SELL", quantity: "2", kind: "TRAILING_STOP", trail: "5", strategy: "manual" });
  assert.equal(asked({ side: "SELL", kind: "LIMIT" }), null);
});

test("how long it lives is sent where its kind can, and an end is read as UTC", () => {
  const limit = { side: "BUY", quantity: "2", stop: "90", kind: "LIMIT", limit: "99" };
  const stop = { side: "BUY", quantity: "2", stop: "90", kind: "STOP", trigger: "101" };

  assert.deepEqual(asked({ kind: "LIMIT", lifetime: "FOK" }), { ...limit, lifetime: "FOK" });
  assert.deepEqual(asked({ kind: "STOP", lifetime: "FOK" }), stop);
  assert.deepEqual(asked({ kind: "STOP", lifetime: "GTD", until: "2026-03-29T02:30" }), { ...stop, lifetime: "GTD", expires: Date.UTC(2026, 2, 29, 2, 30) });
  assert.equal(asked({ kind: "STOP", lifetime: "GTD" }), null);
  assert.deepEqual(lifetimesOf("MARKET"), []);
});

test("only a limit that may wait is post-only", () => {
  const may = KINDS.flatMap((kind) => lifetimesOf(kind).filter((lifetime) => mayRest({ kind, lifetime })).map((lifetime) => `${kind} ${lifetime}`));

  assert.deepEqual(may, ["LIMIT GTC", "LIMIT DAY", "LIMIT GTD"]);
  assert.deepEqual(asked({ kind: "LIMIT", postOnly: true }), { side: "BUY", quantity: "2", stop: "90", kind: "LIMIT", limit: "99", post_only: true });
  assert.deepEqual(asked({ kind: "LIMIT", lifetime: "IOC", postOnly: true }), { side: "BUY", quantity: "2", stop: "90", kind: "LIMIT", limit: "99", lifetime: "IOC" });
});

test("what is still to be written is said in words", () => {
  assert.equal(missing(EMPTY), "how much, and where the stop stands");
  assert.equal(missing({ ...EMPTY, side: "SELL" }), "how much");
  assert.equal(missing({ ...EMPTY, kind: "STOP_LIMIT", lifetime: "GTD" }), "how much, the trigger, the limit, where the stop stands, and until when");
});

test("a number is on the grid by its digits, which a float would lose", () => {
  assert.deepEqual([isOn("0.3", "0.1"), isOn("0.30000000001", "0.1"), isOn("123456789012345678.01", "0.01"), isOn("10", "2.5"), isOn("11", "2.5")], [true, false, true, true, false]);
  assert.deepEqual([fault(""), fault("0"), fault("1e3"), fault("-1"), fault(".5")].map(Boolean), [false, true, true, true, true]);
  assert.equal(fault("0.15", "0.1", "lots"), "It has to be a whole number of lots of 0.1.");
});

test("an order that waits says for what and how long", () => {
  const order = { leg: "ENTRY", side: "BUY", quantity: "2", instrument: "COIN.TEST", status: "ACCEPTED", reason: "", kind: "LIMIT", limit: "99", trigger: null, trail: null, price: null, lifetime: "GTC", expires: 0 } as OrderDocument;
  const trailing = { ...order, kind: "TRAILING_STOP", limit: null, trigger: "101", trail: "5", lifetime: "GTD", expires: Date.UTC(2026, 0, 2, 3, 4) };

  assert.deepEqual([waitsFor(order), waitsFor(trailing), waitsFor({ ...order, kind: "MARKET", limit: null })], ["limit 99.00", "trigger 101.00, 5.00 behind", "market"]);
  assert.deepEqual([lives(order), lives(trailing), lives({ ...order, leg: "STOP" })], ["until cancelled", "until 2026-01-02 03:04", "with its position"]);
  assert.equal(outcome(order), "buy 2 COIN: accepted, it waits (limit 99.00).");
});
