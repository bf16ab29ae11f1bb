/* Bars and fills that come in pages make one chart: none twice, none missing between, and none that has grown as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BarsDocument, FillDocument } from "../src/generated/api.ts";
import { joined, shiftOf } from "../src/pages/chart/bars.ts";
import { MOST, barOf, continued, lacking, renewed } from "../src/pages/chart/fills.ts";

const page = (opens: number[], close: number[], indicators: Record<string, number[]> = {}, next: string | null = null) =>
  ({ ts_open: opens, open: close, high: close, low: close, close, volume: close, indicators, next }) as unknown as BarsDocument;

test("pages are joined in order, and the newer bar counts", () => {
  const all = joined([page([1, 2, 3], [10, 20, 30], {}, "before"), page([3, 4], [31, 40], { rsi: [5, 6] })]);

  assert.deepEqual(all.ts_open, [1, 2, 3, 4]);
  assert.deepEqual(all.close, [10, 20, 31, 40]);
  assert.deepEqual(all.indicators["rsi"], [null, null, 5, 6]);
  assert.equal(all.next, "before");
});

/** Fills of these times, the latest first; each is named by its time. */
const fills = (...times: number[]) => times.map((ts) => ({ ts, trade_id: `t${ts}` }) as FillDocument);
const times = (known: { readonly items: readonly FillDocument[] }) => known.items.map((one) => one.ts);

test("earlier fills follow the latest, whose page goes on", () => {
  const first = renewed(undefined, { items: fills(9, 8), next: "8" });
  const whole = continued(first, { items: fills(7, 6), next: "6" });
  const later = renewed(whole, { items: fills(10, 9), next: "9" });

  assert.deepEqual(times(later), [10, 9, 8, 7, 6]);
  assert.equal(later.next, "6");
  assert.equal(renewed(later, { items: fills(10, 9), next: "9" }), later, "nothing is drawn anew that has not changed");
});

test("where more fills came than a page has, none is left out between", () => {
  const known = continued(renewed(undefined, { items: fills(2), next: "2" }), { items: fills(1), next: null });

  assert.deepEqual(renewed(known, { items: fills(9, 8), next: "8" }), { items: fills(9, 8), next: "8", pages: 1 });
  assert.deepEqual(times(renewed(renewed(undefined, { items: [], next: null }), { items: fills(3), next: null })), [3]);
});

test("fills are asked for until the oldest bar, and no further than a chart can take", () => {
  const known = renewed(undefined, { items: fills(9, 5), next: "5" });

  assert.equal(lacking(known, 6), "nothing");
  assert.equal(lacking(known, 4), "more");
  assert.equal(lacking({ ...known, next: null }, 4), "nothing");
  assert.equal(lacking({ items: [], next: "3", pages: 1 }, 4), "more", "a page without one says nothing of those before it");
  assert.equal(lacking({ items: [], next: "3", pages: 20 }, 4), "too much");
  assert.equal(lacking({ items: fills(...Array.from({ length: MOST }, (_, n) => 5_000 - n)), next: "3", pages: 4 }, 4), "too much");
});

test("a fill is marked at its bar: what fills at the open at the bar that opens then, a stop within one at the one that closes then", () => {
  const opens = [100, 200, 300];
  const at = (ts: number, leg: string) => barOf(opens, { ts, leg } as FillDocument);

  assert.deepEqual([at(200, "ENTRY"), at(200, "EXIT"), at(200, "STOP"), at(200, "TARGET")], [1, 1, 0, 0]);
  assert.deepEqual([at(250, "ENTRY"), at(250, "STOP"), at(400, "ENTRY"), at(99, "ENTRY"), at(100, "STOP")], [1, 1, 2, -1, -1]);
});

test("what somebody looks at stays in place, whether earlier bars come or go", () => {
  assert.equal(shiftOf([3, 4], [1, 2, 3, 4]), 2);
  assert.equal(shiftOf([1, 2, 3, 4], [3, 4]), -2);
  assert.equal(shiftOf([1, 2], [8, 9]), 0);
});
