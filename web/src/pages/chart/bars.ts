/* Bars of one instrument: the latest ones kept fresh, earlier ones as far as somebody looks. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { BarsDocument } from "../../generated/api.ts";
import { Failure } from "../../lib/failure.ts";
import { good, request } from "../../lib/http.ts";
import { type Reading, useLive } from "../../lib/live.ts";
import { address } from "../../lib/wire.ts";
import type { Frame } from "./frames.ts";

/** Bars of one answer: with all studies on it stays below the API's 256 kB. */
const PAGE = 700;

export interface Bars {
  readonly reading: Reading<BarsDocument>;
  /** All that is known so far, the oldest first. */
  readonly all: BarsDocument | undefined;
  readonly earlier: () => void;
}

/** Read bars up to a time (0: the latest), and earlier ones when `earlier` is called. */
export function useBars(symbol: string, interval: Frame | undefined, specs: string, until: number): Bars {
  const question = { symbol, interval, indicators: specs, limit: PAGE, to: until || undefined };
  const reading = useLive("/api/market-data/{symbol}", question, { enabled: symbol !== "" && interval !== undefined });
  const key = `${symbol} ${interval} ${specs} ${until}`;
  const [past, setPast] = useState<{ readonly key: string; readonly pages: readonly BarsDocument[] }>({ key, pages: [] });
  const pages = past.key === key ? past.pages : [];
  const busy = useRef("");
  useEffect(() => setPast({ key, pages: [] }), [key]);
  const first = pages[0] ?? reading.data;
  const earlier = () => {
    if (!first?.next || busy.current === key) return;
    busy.current = key;
    void brought(address("/api/market-data/{symbol}", { ...question, cursor: first.next }))
      .then((page) => setPast((now) => (now.key === key ? { key, pages: [page, ...now.pages] } : now)))
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error; // it is asked for again with the next movement
      })
      .finally(() => {
        busy.current = "";
      });
  };
  const found = useMemo(() => reading.data && joined([...pages, reading.data]), [past, reading.data]);
  // The very bars stay while other studies of them are on their way.
  const same = `${symbol} ${interval} ${until}`;
  const shown = useRef<{ readonly same: string; readonly bars: BarsDocument } | null>(null);
  if (found) shown.current = { same, bars: found };
  const all = found ?? (shown.current?.same === same ? shown.current.bars : undefined);
  return { reading, all, earlier };
}

async function brought(url: string): Promise<BarsDocument> {
  return (await (await good(await request(url))).json()) as BarsDocument;
}

/** Join pages that follow each other; where the latest has grown into the one before, its bars count. */
export function joined(pages: readonly BarsDocument[]): BarsDocument {
  const last = pages.at(-1);
  if (!last || pages.length === 1) return last as BarsDocument;
  const cut = pages.map((page, n) => {
    const next = pages[n + 1]?.ts_open[0];
    const end = next === undefined ? -1 : page.ts_open.findIndex((ts) => ts >= next);
    return end < 0 ? page.ts_open.length : end;
  });
  const column = <V>(of: (page: BarsDocument) => readonly V[]): V[] => pages.flatMap((page, n) => of(page).slice(0, cut[n]));
  const names = Object.keys(last.indicators);
  return {
    ...last,
    ts_open: column((page) => page.ts_open),
    open: column((page) => page.open),
    high: column((page) => page.high),
    low: column((page) => page.low),
    close: column((page) => page.close),
    volume: column((page) => page.volume),
    indicators: Object.fromEntries(names.map((name) => [name, column((page) => page.indicators[name] ?? page.ts_open.map(() => null))])),
    next: pages[0]?.next ?? null,
  };
}

/** Return by how many bars what was shown has moved to the right: earlier bars came before it, or went. */
export function shiftOf(before: readonly number[], now: readonly number[]): number {
  const at = now.indexOf(before[0] ?? NaN);
  if (at >= 0) return at;
  const gone = before.indexOf(now[0] ?? NaN);
  return gone > 0 ? -gone : 0;
}
