import type { Performance as Earned, TallyDocument, TradeDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Curve, type Point } from "../../components/Curve.tsx";
import { Badge, Change, Stat } from "../../components/Figures.tsx";
import { Segments } from "../../components/Form.tsx";
import { Months } from "../../components/Months.tsx";
import { Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { account, linked } from "../../lib/account.ts";
import { held } from "../../lib/arrange.ts";
import { barTime, day, decimal, money, percent, price, span, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { query, setQuery } from "../../lib/router.ts";

const GROUPS = [
  ["by_strategy", "Strategy"],
  ["by_instrument", "Instrument"],
  ["by_regime", "Regime"],
  ["by_exit", "Exit"],
] as const;

/** What an account earned, when, by what, and what it cost. */
export default function Performance() {
  const performance = useLive("/api/performance", { account: account.value });
  const group = GROUPS.find(([name]) => name === query.value.get("by"))?.[0] ?? "by_strategy";
  return (
    <div class="cards">
      <Card title="Equity" span="all" aside={performance.data?.behind ? <Badge tone="warn">{performance.data.behind} entries not added up yet</Badge> : undefined}>
        <Shown of={performance} lines={8}>
          {(data) => (
            <>
              <Figures of={data} />
              <Equity of={data} />
            </>
          )}
        </Shown>
      </Card>
      <Card title="Months" span="all" aside="realised, of the account's worth when the month began">
        <Shown of={performance}>{(data) => <Months returns={monthly(data)} empty="No month has an exit yet: what is realised appears here with the first one." />}</Shown>
      </Card>
      <Card title="Round trips by" span={2} aside={<Segments label="Group by" value={group} options={GROUPS} onChange={(value) => setQuery({ by: value })} />}>
        <Shown of={performance} lines={6}>
          {(data) => (
            <Table
              caption={`Round trips by ${group.slice(3)}`}
              columns={TALLIES}
              rows={data[group]}
              rowKey={(row) => row.name}
              sorted="-Earned"
              empty="No round trip has been closed yet. As soon as a position is left, it is counted here."
              height="28rem"
            />
          )}
        </Shown>
      </Card>
      <Card title="Costs">
        <Shown of={performance}>{(data) => <Costs of={data} />}</Shown>
      </Card>
      <Trips />
    </div>
  );
}

function Figures({ of }: { readonly of: Earned }) {
  return (
    <dl class="stats">
      <Stat name="Equity now" note={<>opened with {money(of.opening)}</>}>
        {money(of.equity)}
      </Stat>
      <Stat name="P&L in all" note={<Change of={Number(of.profit) / (Number(of.opening) || 1)} as="percent" />}>
        <Change of={of.profit} />
      </Stat>
      <Stat name="Realised" note={<>open {money(of.unrealised, { sign: true })}</>}>
        <Change of={of.realised} />
      </Stat>
      <Stat name="Round trips" note={of.all.win_rate === null ? "none closed yet" : `${percent(of.all.win_rate, 0)} won`}>
        {decimal(of.all.trips)}
      </Stat>
      <Stat name="Profit factor" note="won, over lost">
        {of.all.profit_factor === null ? "–" : decimal(Number(of.all.profit_factor), 2)}
      </Stat>
      <Stat name="Deepest fall" note="of what was realised">
        {percent(of.deepest_fall, 1)}
      </Stat>
    </dl>
  );
}

function Equity({ of }: { readonly of: Earned }) {
  const measured = of.worth.length > 1;
  const what = measured ? "Equity as it was measured" : "Realised equity, day by day";
  return (
    <>
      <h3>
        {what} <small>its drawdown below</small>
      </h3>
      <Curve
        label={`${what}, with its drawdown below`}
      points={measured ? of.worth.map((one) => ({ ts: one.ts, value: Number(one.equity) })) : realised(of)}
      falls
      when={measured ? barTime : day}
      read={(point, fall) => (
        <>
          <b>{money(point.value)}</b>
          {fall >= 0.0005 ? `, ${percent(-fall, 1)} below its highest` : ", at its highest"}
        </>
      )}
      empty="There is no curve yet: it begins with the first exit, or the first report."
      />
    </>
  );
}

function realised(of: Earned): Point[] {
  const opening = Number(of.opening);
  const days = of.days.map((one) => ({ ts: Date.parse(one.day), value: opening + Number(one.total) }));
  return days.length ? held([{ ts: (days[0] as Point).ts - 86_400_000, value: opening }, ...days]) : [];
}

/** Each month's return on what the account was worth, realised, when the month began. */
function monthly(of: Earned): Map<string, number> {
  const opening = Number(of.opening);
  return new Map(of.months.map((one) => [one.day, Number(one.realised) / (opening + Number(one.total) - Number(one.realised) || 1)]));
}

function Costs({ of }: { readonly of: Earned }) {
  const gross = Number(of.realised) + Number(of.fees);
  const rows: readonly [string, string][] = [
    ["Fees paid", money(of.fees)],
    ["Of what was earned before fees", gross > Number(of.fees) ? percent(Number(of.fees) / gross, 1) : "all of it"],
    ["A round trip", of.all.trips ? money(Number(of.all.fees) / of.all.trips) : "–"],
    ["Of what the account opened with", percent(Number(of.fees) / (Number(of.opening) || 1), 2)],
  ];
  return (
    <>
      <ul class="facts">
        {rows.map(([name, value]) => (
          <li key={name}>
            <span>{name}</span>
            <span class="number">{value}</span>
          </li>
        ))}
      </ul>
      <p class="muted">
        Every figure here is after fees. What the machines cost is on <a href={linked("/dashboard/health")}>Health and cost</a>.
      </p>
    </>
  );
}

const TALLIES: readonly Column<TallyDocument>[] = [
  { title: "Name", by: (row) => row.name, cell: (row) => (row.name.includes(".") ? symbolOf(row.name) : words(row.name)) },
  { title: "Trips", number: true, by: (row) => row.trips, cell: (row) => decimal(row.trips) },
  { title: "Won", number: true, by: (row) => Number(row.win_rate ?? NaN), cell: (row) => percent(row.win_rate, 0) },
  { title: "Earned", number: true, by: (row) => Number(row.pnl), cell: (row) => <Change of={row.pnl} /> },
  { title: "A trip", number: true, by: (row) => Number(row.average ?? NaN), cell: (row) => <Change of={row.average} /> },
  { title: "Profit factor", number: true, minor: true, by: (row) => Number(row.profit_factor ?? NaN), cell: (row) => (row.profit_factor === null ? "–" : decimal(Number(row.profit_factor), 2)) },
  { title: "Fees", number: true, minor: true, by: (row) => Number(row.fees), cell: (row) => money(row.fees) },
];

/** An average price with seven digits that count: of four hundred dollars as of a coin's ten-thousandth part of one. */
const averaged = (text: string) => Number(Number(text).toPrecision(7));

const TRIPS: readonly Column<TradeDocument>[] = [
  { title: "Instrument", cell: (row) => <a href={linked("/dashboard/chart", { symbol: row.instrument })}>{symbolOf(row.instrument)}</a> },
  { title: "Strategy", cell: (row) => words(row.strategy) },
  { title: "Closed", cell: (row) => <span class="nowrap">{barTime(row.closed)}</span> },
  { title: "Held", minor: true, cell: (row) => span(row.closed - row.opened) },
  { title: "Quantity", number: true, minor: true, cell: (row) => decimal(row.quantity) },
  { title: "Entry", number: true, cell: (row) => price(averaged(row.entry)) },
  { title: "Exit", number: true, cell: (row) => price(averaged(row.exit)) },
  { title: "By", cell: (row) => words(row.reason || row.leg) },
  { title: "Return", number: true, cell: (row) => <Change of={row.change} as="percent" /> },
  { title: "Earned", number: true, cell: (row) => <Change of={row.pnl} /> },
];

function Trips() {
  const trips = useLive("/api/trades", { account: account.value, limit: 50 });
  return (
    <Card title="Latest round trips" span="all">
      <Shown of={trips} lines={6}>
        {(page) => (
          <Table
            caption="The latest fifty round trips"
            columns={TRIPS}
            rows={page.items}
            rowKey={(row) => `${row.closed} ${row.opened} ${row.instrument} ${row.strategy} ${row.pnl}`}
            empty="No round trip has been closed yet."
            height="32rem"
          />
        )}
      </Shown>
    </Card>
  );
}
