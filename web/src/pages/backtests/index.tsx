import type { Performance, StudyRow } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Counts } from "../../components/Counts.tsx";
import { Curve } from "../../components/Curve.tsx";
import { Change, Stat } from "../../components/Figures.tsx";
import { Segments } from "../../components/Form.tsx";
import { Months } from "../../components/Months.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Studies } from "../../components/Studies.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { account } from "../../lib/account.ts";
import { barTime, decimal, money, percent, price, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { query, setQuery } from "../../lib/router.ts";
import type { Backtest, Group, Trip } from "./study.ts";

const GROUPS = [
  ["strategy", "Strategy"],
  ["instrument", "Instrument"],
  ["regime", "Regime"],
  ["exit", "Exit"],
] as const;

/** Published backtests: each in full, and beside what the account really did. */
export default function Backtests() {
  return (
    <Studies
      shelf="backtests"
      title="Published"
      caption="Published backtests, newest first"
      columns={LIST}
      none={
        <>
          No backtest is published yet. <code>tradewind backtest --publish NAME</code> runs one over recorded bars with this environment's limits and gates, and puts it here.
        </>
      }
    >
      {(name, summary) => <Report name={name} of={summary as Backtest} />}
    </Studies>
  );
}

const LIST: readonly Column<StudyRow>[] = [
  { title: "Strategies", minor: true, cell: (row) => words(String(row.figures["strategies"] ?? "")) },
  { title: "Bars", minor: true, cell: (row) => String(row.figures["timeframe"] ?? "") },
  { title: "Return", number: true, by: (row) => Number(row.figures["return"] ?? NaN), cell: (row) => <Change of={row.figures["return"] ?? null} as="percent" /> },
  { title: "Sharpe", number: true, by: (row) => Number(row.figures["sharpe"] ?? NaN), cell: (row) => decimal(row.figures["sharpe"] ?? null, 2) },
  { title: "Drawdown", number: true, minor: true, by: (row) => Number(row.figures["max_drawdown"] ?? NaN), cell: (row) => percent(row.figures["max_drawdown"] ?? null, 1) },
  { title: "Round trips", number: true, minor: true, by: (row) => Number(row.figures["round_trips"] ?? NaN), cell: (row) => decimal(row.figures["round_trips"] ?? null) },
];

function Report({ name, of: found }: { readonly name: string; readonly of: Backtest }) {
  return (
    <>
      <Result name={name} of={found} />
      <Beside of={found} />
      <Reasons of={found} />
      <Card title="Months" span="all">
        <Months returns={new Map(Object.entries(found.monthly))} empty="The bars do not fill a month." />
      </Card>
      <Groups of={found} />
      <Trips of={found} />
    </>
  );
}

function Result({ name, of }: { readonly name: string; readonly of: Backtest }) {
  const m = of.metrics;
  return (
    <Card title={name} span="all" aside={`${of.instruments.length} instruments, ${of.timeframe}, ${decimal(of.bars)} bars`}>
      {of.warnings.length ? (
        <details class="stale">
          <summary>
            {of.warnings.length === 1 ? "One thing" : `${of.warnings.length} things`} to know before believing any of this
          </summary>
          {of.warnings.map((line) => (
            <p key={line}>{line.replaceAll("`", "")}</p>
          ))}
        </details>
      ) : null}
      <dl class="stats">
        <Stat name="Return" note={<>held: {percent(m["buy_and_hold"], 1, { sign: true })}</>}>
          <Change of={m["return"]} as="percent" />
        </Stat>
        <Stat name="Sharpe" note={`Sortino ${decimal(m["sortino"], 2)}`}>
          {decimal(m["sharpe"], 2)}
        </Stat>
        <Stat name="Deepest fall" note={`${decimal(m["max_drawdown_days"], 0)} days at the longest`}>
          {percent(m["max_drawdown"], 1)}
        </Stat>
        <Stat name="Profit factor" note={`${percent(m["win_rate"], 0)} won`}>
          {decimal(m["profit_factor"], 2)}
        </Stat>
        <Stat name="Round trips" note={`fees ${money(m["fees"])}`}>
          {decimal(m["round_trips"])}
        </Stat>
      </dl>
      <Curve
        label="Equity of the backtest, with its drawdown below"
        points={of.equity.map(([ts, value]) => ({ ts, value }))}
        falls
        when={barTime}
        read={(point, fall) => (
          <>
            <b>{money(point.value)}</b>
            {fall >= 0.0005 ? `, ${percent(-fall, 1)} below its highest` : ", at its highest"}
          </>
        )}
        empty="The bars were too few for a curve."
      />
      <p class="muted">
        {of.strategies.map((one) => `${words(one.name)} ${one.version}`).join(", ")}; {money(of.account.cash)} to begin with, fee {of.account.fee_bps} bps, slippage {of.account.slippage_bps} bps;
        decisions {of.decisions_digest.slice(0, 12)}. Past results are no promise.
      </p>
    </Card>
  );
}

interface Line {
  readonly name: string;
  readonly then: number | null;
  readonly now: number | null;
  readonly as: "percent" | "share" | "ratio" | "count";
}

const shown = (value: number | null, as: Line["as"]) => {
  if (value === null) return "–";
  if (as === "percent") return percent(value, 1, { sign: true });
  return as === "share" ? percent(value, 0) : decimal(value, as === "ratio" ? 2 : 0);
};

const BESIDE: readonly Column<Line>[] = [
  { title: "Figure", cell: (row) => row.name },
  { title: "Backtest", number: true, cell: (row) => shown(row.then, row.as) },
  { title: "The account", number: true, cell: (row) => shown(row.now, row.as) },
];

/** The backtest beside the account that the same strategies trade. */
function Beside({ of }: { readonly of: Backtest }) {
  const live = useLive("/api/performance", { account: account.value });
  return (
    <Card title="Beside the account" span={2} aside={live.data?.account}>
      <Shown of={live}>
        {(data) => (
          <>
            <Table caption="The backtest beside what the account did" columns={BESIDE} rows={lines(of, data)} rowKey={(row) => row.name} empty="" />
            <p class="muted">
              Of the account's round trips only those of {of.strategies.map((one) => words(one.name)).join(", ")} count. The spans differ as a rule; <code>tradewind parity</code> holds the same bars to
              the last digit.
            </p>
          </>
        )}
      </Shown>
    </Card>
  );
}

function lines(of: Backtest, live: Performance): Line[] {
  const names = new Set(of.strategies.map((one) => one.name));
  const mine = live.by_strategy.filter((one) => names.has(one.name));
  const trips = mine.reduce((sum, one) => sum + one.trips, 0);
  const wins = mine.reduce((sum, one) => sum + one.wins, 0);
  const pnl = mine.reduce((sum, one) => sum + Number(one.pnl), 0);
  const won = mine.length === 1 && mine[0]?.profit_factor != null ? Number(mine[0].profit_factor) : null;
  const cash = Number(of.account.cash) || 1;
  const trip = of.metrics["round_trips"];
  const earned = of.metrics["equity_end"] === undefined || of.metrics["equity_end"] === null ? null : of.metrics["equity_end"] - cash;
  return [
    { name: "Round trips", then: trip ?? null, now: trips, as: "count" },
    { name: "Won", then: of.metrics["win_rate"] ?? null, now: trips ? wins / trips : null, as: "share" },
    { name: "Profit factor", then: of.metrics["profit_factor"] ?? null, now: won, as: "ratio" },
    { name: "A round trip, of what there was to begin with", then: earned !== null && trip ? earned / trip / cash : null, now: trips ? pnl / trips / (Number(live.opening) || 1) : null, as: "percent" },
    { name: "Earned, of what there was to begin with", then: earned === null ? null : earned / cash, now: pnl / (Number(live.opening) || 1), as: "percent" },
    { name: "Deepest fall", then: negated(of.metrics["max_drawdown"]), now: negated(Number(live.deepest_fall)), as: "percent" },
  ];
}

function negated(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : -value;
}

type Named = Group & { readonly name: string };

const GROUP: readonly Column<Named>[] = [
  { title: "Name", by: (row) => row.name, cell: (row) => (row.name.includes(".") ? symbolOf(row.name) : words(row.name)) },
  { title: "Trips", number: true, by: (row) => row.round_trips ?? NaN, cell: (row) => decimal(row.round_trips) },
  { title: "Won", number: true, by: (row) => row.win_rate ?? NaN, cell: (row) => percent(row.win_rate, 0) },
  { title: "Profit factor", number: true, minor: true, by: (row) => row.profit_factor ?? NaN, cell: (row) => decimal(row.profit_factor, 2) },
  { title: "Earned", number: true, by: (row) => row.pnl ?? NaN, cell: (row) => <Change of={row.pnl} /> },
];

function Groups({ of }: { readonly of: Backtest }) {
  const group = GROUPS.find(([name]) => name === query.value.get("by"))?.[0] ?? "strategy";
  const rows = Object.entries(of.by[group]).map(([name, one]) => ({ name, ...one }));
  return (
    <Card title="Round trips by" span="all" aside={<Segments label="Group by" value={group} options={GROUPS} onChange={(value) => setQuery({ by: value })} />}>
      <Table caption={`Round trips by ${group}`} columns={GROUP} rows={rows} rowKey={(row) => row.name} sorted="-Earned" empty="It closed no position." height="24rem" />
    </Card>
  );
}

function Reasons({ of }: { readonly of: Backtest }) {
  const rows = Object.entries(of.reasons).flatMap(([strategy, counts]) => Object.entries(counts).map(([reason, count]) => ({ key: `${strategy} ${reason}`, name: <Why of={reason} by={strategy} />, count })));
  return (
    <Card title="What was decided">
      <Counts label="Decisions by action and reason" rows={rows.sort((a, b) => b.count - a.count)} empty="Nothing was decided." />
    </Card>
  );
}

function Why({ of, by }: { readonly of: string; readonly by: string }) {
  return (
    <>
      {of.toLowerCase().replaceAll("_", " ")} <small>{words(by)}</small>
    </>
  );
}

const TRIPS: readonly Column<Trip>[] = [
  { title: "Instrument", by: (row) => row.instrument, cell: (row) => symbolOf(row.instrument) },
  { title: "Strategy", minor: true, cell: (row) => words(row.strategy) },
  { title: "Opened", minor: true, by: (row) => row.opened, cell: (row) => <span class="nowrap">{barTime(row.opened)}</span> },
  { title: "Closed", by: (row) => row.closed, cell: (row) => <span class="nowrap">{barTime(row.closed)}</span> },
  { title: "Entry", number: true, minor: true, cell: (row) => price(Number(row.entry_price.toPrecision(8))) },
  { title: "Exit", number: true, minor: true, cell: (row) => price(Number(row.exit_price.toPrecision(8))) },
  { title: "By", cell: (row) => words(row.exit) },
  { title: "Regime", minor: true, cell: (row) => words(row.regime) },
  { title: "Return", number: true, by: (row) => row.change, cell: (row) => <Change of={row.change} as="percent" /> },
  { title: "Earned", number: true, by: (row) => row.pnl, cell: (row) => <Change of={row.pnl} /> },
];

function Trips({ of }: { readonly of: Backtest }) {
  const more = of.all_round_trips > of.round_trips.length;
  return (
    <Card title="Round trips" span="all" aside={more ? `the last ${of.round_trips.length} of ${decimal(of.all_round_trips)}` : undefined}>
      <Table
        caption="Round trips of the backtest"
        columns={TRIPS}
        rows={of.round_trips}
        rowKey={(row) => `${row.instrument} ${row.strategy} ${row.opened} ${row.closed}`}
        sorted="-Closed"
        empty="It closed no position."
        height="32rem"
      />
    </Card>
  );
}
