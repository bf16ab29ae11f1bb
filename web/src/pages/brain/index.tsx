import type { BrainDocument, BrainRow, DecisionSummary } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Counts } from "../../components/Counts.tsx";
import { Curve, type Point } from "../../components/Curve.tsx";
import { Badge, Stat } from "../../components/Figures.tsx";
import { Empty, Shown } from "../../components/Shown.tsx";
import { LongTable } from "../../components/LongTable.tsx";
import type { Column } from "../../components/Table.tsx";
import { account } from "../../lib/account.ts";
import { barTime, decimal, percent, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { query, setQuery } from "../../lib/router.ts";
import { REGIMES } from "./regimes.ts";
import "./brain.css";

/** Which market it is, what followed such markets before, how sure that is, and what it vetoed. */
export default function Brain() {
  const rows = useLive("/api/brain", {}, { whole: true });
  const items = rows.data?.items ?? [];
  const chosen = query.value.get("symbol") ?? items[0]?.instrument;
  return (
    <div class="cards">
      <Chain symbol={chosen} />
      <div class="brain-side">
        <Vetoes />
        <Card title="Markets now">
          <Shown of={rows}>
            {(page) => <Counts label="Instruments by regime" rows={regimes(page.items)} empty="No decision has recorded a regime yet: strategies must be warm first." />}
          </Shown>
        </Card>
      </div>
      <Card title="Instruments" span="all" aside="choose one to see its chain">
        <Shown of={rows} lines={8}>
          {(page) => (
            <LongTable
              caption="Each instrument's regime and edge; arrow keys choose one"
              columns={COLUMNS}
              rows={page.items}
              rowKey={(row) => row.instrument}
              sorted="Instrument"
              chosen={chosen}
              onChoose={(row) => setQuery({ symbol: row.instrument })}
              empty="No decision has recorded a regime yet: strategies must be warm first."
            />
          )}
        </Shown>
      </Card>
    </div>
  );
}

function regimes(rows: readonly BrainRow[]) {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.regime ?? "UNKNOWN", (counts.get(row.regime ?? "UNKNOWN") ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => ({ key: name, name: words(name), count, tone: REGIMES[name] ?? ("plain" as const) }));
}

const COLUMNS: readonly Column<BrainRow>[] = [
  { title: "Instrument", by: (row) => row.instrument, cell: (row) => <b>{symbolOf(row.instrument)}</b> },
  { title: "Regime", by: (row) => row.regime ?? "~", cell: (row) => <Badge tone={REGIMES[row.regime ?? ""] ?? "plain"}>{words(row.regime ?? "UNKNOWN")}</Badge> },
  { title: "Edge", number: true, by: (row) => row.edge ?? NaN, cell: (row) => percent(row.edge, 1, { sign: true }) },
  { title: "Vetoes below", number: true, minor: true, by: (row) => row.limit ?? NaN, cell: (row) => percent(row.limit, 1, { sign: true }) },
  { title: "Now", by: (row) => Number(row.vetoes), cell: (row) => (row.vetoes ? <Badge tone="bad">vetoes</Badge> : <span class="muted">passes</span>) },
  { title: "Bar", minor: true, by: (row) => row.ts, cell: (row) => barTime(row.ts) },
];

function Chain({ symbol }: { readonly symbol: string | undefined }) {
  const chain = useLive("/api/brain/{symbol}", { symbol: symbol ?? "" }, { enabled: symbol !== undefined });
  if (!symbol) {
    return (
      <Card title="Stratus Brain" span={2}>
        <Empty>As soon as a strategy is warm, its market's chain of states is shown here.</Empty>
      </Card>
    );
  }
  return (
    <Card
      title={`What follows in ${symbolOf(symbol)}`}
      span={2}
      aside={chain.data ? <Badge tone={REGIMES[chain.data.regime] ?? "plain"}>{words(chain.data.regime)} market</Badge> : undefined}
    >
      <Shown of={chain} lines={10}>
        {(data) => (
          <>
            <Verdict of={data} />
            <Matrix of={data} />
            <h3>How the estimate converged</h3>
            <Curve
              label={`Edge after each bar with ${data.errors_needed} standard errors around it, over ${data.bars} bars`}
              points={steps(data)}
              level={0}
              axis={(value) => percent(value, 0, { sign: true })}
              when={barTime}
              read={(point) => (
                <>
                  <b>{percent(point.value, 1, { sign: true })}</b> ± {percent(point.error ?? 0, 1)}
                </>
              )}
              empty="Too few bars yet to show how it converged."
            />
            <p class="muted">
              The band is {decimal(data.errors_needed)} standard errors. By the law of large numbers it narrows with the root of the samples. Each state has an
              estimate of its own; this is that of {words(data.state)}, the present one.
            </p>
          </>
        )}
      </Shown>
    </Card>
  );
}

function steps(of: BrainDocument): Point[] {
  return of.steps.flatMap((one) => (one.edge === null || one.error === null || one.state !== of.state || one.samples < 5 ? [] : [{ ts: one.ts, value: one.edge, error: of.errors_needed * one.error }]));
}

function Verdict({ of }: { readonly of: BrainDocument }) {
  return (
    <>
      <dl class="stats">
        <Stat name="The last bar was" note={`of ${of.timeframe} bars`}>
          {words(of.state)}
        </Stat>
        <Stat name="Edge" note="chance of up less chance of down">
          {percent(of.edge, 1, { sign: true })}
        </Stat>
        <Stat name="Standard error" note={`× ${decimal(of.errors_needed)} is what an edge must beat`}>
          {percent(of.error, 1)}
        </Stat>
        <Stat name="Samples" note={`${decimal(of.samples_needed)} are needed to say anything`}>
          {decimal(of.samples, 0)}
        </Stat>
        <Stat name="Verdict" note={of.vetoes ? "the past speaks against it" : "no evidence against it"}>
          {of.vetoes ? <span class="negative">vetoes</span> : <span class="positive">lets through</span>}
        </Stat>
      </dl>
    </>
  );
}

/** Chances as cells whose depth is the chance; counts below each. */
function Matrix({ of }: { readonly of: BrainDocument }) {
  return (
    <div class="table matrix" role="region" aria-label="Chances from state to state" tabIndex={0}>
      <table>
        <caption class="quiet">How often each state was followed by each</caption>
        <thead>
          <tr>
            <th scope="col">After a bar</th>
            {of.states.map((name) => (
              <th key={name} scope="col" class="number">
                {words(name)} next
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.chances.map((row, from) => (
            <tr key={of.states[from]} class={of.states[from] === of.state ? "present" : ""}>
              <th scope="row">
                {words(of.states[from] ?? "")} {of.states[from] === of.state ? <small>now</small> : null}
              </th>
              {row.map((chance, to) => (
                <td key={of.states[to]} class="number" style={{ background: `color-mix(in srgb, var(--accent-soft) ${Math.round((chance ?? 0) * 100)}%, transparent)` }}>
                  {percent(chance, 1)} <small>{decimal(of.counts[from]?.[to] ?? 0, 0)}</small>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the gate changed: entries that all else would have let through. */
function Vetoes() {
  const summary = useLive("/api/decisions/summary", { account: account.value, bars: 240 });
  return (
    <Card title="What the gate changed">
      <Shown of={summary}>{(data) => <Changed of={data} />}</Shown>
    </Card>
  );
}

function Changed({ of }: { readonly of: DecisionSummary }) {
  const vetoed = of.reasons.filter((row) => row.reason === "BRAIN");
  const entered = of.reasons.filter((row) => row.action === "ENTER");
  const count = (rows: typeof vetoed) => rows.reduce((sum, row) => sum + row.count, 0);
  return (
    <>
      <dl class="stats">
        <Stat name="Entries vetoed" note="that every own condition let through">
          {decimal(count(vetoed))}
        </Stat>
        <Stat name="Entries sent" note={`on ${decimal(of.bars)} scans`}>
          {decimal(count(entered))}
        </Stat>
      </dl>
      <Counts
        label="Vetoed entries by strategy"
        rows={vetoed.map((row) => ({ key: row.strategy, name: words(row.strategy), count: row.count, tone: "bad" as const }))}
        empty={of.bars ? "It vetoed nothing on these scans." : "Nothing has been decided yet."}
      />
    </>
  );
}
