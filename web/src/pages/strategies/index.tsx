import type { DecisionSummary, StrategyDocument, TallyDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { type Count, Counts } from "../../components/Counts.tsx";
import { Badge, Change, type Tone } from "../../components/Figures.tsx";
import { Segments, Select } from "../../components/Form.tsx";
import { Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { account } from "../../lib/account.ts";
import { barTime, decimal, money, percent, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { query, setQuery } from "../../lib/router.ts";
import "./strategies.css";

type Scan = DecisionSummary["scans"][number];

const TONES: Readonly<Record<string, Tone>> = { ENTER: "good", EXIT: "info", HOLD: "plain", DENY: "warn", REFUSE: "warn", FAIL: "bad" };
const BARS = [
  ["24", "24 bars"],
  ["96", "96 bars"],
  ["240", "240 bars"],
] as const;
/** Whose orders no strategy asked for. */
const BY_PEOPLE = new Set(["manual", "webhook", "guard"]);

/** What the strategies are made of, what they decided, and why they mostly did not trade. */
export default function Strategies() {
  const strategies = useLive("/api/strategies", {});
  const chosen = query.value.get("strategy") ?? "";
  const names = [...new Set((strategies.data?.items ?? []).map((one) => one.name))];
  return (
    <div class="cards">
      <Scans strategy={chosen} names={names} />
      <Shown of={strategies} lines={8}>
        {(page) => (
          <>
            {page.items
              .filter((one) => !chosen || one.name === chosen)
              .map((one) => (
                <Strategy key={`${one.account} ${one.name}`} of={one} />
              ))}
          </>
        )}
      </Shown>
    </div>
  );
}

function Scans({ strategy, names }: { readonly strategy: string; readonly names: readonly string[] }) {
  const bars = BARS.find(([value]) => value === query.value.get("bars"))?.[0] ?? "24";
  const summary = useLive("/api/decisions/summary", { account: account.value, strategy: strategy || undefined, bars: Number(bars) });
  const aside = (
    <>
      <Select
        label="Strategy"
        quiet
        value={strategy}
        options={[["", "All strategies"], ...names.map((name): [string, string] => [name, words(name)])]}
        onChange={(name) => setQuery({ strategy: name || null })}
      />
      <Segments label="How far back" value={bars} options={BARS} onChange={(value) => setQuery({ bars: value })} />
    </>
  );
  return (
    <>
      <Card title="Why there was no trade" span={2} aside={aside}>
        <Shown of={summary} lines={8}>
          {(data) => (
            <>
              <p class="muted">
                {decimal(data.decisions)} decisions on {decimal(data.bars)} scans{data.bars ? `, ${barTime(data.since)} to ${barTime(data.until)} UTC` : ""}.
              </p>
              <Counts label="Reasons for no trade, the most frequent first" rows={reasons(data)} empty="No bar has been decided on yet. As soon as one closes, every reason is counted here." />
            </>
          )}
        </Shown>
      </Card>
      <Sources />
      <Card title="Scan history" span="all">
        <Shown of={summary} lines={8}>
          {(data) => (
            <Table caption="The latest scans, newest first" columns={SCANS} rows={data.scans.slice(0, 120)} rowKey={(row) => `${row.ts} ${row.shard}`} empty="Nothing has been scanned yet." height="20rem" />
          )}
        </Shown>
      </Card>
    </>
  );
}

function reasons(data: DecisionSummary): Count[] {
  return data.reasons
    .filter((row) => row.action !== "ENTER" && row.action !== "EXIT")
    .map((row) => ({
      key: `${row.strategy} ${row.action} ${row.reason}`,
      name: (
        <>
          {words(row.reason)} <small>{words(row.strategy)}</small> <Badge tone={TONES[row.action] ?? "plain"}>{row.action.toLowerCase()}</Badge>
        </>
      ),
      count: row.count,
      tone: TONES[row.action] ?? "plain",
    }));
}

const SCANS: readonly Column<Scan>[] = [
  { title: "Bar", cell: (row) => <span class="nowrap">{barTime(row.ts)}</span> },
  { title: "Shard", minor: true, cell: (row) => row.shard },
  { title: "Decided", number: true, cell: (row) => decimal(row.decisions) },
  { title: "Entries", number: true, cell: (row) => <Some of={row.actions["ENTER"]} tone="good" /> },
  { title: "Exits", number: true, cell: (row) => <Some of={row.actions["EXIT"]} tone="info" /> },
  { title: "Denied", number: true, cell: (row) => <Some of={(row.actions["DENY"] ?? 0) + (row.actions["REFUSE"] ?? 0) + (row.actions["FAIL"] ?? 0)} tone="warn" /> },
];

function Some({ of, tone }: { readonly of: number | undefined; readonly tone: Tone }) {
  return of ? <Badge tone={tone}>{decimal(of)}</Badge> : <span class="muted">–</span>;
}

function Strategy({ of }: { readonly of: StrategyDocument }) {
  const gates = of.gates.map((gate) => ({ name: gate["name"] ?? "", kind: gate["kind"] ?? "", unit: gate["unit"] ?? "" }));
  const protections = Object.entries(of.protections).filter(([, value]) => Number(value) !== 0);
  return (
    <Card title={words(of.name)} span="all" aside={`${of.account}, ${of.timeframe}`}>
      <p class="muted">
        Enters from a strength of {decimal(of.minimum_strength, 2)} with {of.confirmations} confirmations, warm after {decimal(of.warmup)} bars
        {of.size_multiplier === 1 ? "" : `, size × ${decimal(of.size_multiplier)}`}.
      </p>
      <h3>Parameters</h3>
      <ul class="facts wide">
        {Object.entries(of.parameters).map(([name, value]) => (
          <li key={name}>
            <span>{words(name)}</span>
            <span class="number">{decimal(value)}</span>
          </li>
        ))}
      </ul>
      <h3>Gates</h3>
      <ul class="facts wide">
        {gates.map((gate) => (
          <li key={gate.name}>
            <span>
              {words(gate.name)} <small>{gate.unit}</small>
            </span>
            <Badge tone={gate.kind === "required" ? "warn" : gate.kind === "exit" ? "info" : "plain"}>{gate.kind}</Badge>
          </li>
        ))}
      </ul>
      {protections.length ? (
        <>
          <h3>Protections</h3>
          <ul class="facts wide">
            {protections.map(([name, value]) => (
              <li key={name}>
                <span>{words(name)}</span>
                <span class="number">{value}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Card>
  );
}

interface Source {
  readonly name: string;
  readonly trips: number;
  readonly wins: number;
  readonly pnl: number;
  readonly fees: number;
}

/** What people earned by hand, beside what strategies did. */
function Sources() {
  const performance = useLive("/api/performance", { account: account.value });
  return (
    <Card title="By hand and by rule">
      <Shown of={performance}>
        {(data) => (
          <Table
            caption="Round trips of people beside those of strategies"
            columns={SOURCES}
            rows={sources(data.by_strategy)}
            rowKey={(row) => row.name}
            empty="No round trip has been closed yet; orders of the page Trade count as by hand."
          />
        )}
      </Shown>
    </Card>
  );
}

const SOURCES: readonly Column<Source>[] = [
  { title: "Who", cell: (row) => row.name },
  { title: "Round trips", number: true, cell: (row) => decimal(row.trips) },
  { title: "Won", number: true, cell: (row) => percent(row.trips ? row.wins / row.trips : null, 0) },
  { title: "Earned", number: true, cell: (row) => <Change of={row.pnl} /> },
  { title: "A trip", number: true, cell: (row) => <Change of={row.trips ? row.pnl / row.trips : null} /> },
  { title: "Fees", number: true, minor: true, cell: (row) => money(row.fees) },
];

function sources(rows: readonly TallyDocument[]): Source[] {
  const added = (name: string, mine: readonly TallyDocument[]): Source => ({
    name,
    trips: sum(mine, (one) => one.trips),
    wins: sum(mine, (one) => one.wins),
    pnl: sum(mine, (one) => Number(one.pnl)),
    fees: sum(mine, (one) => Number(one.fees)),
  });
  const people = rows.filter((one) => BY_PEOPLE.has(one.name));
  const rules = rows.filter((one) => !BY_PEOPLE.has(one.name));
  if (rows.length === 0) return [];
  return [added("By hand", people), added("By rule, all", rules), ...rules.map((one) => added(words(one.name), [one]))];
}

function sum<R>(rows: readonly R[], of: (row: R) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
