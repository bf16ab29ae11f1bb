import type { StudyRow } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, Change, Meter, Stat } from "../../components/Figures.tsx";
import { Empty } from "../../components/Shown.tsx";
import { Studies } from "../../components/Studies.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { decimal, percent, words } from "../../lib/format.ts";
import { OVERFITTING, toneOf } from "../../lib/tone.ts";

type Metrics = Readonly<Record<string, number | null>>;
type Parameters = Readonly<Record<string, number>>;

interface Judged {
  readonly parameters: Parameters;
  readonly searched: Metrics;
  readonly aside: Metrics | null;
}

/** A search as `tradewind optimize --publish` wrote it. */
interface Search {
  readonly strategy: string;
  readonly goal: string;
  readonly sampler: string;
  readonly seed: number;
  readonly space: readonly string[];
  readonly trials: { readonly count: number; readonly refused: number; readonly seconds: number };
  readonly searched: readonly string[] | null;
  readonly aside: readonly string[] | null;
  readonly best: Judged;
  readonly default: Judged;
  readonly hold: Readonly<Record<string, number>>;
  readonly deflated_sharpe: number | null;
  readonly overfitting: { readonly probability: number; readonly loss: number; readonly ways: number; readonly trials: number } | null;
  readonly monte_carlo: { readonly drawdown: readonly number[]; readonly result: readonly number[]; readonly loss: number; readonly worse: number } | null;
  readonly walk_forward: { readonly return: number; readonly efficiency: number | null; readonly steps: readonly Step[] } | null;
}

interface Step {
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly inside: Metrics;
  readonly outside: Metrics;
}

/** Searches of parameters: what was found, beside defaults and holding, and how far to believe it. */
export default function Research() {
  return (
    <Studies
      shelf="research"
      title="Searches"
      caption="Published searches, newest first"
      columns={LIST}
      none={
        <>
          No search is published yet. <code>tradewind optimize STRATEGY --publish NAME</code> searches a strategy's parameters over recorded bars, judges the best on later ones, and puts it here.
        </>
      }
    >
      {(name, summary) => <Report name={name} of={summary as Search} />}
    </Studies>
  );
}

const LIST: readonly Column<StudyRow>[] = [
  { title: "Strategy", cell: (row) => words(String(row.figures["strategy"] ?? "")) },
  { title: "For", minor: true, cell: (row) => words(String(row.figures["goal"] ?? "")) },
  { title: "Trials", number: true, minor: true, cell: (row) => decimal(row.figures["trials"] ?? null) },
  { title: "Return aside", number: true, cell: (row) => <Change of={row.figures["return"] ?? null} as="percent" /> },
  { title: "Deflated Sharpe", number: true, cell: (row) => percent(row.figures["deflated_sharpe"] ?? null, 0) },
  { title: "Overfitting", number: true, minor: true, cell: (row) => percent(row.figures["overfitting"] ?? null, 0) },
];

function Report({ name, of: found }: { readonly name: string; readonly of: Search }) {
  return (
    <>
      <Beside name={name} of={found} />
      <Belief of={found} />
      <Best of={found} />
      {found.walk_forward ? <Forward of={found.walk_forward} /> : null}
    </>
  );
}

interface Line {
  readonly name: string;
  readonly metrics: Metrics;
}

const FIGURES: readonly Column<Line>[] = [
  { title: "Parameters", cell: (row) => row.name },
  { title: "Return", number: true, cell: (row) => <Change of={row.metrics["return"]} as="percent" /> },
  { title: "Sharpe", number: true, cell: (row) => decimal(row.metrics["sharpe"], 2) },
  { title: "Calmar", number: true, minor: true, cell: (row) => decimal(row.metrics["calmar"], 2) },
  { title: "Drawdown", number: true, cell: (row) => percent(row.metrics["max_drawdown"], 1) },
  { title: "Profit factor", number: true, minor: true, cell: (row) => decimal(row.metrics["profit_factor"], 2) },
  { title: "Round trips", number: true, cell: (row) => decimal(row.metrics["round_trips"]) },
];

