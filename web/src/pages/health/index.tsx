import type { MonthDocument, TableDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, Fact, Meter, Stat } from "../../components/Figures.tsx";
import { Freshness } from "../../components/Freshness.tsx";
import { Pipeline } from "../../components/Pipeline.tsx";
import { Asked, Empty, Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { compact, decimal, moment, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

/** Whether every part is well, and what all of it costs. */
export default function Health() {
  return (
    <div class="cards">
      <Checks />
      <Month />
      <Engine />
      <Queues />
      <div class="stacked">
        <Freshness />
        <Storage />
      </div>
    </div>
  );
}

function Checks() {
  const health = useLive("/api/health", {});
  return (
    <Card title="Is it well?" span="all" aside={health.data ? <Badge tone={health.data.status === "ok" ? "good" : "bad"}>{health.data.status === "ok" ? "all is well" : "failing"}</Badge> : undefined}>
      <Shown of={health}>
        {(data) => (
          <>
            {Object.keys(data.failing).length ? null : <p>No check fails. They are made each minute; <code>tradewind doctor</code> asks many more.</p>}
            {Object.entries(data.failing).map(([name, text]) => (
              <p key={name} class="problem">
                <b>{words(name)}</b>: {text}
              </p>
            ))}
          </>
        )}
      </Shown>
    </Card>
  );
}

function Engine() {
  const engine = useLive("/api/engine-status", {});
  return (
    <Card title="At work">
      <Shown of={engine}>
        {(data) => (
          <ul class="facts">
            <Fact name="Environment" value={data.environment} />
            <Fact name="Clock" value={data.clock} />
            <Fact name="Configuration" value={data.configuration.slice(0, 12)} />
            <Fact name="Instruments" value={decimal(data.instruments)} />
            <Fact name="Strategies" value={decimal(data.strategies)} />
            <Fact name="Behind" value={data.lag_bars ? `${decimal(data.lag_bars)} bars` : "nothing"} />
            {Object.entries(data.accounts).map(([name, state]) => (
              <Fact key={name} name={`Account ${name}`} value={state.toLowerCase()} />
            ))}
          </ul>
        )}
      </Shown>
    </Card>
  );
}

function Queues() {
  const health = useLive("/api/health", {});
  return (
    <Card title="Queues and shards">
      <Shown of={health}>{(data) => <Pipeline of={data} />}</Shown>
    </Card>
  );
}

const TABLES: readonly Column<TableDocument>[] = [
  { title: "Table", cell: (row) => row.table },
  { title: "Items", number: true, cell: (row) => decimal(row.items) },
  { title: "Size", number: true, cell: (row) => `${compact(row.bytes)}B` },
];

function Storage() {
  // AWS itself counts them every six hours: asking as often as for the rest would tell nothing more.
  const storage = useLive("/api/monitor/storage", {}, { every: 60_000 });
  return (
    <Card title="Storage" aside={<Asked of={storage}>AWS counts anew every six hours</Asked>}>
      <Shown of={storage}>{(page) => <Table caption="How large the tables are" columns={TABLES} rows={page.items} rowKey={(row) => row.table} empty="No table." />}</Shown>
    </Card>
  );
}

type Strategy = MonthDocument["strategies"][number];
type Function_ = MonthDocument["functions"][number];

const dollars = (value: number | null) => (value === null ? "–" : `$${decimal(value, value !== 0 && Math.abs(value) < 0.01 ? 6 : 2)}`);

const STRATEGIES: readonly Column<Strategy>[] = [
  { title: "Strategy", by: (row) => row.strategy, cell: (row) => words(row.strategy) },
  { title: "Decisions", number: true, by: (row) => row.decisions, cell: (row) => decimal(row.decisions) },
  { title: "Signals", number: true, by: (row) => row.signals, cell: (row) => decimal(row.signals) },
  { title: "This month", number: true, by: (row) => row.dollars, cell: (row) => dollars(row.dollars) },
  { title: "A signal", number: true, by: (row) => row.dollars_a_signal ?? NaN, cell: (row) => dollars(row.dollars_a_signal) },
  { title: "Budget", number: true, minor: true, cell: (row) => (row.budget === null ? "none" : dollars(row.budget)) },
  { title: "State", minor: true, cell: (row) => (row.paused ? <Badge tone="bad">paused by its budget</Badge> : "at work") },
];

const FUNCTIONS: readonly Column<Function_>[] = [
  { title: "Function", by: (row) => row.function, cell: (row) => words(row.function) },
  { title: "Calls", number: true, by: (row) => row.invocations, cell: (row) => decimal(row.invocations) },
  { title: "Seconds", number: true, minor: true, by: (row) => row.milliseconds, cell: (row) => decimal(row.milliseconds / 1000, 1) },
  { title: "Requests", number: true, by: (row) => row.calls, cell: (row) => decimal(row.calls) },
  { title: "Read units", number: true, minor: true, by: (row) => row.read_units, cell: (row) => decimal(row.read_units, 0) },
  { title: "Write units", number: true, minor: true, by: (row) => row.write_units, cell: (row) => decimal(row.write_units, 0) },
  { title: "This month", number: true, by: (row) => row.dollars, cell: (row) => dollars(row.dollars) },
];

function Month() {
  const month = useLive("/api/cost/month", {});
  return (
    <Card title="What it costs" span="all" aside={month.data?.until ? `metered up to ${moment(month.data.until)}, list prices of ${month.data.prices_of}` : undefined}>
      <Shown of={month} lines={8}>
        {(data) =>
          data.until ? (
            <>
              <dl class="stats">
                <Stat name={`So far in ${data.month}`} note="requests, units and milliseconds">
                  {dollars(data.dollars)}
                </Stat>
                <Stat name="The whole month" note="if it goes on so">
                  {dollars(data.forecast)}
                </Stat>
                <Stat name="A signal" note="over all strategies">
                  {dollars(each(data))}
                </Stat>
              </dl>
              {data.strategies
                .filter((one) => one.budget !== null)
                .map((one) => (
                  <Meter key={one.strategy} name={`Budget of ${words(one.strategy)}`} used={one.dollars} most={one.budget ?? 0} text={`${dollars(one.dollars)} of ${dollars(one.budget)}`} />
                ))}
              <Table caption="Cost by strategy and signal" columns={STRATEGIES} rows={data.strategies} rowKey={(row) => row.strategy} sorted="-This month" empty="No strategy is at work." />
              <Table caption="Cost by function" columns={FUNCTIONS} rows={data.functions} rowKey={(row) => row.function} sorted="-This month" empty="No function was metered yet." />
            </>
          ) : (
            <Empty>Nothing was metered yet this month. Functions log what they use, and it is added up every few minutes where schedules run; <code>tradewind cost --metered</code> asks the logs now.</Empty>
          )
        }
      </Shown>
    </Card>
  );
}

function each(of: MonthDocument): number | null {
  const signals = of.strategies.reduce((sum, one) => sum + one.signals, 0);
  return signals ? of.dollars / signals : null;
}
