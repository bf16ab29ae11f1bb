/* Bars that come in pages make one chart: none twice, and none that has grown is shown as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BarsDocument } from "../src/generated/api.ts";
import { joined } from "../src/pages/chart/bars.ts";

const page = (opens: number[], close: number[], indicators: Record<string, number[]> = {}, next: string | null = null) =>
  ({ ts_open: opens, open: close, high: close, low: close, close, volume: close, indicators, next }) as unknown as BarsDocument;

test("pages are joined in order, and the newer bar counts", () => {
  const all = joined([page([1, 2, 3], [10, 20, 30], {}, "before"), page([3, 4], [31, 40], { rsi: [5, 6] })]);

  assert.deepEqual(all.ts_open, [1, 2, 3, 4]);
  assert.deepEqual(all.close, [10, 20, 31, 40]);
  assert.deepEqual(all.indicators["rsi"], [null, null, 5, 6]);
  assert.equal(all.next, "before");
});