function Beside({ name, of }: { readonly name: string; readonly of: Search }) {
  const part = (which: "searched" | "aside"): Line[] => {
    const best = of.best[which];
    const plain = of.default[which];
    const hold = of.hold[which];
    return [
      ...(best ? [{ name: "Best found", metrics: best }] : []),
      ...(plain ? [{ name: "Defaults", metrics: plain }] : []),
      ...(hold === undefined ? [] : [{ name: "Buy and hold", metrics: { return: hold } }]),
    ];
  };
  return (
    <Card title={name} span="all" aside={`${words(of.strategy)}, ${decimal(of.trials.count)} trials for ${words(of.goal)}`}>
      {of.aside ? (
        <>
          <h3>
            On bars that nothing was chosen on <small>{of.aside.map((one) => one.slice(0, 10)).join(" to ")}</small>
          </h3>
          <Table caption="Best, defaults and holding on the bars kept aside" columns={FIGURES} rows={part("aside")} rowKey={(row) => row.name} empty="No bars were kept aside." />
        </>
      ) : null}
      <h3>
        On the bars that were searched <small>{(of.searched ?? []).map((one) => one.slice(0, 10)).join(" to ")}</small>
      </h3>
      <Table caption="Best, defaults and holding on the bars that were searched" columns={FIGURES} rows={part("searched")} rowKey={(row) => row.name} empty="Nothing was searched." />
    </Card>
  );
}

const SURE = 0.95;

function Belief({ of }: { readonly of: Search }) {
  const { deflated_sharpe: deflated, overfitting, monte_carlo: other } = of;
  return (
    <Card title="How far to believe it" span={2}>
      {deflated === null ? (
        <Empty>No trial had enough round trips to say anything of luck: give it more bars, or wider ranges.</Empty>
      ) : (
        <p>
          <Badge tone={deflated >= SURE ? "good" : "warn"}>{deflated >= SURE ? "more than luck" : "may be luck"}</Badge> Deflated Sharpe ratio {percent(deflated, 1)}: the best of{" "}
          {decimal(of.trials.count)} trials is {deflated >= SURE ? "more than luck explains" : "what luck among so many tries may give"}.
        </p>
      )}
      {overfitting ? (
        <>
          <p>
            <Badge tone={toneOf(overfitting.probability, OVERFITTING)}>{toneOf(overfitting.probability, OVERFITTING) === "bad" ? "overfitted" : "holds up"}</Badge> Choosing the best of one half was worse than the
            median on the other in {percent(overfitting.probability, 0)} of {decimal(overfitting.ways)} ways to halve the years, a loss in {percent(overfitting.loss, 0)}.
          </p>
          <Meter name="Probability of overfitting" used={overfitting.probability} most={1} text={percent(overfitting.probability, 1)} thresholds={OVERFITTING} />
        </>
      ) : null}
      {other ? (
        <p class="muted">
          Other orders of the same trades fall {percent(other.drawdown[0], 1)} to {percent(other.drawdown[2], 1)} from a peak; other draws return {percent(other.result[0], 1, { sign: true })} to{" "}
          {percent(other.result[2], 1, { sign: true })}, a loss in {percent(other.loss, 0)}.
        </p>
      ) : null}
    </Card>
  );
}

function Best({ of }: { readonly of: Search }) {
  return (
    <Card title="Best parameters" aside={`${of.sampler}, seed ${of.seed}`}>
      <ul class="facts">
        {Object.entries(of.best.parameters).map(([name, value]) => (
          <li key={name}>
            <span>{words(name)}</span>
            <span class="number">{decimal(Number(value.toPrecision(5)))}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const STEPS: readonly Column<Step>[] = [
  { title: "Chosen on", cell: (row) => row.train.map((one) => one.slice(0, 10)).join(" – ") },
  { title: "Return there", number: true, cell: (row) => <Change of={row.inside["return"]} as="percent" /> },
  { title: "Then on", cell: (row) => row.test.map((one) => one.slice(0, 10)).join(" – ") },
  { title: "Return", number: true, cell: (row) => <Change of={row.outside["return"]} as="percent" /> },
  { title: "Round trips", number: true, minor: true, cell: (row) => decimal(row.outside["round_trips"]) },
];

function Forward({ of }: { readonly of: NonNullable<Search["walk_forward"]> }) {
  return (
    <Card title="Walk-forward" span="all" aside={of.efficiency === null ? undefined : `efficiency ${percent(of.efficiency, 0)}`}>
      <dl class="stats">
        <Stat name="Return" note="on bars that nothing was chosen on">
          <Change of={of.return} as="percent" />
        </Stat>
      </dl>
      <Table caption="Walk-forward, step by step" columns={STEPS} rows={of.steps} rowKey={(row) => row.test.join()} empty="There were no steps." />
    </Card>
  );
}
