/* Fills of one instrument: the latest ones kept fresh, earlier ones as far back as bars are shown. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { FillDocument } from "../../generated/api.ts";
import { Failure } from "../../lib/failure.ts";
import { good, request } from "../../lib/http.ts";
import { useLive } from "../../lib/live.ts";
import { address } from "../../lib/wire.ts";

/** Fills of the page that is asked for again and again, and of an earlier one. */
const LATEST = 200;
const EARLIER = 500;
/** Fills that a chart marks at most, and pages that are turned for them: a page may have few, for others trade too. */
export const MOST = 2_000;
const MOST_PAGES = 20;
/** Ms after which an earlier page that did not come is asked for again. */
const AGAIN = 4_000;

interface Page {
  readonly items: readonly FillDocument[];
  readonly next?: string | null;
}

/** Fills that are known, the latest first. */
export interface Known {
  readonly items: readonly FillDocument[];
  /** Where to go on; null where there is no more. */
  readonly next: string | null;
  /** Pages that were turned so far. */
  readonly pages: number;
}

export interface Fills {
  readonly items: readonly FillDocument[];
  /** Since when all are there, ms, where earlier ones are left out for good; null where none is. */
  readonly since: number | null;
}

/** Put what the latest page has anew before what is known; where the two do not meet, begin anew. */
export function renewed(known: Known | undefined, latest: Page): Known {
  const before = new Set(known?.items.map((one) => one.trade_id));
  const fresh = latest.items.filter((one) => !before.has(one.trade_id));
  const meets = fresh.length < latest.items.length || !before.size;
  if (!known || !meets) return { items: latest.items, next: latest.next ?? null, pages: 1 };
  return fresh.length ? { ...known, items: [...fresh, ...known.items] } : known;
}

/** Put an earlier page behind what is known. */
export function continued(known: Known, page: Page): Known {
  return { items: [...known.items, ...page.items], next: page.next ?? null, pages: known.pages + 1 };
}

/** Say whether a chart from a time on shows less than there is: it may be asked for, or is too much. */
export function lacking(known: Known, from: number): "nothing" | "more" | "too much" {
  if (known.next === null || (known.items.at(-1)?.ts ?? Infinity) < from) return "nothing";
  return known.items.length < MOST && known.pages < MOST_PAGES ? "more" : "too much";
}

/** Read an instrument's fills back to a time (undefined: not known yet), and none after `until` (0: all). */
export function useFills(instrument: string | undefined, account: string | undefined, from: number | undefined, until: number): Fills {
  const latest = useLive("/api/fills", { account, instrument, limit: LATEST }, { enabled: instrument !== undefined }).data;
  const key = `${account} ${instrument}`;
  const [kept, setKept] = useState<{ readonly key: string; readonly known: Known } | null>(null);
  const [tries, setTries] = useState(0);
  const known = kept?.key === key ? kept.known : undefined;
  useEffect(() => {
    if (latest) setKept((now) => ({ key, known: renewed(now?.key === key ? now.known : undefined, latest) }));
  }, [key, latest]);
  const lack = known && from !== undefined ? lacking(known, from) : "nothing";
  const next = known?.next ?? null;
  useEffect(() => {
    if (lack !== "more" || next === null) return undefined;
    const call = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    void brought(address("/api/fills", { account, instrument, limit: Math.min(EARLIER, MOST - (known?.items.length ?? 0)), cursor: next }), call.signal)
      // Only behind what it was asked for: what begins anew meanwhile asks for itself.
      .then((page) => setKept((now) => (now?.key === key && now.known.next === next ? { key, known: continued(now.known, page) } : now)))
      .catch((error: unknown) => {
        if (call.signal.aborted) return;
        if (!(error instanceof Failure)) throw error;
        again = setTimeout(() => setTries((count) => count + 1), AGAIN);
      });
    return () => {
      call.abort();
      clearTimeout(again);
    };
  }, [key, next, lack, tries]);
  const all = known?.items ?? NONE;
  const items = useMemo(() => (until ? all.filter((one) => one.ts <= until) : all), [all, until]);
  return { items, since: lack === "too much" ? (all.at(-1)?.ts ?? 0) : null };
}

/**
 * Return the number of the bar that a fill belongs to; -1 where it is earlier than all of them.
 *
 * What fills at a bar's open has the time at which the bar before closed. A stop or a target that fills within a bar has
 * that of the bar's own close.
 */
export function barOf(opens: readonly number[], fill: Pick<FillDocument, "ts" | "leg">): number {
  const within = fill.leg === "STOP" || fill.leg === "TARGET";
  let [low, high] = [0, opens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const open = opens[middle] ?? 0;
    if (within ? open < fill.ts : open <= fill.ts) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const NONE: readonly FillDocument[] = [];

async function brought(url: string, signal: AbortSignal): Promise<Page> {
  return (await (await good(await request(url, { signal }))).json()) as Page;
}
