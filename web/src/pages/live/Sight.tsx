import type { GateDocument, StrategyStatus } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, type Tone } from "../../components/Figures.tsx";
import { Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { account, linked } from "../../lib/account.ts";
import { barTime, decimal, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

const TONES: Readonly<Record<string, Tone>> = { ENTER: "good", EXIT: "info", HOLD: "plain", DENY: "warn", REFUSE: "warn", FAIL: "bad" };

const COLUMNS: readonly Column<StrategyStatus>[] = [
  {
    title: "Instrument",
    by: (row) => row.instrument,
    cell: (row) => <a href={linked("/dashboard/chart", { symbol: row.instrument })}>{symbolOf(row.instrument)}</a>,
  },
  { title: "Strategy", by: (row) => row.strategy, cell: (row) => words(row.strategy) },
  { title: "Does", by: (row) => row.action, cell: (row) => <Badge tone={TONES[row.action] ?? "plain"}>{row.action.toLowerCase()}</Badge> },
  { title: "Because", by: (row) => row.reason, cell: (row) => <Reason of={row} /> },
  { title: "Conditions", by: (row) => share(row), cell: (row) => <Gates of={row.gates} /> },
  { title: "Bar", minor: true, by: (row) => row.ts, cell: (row) => <span class="nowrap">{barTime(row.ts)}</span> },
];

/** What each strategy sees at its latest bar, and why it acts or holds. */
export function Sight() {
  const seen = useLive("/api/strategy-status", { account: account.value, limit: 60 });
  return (
    <Card title="What each strategy sees" span="all" aside={seen.data?.next ? `the first ${seen.data.items.length}; the page Chart tells of each` : "at its latest closed bar"}>
      <Shown of={seen} lines={6}>
        {(page) => (
          <Table
            caption="What each strategy sees at its latest bar"
            columns={COLUMNS}
            rows={page.items}
            rowKey={(row) => `${row.account} ${row.strategy} ${row.instrument} ${row.shard}`}
            empty="No strategy has seen a bar yet."
            height="28rem"
          />
        )}
      </Shown>
    </Card>
  );
}

function Reason({ of }: { readonly of: StrategyStatus }) {
  const gate = of.gates.find((one) => one.name.toUpperCase() === of.reason);
  return (
    <span>
      {words(of.reason)}
      {gate ? <small> {reading(gate)}</small> : null}
    </span>
  );
}

/** One dot a condition: filled where it passes. What it is stands in the title, and in words for who cannot see it. */
function Gates({ of }: { readonly of: readonly GateDocument[] }) {
  const asked = of.filter((gate) => gate.kind !== "exit");
  const passed = asked.filter((gate) => gate.passed).length;
  if (asked.length === 0) return <span class="muted">–</span>;
  return (
    <span class="gates">
      <span aria-hidden="true">
        {asked.map((gate) => (
          <i key={gate.name} class={`${gate.passed ? "passed" : ""} ${gate.kind}`} title={`${words(gate.name)}: ${reading(gate)}`} />
        ))}
      </span>
      <small>
        {passed} of {asked.length}
      </small>
    </span>
  );
}

function share(row: StrategyStatus): number {
  return row.gates.length ? row.gates.filter((gate) => gate.passed).length / row.gates.length : 0;
}

function reading(gate: GateDocument): string {
  return `${short(gate.value)} ${gate.comparison} ${short(gate.threshold)}${gate.unit ? ` ${gate.unit}` : ""}`;
}

function short(value: number | null): string {
  return value === null ? "?" : decimal(Number(value.toPrecision(4)));
}
