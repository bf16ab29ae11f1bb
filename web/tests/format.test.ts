/* Numbers and reasons as people read them: no digit is lost, and what is unknown is a dash and never a zero. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, decimal, money, percent, price, words } from "../src/lib/format.ts";
import type { TickerDocument } from "../src/generated/api.ts";
import { held, placesOf } from "../src/lib/arrange.ts";
import { meaning } from "../src/lib/reasons.ts";
import { latestOf } from "../src/lib/tickers.ts";
import { LIMIT, OVERFITTING, toneOf } from "../src/lib/tone.ts";

test("money that comes as text keeps every digit", () => {
  assert.equal(money("12345678901234567.89"), "12,345,678,901,234,567.89");
  assert.equal(money("-0.5", { sign: true }), "−0.50");
});

test("what is not known is a dash", () => {
  assert.deepEqual([money(null), decimal(undefined), percent(null), price("")].map((one) => one), ["–", "–", "–", "–"]);
});

test("a price shows its own digits, and two at least", () => {
  assert.deepEqual([price("100"), price("0.00001234"), price("153.1547")], ["100.00", "0.00001234", "153.1547"]);
});

test("a price is never shown as nothing, however small, and a float shows no digit that nobody wrote", () => {
  assert.deepEqual([price(4e-7), price("0.0000000004123"), price(0.1 + 0.2), price(187.3)], ["0.0000004", "0.0000000004123", "0.30", "187.30"]);
  assert.equal(price("187.33333333333333"), "187.33333333");
});

test("one of something is no plural", () => {
  assert.deepEqual([counted(0, "position"), counted(1, "position"), counted(2000, "position")], ["0 positions", "1 position", "2,000 positions"]);
});

test("points stand where their time is, and not one as far from the next as any other", () => {
  assert.deepEqual(placesOf([{ ts: 100 }, { ts: 110 }, { ts: 200 }]), [0, 0.1, 1]);
  assert.deepEqual(placesOf([{ ts: 7 }, { ts: 7 }]), [0, 1]);
});

test("a sum of days stays as it was until the next day that changes it", () => {
  const day = 86_400_000;
  const point = (n: number, value: number) => ({ ts: n * day, value });

  assert.deepEqual(held([point(1, 10), point(2, 20), point(5, 30)]), [point(1, 10), point(2, 20), point(4, 20), point(5, 30)]);
});

test("the latest close is that of the bar that closed last, whatever the length of its bars", () => {
  const [day, minute] = [{ ts: 100, close: 1 }, { ts: 160, close: 2 }] as TickerDocument[];

  assert.equal(latestOf([day as TickerDocument, minute as TickerDocument])?.close, 2);
  assert.equal(latestOf([]), undefined);
});

test("a reason is said in words, with its money rounded", () => {
  assert.equal(meaning("MAX_EXPOSURE: 101.123456 exceeds 100.5"), "too much of the equity would be invested (101.12 exceeds 100.50)");
  assert.equal(meaning("KILL_SWITCH_HALTED: 1 exceeds 0"), "trading is halted");
  assert.equal(meaning("OFF_TICK: 20.00001 is no whole number of ticks of 0.0001"), "off tick (20.00001 is no whole number of ticks of 0.0001)");
  assert.equal(meaning("as somebody wrote it"), "as somebody wrote it");
  assert.equal(words("rsi_pullback_pro"), "rsi pullback pro");
});

test("half a chance of overfitting is bad, half of a limit is not", () => {
  assert.deepEqual([0.49, 0.5, 0.58].map((share) => toneOf(share, OVERFITTING)), ["good", "bad", "bad"]);
  assert.deepEqual([0.58, 0.75, 0.95].map((share) => toneOf(share, LIMIT)), ["good", "warn", "bad"]);
});
