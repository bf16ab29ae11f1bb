/* Numbers and reasons as people read them: no digit is lost, and what is unknown is a dash and never a zero. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal, money, percent, price, words } from "../src/lib/format.ts";
import { meaning } from "../src/lib/reasons.ts";

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

test("a reason is said in words, with its money rounded", () => {
  assert.equal(meaning("MAX_EXPOSURE: 101.123456 exceeds 100.5"), "too much of the equity would be invested (101.12 exceeds 100.50)");
  assert.equal(meaning("KILL_SWITCH_HALTED: 1 exceeds 0"), "trading is halted");
  assert.equal(meaning("OFF_TICK: 20.00001 is no whole number of ticks of 0.0001"), "off tick (20.00001 is no whole number of ticks of 0.0001)");
  assert.equal(meaning("as somebody wrote it"), "as somebody wrote it");
  assert.equal(words("rsi_pullback_pro"), "rsi pullback pro");
});
