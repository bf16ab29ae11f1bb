import { useMemo } from "preact/hooks";
import type { BrainRow, CandidateDocument, SymbolDocument, TickerDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, Change, Fact, Stat } from "../../components/Figures.tsx";
import { Field, Select } from "../../components/Form.tsx";
import { LongTable } from "../../components/LongTable.tsx";
import { Empty, Shown, Stale } from "../../components/Shown.tsx";
import type { Column } from "../../components/Table.tsx";
import { linked } from "../../lib/account.ts";
import { compact, decimal, percent, price, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { latestOf } from "../../lib/tickers.ts";
import { query, setQuery } from "../../lib/router.ts";
import { REGIMES } from "../brain/regimes.ts";
import "./universe.css";

/** One instrument with all that is known of it. */
interface Row {
  readonly instrument: string;
  readonly followed: boolean;
  readonly close: number | null;
  readonly change: number | null;
  readonly regime: string | null;
  readonly scores: CandidateDocument | null;
}

/** Every instrument that is followed or listed: filter, sort, and how the chosen one trades. */
export default function Universe() {
  const symbols = useLive("/api/symbols", { limit: 500 }, { whole: true });
  const tickers = useLive("/api/monitor/tickers", { limit: 500 }, { whole: true });
  const brain = useLive("/api/brain", {}, { whole: true });
  const scores = useLive("/api/universe", { limit: 500 }, { whole: true });
  const rows = useMemo(
    () => joined(symbols.data?.items ?? [], tickers.data?.items ?? [], brain.data?.items ?? [], scores.data?.items ?? []),
    [symbols.data, tickers.data, brain.data, scores.data],
  );
  const words_ = (query.value.get("q") ?? "").trim().toUpperCase();
  const kind = query.value.get("kind") ?? "";
  const shown = useMemo(() => rows.filter((row) => fits(row, words_, kind)), [rows, words_, kind]);
  const chosen = query.value.get("symbol") ?? undefined;
  return (
    <div class="universe">
      <Card title="Instruments" aside={<span role="status">{shown.length === rows.length ? `${decimal(rows.length)}` : `${decimal(shown.length)} of ${decimal(rows.length)}`}</span>}>
        <div class="universe-filter">
          <Field label="Filter by name" type="search" value={query.value.get("q") ?? ""} placeholder="AAPL" onInput={(text) => setQuery({ q: text || null })} />
          <Select label="Kind" value={kind} options={kindsOf(rows)} onChange={(value) => setQuery({ kind: value || null })} />
        </div>
        <Shown of={symbols} lines={14}>
          {() => (
            <>
              {tickers.failure && tickers.data ? <Stale of={tickers} /> : null}
              <LongTable
                caption="Instruments; arrow keys choose one"
                columns={COLUMNS}
                rows={shown}
                rowKey={(row) => row.instrument}
                sorted="Instrument"
                chosen={chosen}
                onChoose={(row) => setQuery({ symbol: row.instrument })}
                empty={rows.length ? "No instrument fits: clear the filter." : "Nothing is followed: name instruments or a universe in config/ENV.toml and deploy."}
              />
              {scores.data?.items.length === 0 ? <p class="muted">No universe is configured, so turnover, spread and trend are not known. <code>[[universes]]</code> of <code>config/ENV.toml</code> adds one.</p> : null}
            </>
          )}
        </Shown>
      </Card>
      <Profile symbol={chosen} />
    </div>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: "Instrument",
    by: (row) => row.instrument,
    cell: (row) => (
      <>
        <b>{symbolOf(row.instrument)}</b> {row.followed ? null : <small>listed</small>}
      </>
    ),
  },
  { title: "Close", number: true, by: (row) => row.close ?? NaN, cell: (row) => price(row.close) },
  { title: "Change", number: true, by: (row) => row.change ?? NaN, cell: (row) => <Change of={row.change} as="percent" /> },
  { title: "Regime", minor: true, by: (row) => row.regime ?? "~", cell: (row) => (row.regime ? <Badge tone={REGIMES[row.regime] ?? "plain"}>{row.regime.toLowerCase()}</Badge> : "–") },
  { title: "Kind", minor: true, by: (row) => row.scores?.category ?? "~", cell: (row) => (row.scores ? words(row.scores.category) : "–") },
  { title: "Turnover", number: true, minor: true, by: (row) => row.scores?.turnover ?? NaN, cell: (row) => compact(row.scores?.turnover) },
  { title: "Volatility", number: true, minor: true, by: (row) => row.scores?.volatility ?? NaN, cell: (row) => percent(row.scores?.volatility, 1) },
  { title: "Trend", number: true, minor: true, by: (row) => row.scores?.trend ?? NaN, cell: (row) => <Change of={row.scores?.trend} as={2} /> },
];

function joined(symbols: readonly SymbolDocument[], tickers: readonly TickerDocument[], brain: readonly BrainRow[], scores: readonly CandidateDocument[]): Row[] {
  const closes = new Map<string, TickerDocument>();
  for (const one of tickers) closes.set(one.instrument, latestOf([closes.get(one.instrument) ?? one, one]) as TickerDocument);
  const regimes = new Map(brain.map((one) => [one.instrument, one.regime]));
  const known = new Map(scores.map((one) => [one.instrument, one]));
  const followed = new Set(symbols.map((one) => one.instrument));
  const names = [...followed, ...scores.map((one) => one.instrument).filter((name) => !followed.has(name))];
  return names.map((name) => ({
    instrument: name,
    followed: followed.has(name),
    close: closes.get(name)?.close ?? null,
    change: closes.get(name)?.change ?? null,
    regime: regimes.get(name) ?? null,
    scores: known.get(name) ?? null,
  }));
}

function fits(row: Row, text: string, kind: string): boolean {
  if (text && !row.instrument.toUpperCase().includes(text)) return false;
  if (!kind) return true;
  const [what, value] = kind.split(":") as [string, string];
  if (what === "followed") return row.followed === (value === "yes");
  return what === "regime" ? row.regime === value : row.scores?.category === value;
}

function kindsOf(rows: readonly Row[]): [string, string][] {
  const categories = [...new Set(rows.flatMap((row) => (row.scores ? [row.scores.category] : [])))].sort();
  const regimes = [...new Set(rows.flatMap((row) => (row.regime ? [row.regime] : [])))].sort();
  return [
    ["", "All"],
    ["followed:yes", "Followed"],
    ...categories.map((name): [string, string] => [`category:${name}`, words(name)]),
    ...regimes.map((name): [string, string] => [`regime:${name}`, `${words(name)} market`]),
  ];
}

function Profile({ symbol }: { readonly symbol: string | undefined }) {
  const profile = useLive("/api/symbol/{symbol}/profile", { symbol: symbol ?? "" }, { enabled: symbol !== undefined });
  if (!symbol) {
    return (
      <Card title="Profile">
        <Empty>Choose an instrument to see how it trades.</Empty>
      </Card>
    );
  }
  return (
    <Card title={symbol} aside={<a href={linked("/dashboard/chart", { symbol })}>Chart</a>} class="profile">
      <Shown of={profile} lines={5}>
        {(data) => (
          <>
            <dl class="stats">
              <Stat name="Volatility" note={`a bar, over ${decimal(data.bars)}`}>
                {percent(data.volatility, 2)}
              </Stat>
              <Stat name="Range" note="high less low, of the close">
                {percent(data.range, 2)}
              </Stat>
              <Stat name="Volume" note="a bar, on average">
                {compact(data.average_volume)}
              </Stat>
            </dl>
            {data.scores ? (
              <ul class="facts">
                <Fact name="Kind" value={words(data.scores.category)} />
                <Fact name="Trades like" value={words(data.scores.profile)} />
                <Fact name="Belongs to the universe" value={data.scores.member ? "yes" : "no"} />
                <Fact name="Turnover of a day" value={compact(data.scores.turnover)} />
                <Fact name="Spread" value={data.scores.spread_bps === null ? "–" : `${decimal(data.scores.spread_bps, 1)} bps`} />
                <Fact name="Daily volatility" value={percent(data.scores.volatility, 1)} />
                <Fact name="Traded for" value={data.scores.days < 0 ? "–" : `${decimal(data.scores.days)} days`} />
              </ul>
            ) : (
              <p class="muted">No universe tells of it; the figures above are of its own bars.</p>
            )}
          </>
        )}
      </Shown>
    </Card>
  );
}
