import type { GateDocument, StrategyStatus } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge } from "../../components/Figures.tsx";
import { Empty, Shown } from "../../components/Shown.tsx";
import { account } from "../../lib/account.ts";
import { barTime, decimal, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

/** What each strategy says of the latest bar: what is lacking at once, every condition on demand. */
export function Decision({ instrument }: { readonly instrument: string }) {
  const seen = useLive("/api/strategy-status", { account: account.value, instrument });
  return (
    <Card title="Why, at the latest bar">
      <Shown of={seen} lines={6}>
        {(page) => (page.items.length ? <>{page.items.map((one) => <Sight key={`${one.strategy} ${one.shard}`} of={one} />)}</> : <Empty>No strategy follows this instrument.</Empty>)}
      </Shown>
    </Card>
  );
}

function Sight({ of }: { readonly of: StrategyStatus }) {
  const entry = of.gates.filter((gate) => gate.kind !== "exit");
  const lacking = entry.filter((gate) => of.failing.includes(gate.name));
  return (
    <div class="sight">
      <p>
        <b>{words(of.strategy)}</b> <Badge>{of.action.toLowerCase()}</Badge> {words(of.reason)} <small class="nowrap">{barTime(of.ts)}</small>
      </p>
      {lacking.length ? <Gates of={lacking} /> : null}
      {of.gates.length ? (
        <details>
          <summary>
            All {of.gates.length} conditions, {entry.filter((gate) => gate.passed).length} of {entry.length} for an entry pass
          </summary>
          <Gates of={of.gates} />
        </details>
      ) : null}
    </div>
  );
}

function Gates({ of }: { readonly of: readonly GateDocument[] }) {
  return (
    <ul class="facts">
      {of.map((gate) => (
        <li key={gate.name}>
          <span>
            {words(gate.name)} <small>{gate.kind}</small>
          </span>
          <span class="nowrap">
            {short(gate.value)} <small>{`${gate.comparison} ${short(gate.threshold)}`}</small>{" "}
            <Badge tone={gate.passed ? "good" : gate.kind === "required" ? "bad" : "plain"}>{gate.passed ? "yes" : "no"}</Badge>
          </span>
        </li>
      ))}
    </ul>
  );
}

function short(value: number | null): string {
  return value === null ? "–" : decimal(Number(value.toPrecision(5)));
}
