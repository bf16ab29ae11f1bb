import type { GateDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge } from "../../components/Figures.tsx";
import { Empty, Shown } from "../../components/Shown.tsx";
import { Table } from "../../components/Table.tsx";
import { account } from "../../lib/account.ts";
import { barTime, decimal, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

/** What each strategy says of the latest bar, condition by condition. */
export function Decision({ instrument }: { readonly instrument: string }) {
  const seen = useLive("/api/strategy-status", { account: account.value, instrument });
  return (
    <Card title="Why, at the latest bar" span={1}>
      <Shown of={seen} lines={6}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty>No strategy follows this instrument.</Empty>
          ) : (
            <>
              {page.items.map((one) => (
                <div key={`${one.strategy} ${one.shard}`} class="stack">
                  <p>
                    <b>{words(one.strategy)}</b> <Badge>{one.action.toLowerCase()}</Badge> {words(one.reason)} <small class="nowrap">{barTime(one.ts)}</small>
                  </p>
                  {one.gates.length ? <Table caption={`Conditions of ${words(one.strategy)}`} columns={GATES} rows={one.gates} rowKey={(gate) => gate.name} empty="" /> : null}
                </div>
              ))}
            </>
          )
        }
      </Shown>
    </Card>
  );
}

const GATES = [
  { title: "Condition", cell: (gate: GateDocument) => words(gate.name) },
  { title: "Is", number: true, cell: (gate: GateDocument) => short(gate.value) },
  { title: "Asked", number: true, cell: (gate: GateDocument) => <span class="nowrap">{`${gate.comparison} ${short(gate.threshold)}`}</span> },
  { title: "", cell: (gate: GateDocument) => <Badge tone={gate.passed ? "good" : gate.kind === "required" ? "bad" : "plain"}>{gate.passed ? "passes" : gate.kind === "required" ? "fails" : "no"}</Badge> },
];

function short(value: number | null): string {
  return value === null ? "–" : decimal(Number(value.toPrecision(5)));
}
