import { Check, Field, Select } from "../../components/Form.tsx";
import { fault } from "../../lib/grid.ts";
import { type Draft, type Kind, type Lifetime, type Side, type Term, lifetimeOf, lifetimesOf, mayRest, termsOf } from "../../lib/ticket.ts";

export const KINDS: readonly (readonly [Kind, string])[] = [
  ["MARKET", "At the market"],
  ["LIMIT", "Limit"],
  ["STOP", "Stop"],
  ["STOP_LIMIT", "Stop limit"],
  ["TRAILING_STOP", "Trailing stop"],
  ["TAKE_PROFIT", "Take profit"],
];

const LIFETIMES: Readonly<Record<Lifetime, string>> = {
  GTC: "until it is cancelled",
  DAY: "until the session ends",
  GTD: "until a time that I say",
  IOC: "at once: the rest ends",
  FOK: "at once: all of it or nothing",
};

interface Said {
  readonly label: string;
  readonly hint: Readonly<Record<Side, string>>;
}

const TERMS: Readonly<Record<Term, Said>> = {
  limit: { label: "Limit price", hint: { BUY: "it pays this at most", SELL: "it takes this at least" } },
  trigger: { label: "Trigger", hint: { BUY: "the price that wakes it", SELL: "the price that wakes it" } },
  trail: { label: "Trail", hint: { BUY: "how far above the lowest price since", SELL: "how far below the highest price since" } },
};

/** What a kind does, in a sentence for either side. */
const MEANS: Readonly<Record<Exclude<Kind, "MARKET">, Readonly<Record<Side, string>>>> = {
  LIMIT: { BUY: "Buys at its limit or below, and waits until it can.", SELL: "Sells at its limit or above, and waits until it can." },
  STOP: { BUY: "Sleeps until the price has risen to its trigger, then buys at the market.", SELL: "Sleeps until the price has fallen to its trigger, then sells at the market." },
  STOP_LIMIT: { BUY: "Sleeps until the price has risen to its trigger, then waits as a limit.", SELL: "Sleeps until the price has fallen to its trigger, then waits as a limit." },
  TRAILING_STOP: { BUY: "Follows a falling price at a distance, and buys when it turns that far.", SELL: "Follows a rising price at a distance, and sells when it turns that far." },
  TAKE_PROFIT: { BUY: "Sleeps until the price has fallen to its trigger, then buys at the market.", SELL: "Sleeps until the price has risen to its trigger, then sells at the market." },
};

interface Props {
  readonly draft: Draft;
  readonly tick: string;
  readonly write: (change: Partial<Draft>) => void;
}

/** What a kind asks for beyond how much; nothing at the market. */
export function Terms({ draft, tick, write }: Props) {
  const { kind, side } = draft;
  if (kind === "MARKET") return null;
  return (
    <>
      <p class="muted">{MEANS[kind][side]}</p>
      <div class="pair">
        {termsOf(kind).map((name) => (
          <Field key={name} label={TERMS[name].label} hint={TERMS[name].hint[side]} value={draft[name]} onInput={(text) => write({ [name]: text })} decimal required error={fault(draft[name], tick, "ticks")} />
        ))}
      </div>
    </>
  );
}

/** How long an order waits and whether it may take: what most orders leave as it is. */
export function More({ draft, write }: Omit<Props, "tick">) {
  const lifetimes = lifetimesOf(draft.kind);
  if (lifetimes.length === 0) return null;
  const lifetime = lifetimeOf(draft);
  return (
    <details class="more">
      <summary>
        More <span class="muted">{[LIFETIMES[lifetime], ...(draft.postOnly && mayRest(draft) ? ["post-only"] : [])].join(", ")}</span>
      </summary>
      <div class="stack">
        <Select label="It lives" value={lifetime} options={lifetimes.map((one) => [one, `${LIFETIMES[one]} (${one})`])} onChange={(chosen) => write({ lifetime: chosen })} />
        {lifetime === "GTD" ? <Field label="Until" hint="in UTC, as every time here" type="datetime-local" value={draft.until} onInput={(until) => write({ until })} required /> : null}
        {mayRest(draft) ? <Check label="Post-only" hint="it never takes: it would rather be refused" checked={draft.postOnly} onChange={(postOnly) => write({ postOnly })} /> : null}
      </div>
    </details>
  );
}
