import { useEffect, useState } from "preact/hooks";
import type { Accepted, PositionDocument, SymbolDocument } from "../../generated/api.ts";
import { Field, Segments, Select } from "../../components/Form.tsx";
import { Problem } from "../../components/Shown.tsx";
import { account } from "../../lib/account.ts";
import { act } from "../../lib/act.ts";
import { Failure } from "../../lib/failure.ts";
import { follow } from "../../lib/follow.ts";
import { decimal, price, words } from "../../lib/format.ts";
import { fault } from "../../lib/grid.ts";
import { useLive } from "../../lib/live.ts";
import { sayWhat } from "../../lib/orders.ts";
import { setQuery } from "../../lib/router.ts";
import { may } from "../../lib/session.ts";
import { CLEARED, type Draft, EMPTY, missing, ownerOf, sizeFault, wantedOf } from "../../lib/ticket.ts";
import { outcome } from "../../lib/wording.ts";
import { Answer } from "./Answer.tsx";
import { useRisk } from "./risk.ts";
import { KINDS, More, Terms } from "./Terms.tsx";

/** An order by hand. What risk says of it stands there before the click; the click sends exactly what was asked about. */
export function Entry({ symbols, symbol }: { readonly symbols: readonly SymbolDocument[]; readonly symbol: SymbolDocument }) {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [sending, setSending] = useState(false);
  const [sent, setSent] = useState("");
  const write = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  useEffect(() => {
    write(CLEARED);
    setSent("");
  }, [symbol.instrument]);
  const positions = useLive("/api/positions", { account: account.value }, { whole: true });
  const held = (positions.data?.items ?? []).filter((one) => one.instrument === symbol.instrument);
  const wanted = wantedOf(draft, symbol, ownerOf(held, draft.owner), account.value);
  const key = wanted ? JSON.stringify(wanted) : "";
  const asked = useRisk(key);
  const preview = asked.is === "told" && asked.key === key ? asked.preview : undefined;
  const trades = may("trader");
  const buys = draft.side === "BUY";

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!wanted || !preview?.allowed || sending) return;
    setSending(true);
    setSent("");
    try {
      const { messages } = await act<Accepted>("POST", "/api/manual-trade", wanted);
      const id = messages[0]?.id ?? "";
      const seen = await follow(id, account.value, ({ order }) => order.status !== "INITIALIZED" && order.status !== "SUBMITTED");
      sayWhat(seen?.order);
      setSent(seen ? outcome(seen.order) : "It is on its way.");
      write({ much: "" });
    } catch (error) {
      setSent(error instanceof Failure ? error.message : "That did not work.");
    }
    setSending(false);
  };

  return (
    <form class="stack entry" onSubmit={submit}>
      <div class="pair">
        <Select label="Instrument" value={symbol.instrument} options={symbols.map((one) => [one.instrument, one.instrument])} onChange={(name) => setQuery({ symbol: name })} />
        <Select label="Kind" value={draft.kind} options={KINDS} onChange={(kind) => write({ kind })} />
      </div>
      <div class="row">
        <Segments label="Side" value={draft.side} options={[["BUY", "Buy"], ["SELL", "Sell"]]} onChange={(side) => write({ side })} />
        <Segments label="Size in" value={draft.size} options={[["quantity", "Quantity"], ["amount", "Money"]]} onChange={(size) => write({ size })} />
      </div>
      <Field label={draft.size === "quantity" ? `Quantity, in lots of ${symbol.lot}` : "Amount of money"} value={draft.much} onInput={(much) => write({ much })} decimal required error={sizeFault(draft, symbol)} />
      <Terms draft={draft} tick={symbol.tick} write={write} />
      {buys ? <Ends draft={draft} tick={symbol.tick} write={write} /> : <Owner held={held} draft={draft} write={write} />}
      <More draft={draft} write={write} />
      <Field label="Reason, for the journal" value={draft.reason} onInput={(reason) => write({ reason })} required />
      {asked.is === "failed" ? <Problem>{asked.why}</Problem> : null}
      {preview ? <Answer of={preview} /> : !trades || asked.is === "failed" ? null : <p class="answer muted">{asked.is === "asking" || key ? "Asking risk…" : `Say ${missing(draft)}: risk answers before you click.`}</p>}
      {sent ? (
        <p class="sent" role="status">
          {sent}
        </p>
      ) : null}
      {trades ? (
        <button type="submit" class={buys ? "primary" : "danger"} disabled={!preview?.allowed || sending}>
          {sending ? "Sending…" : preview ? `${buys ? "Buy" : "Sell"} ${decimal(preview.order.quantity)} ${symbol.symbol}` : buys ? "Buy" : "Sell"}
        </button>
      ) : (
        <p class="muted">To trade you need the role trader.</p>
      )}
    </form>
  );
}

interface Part {
  readonly draft: Draft;
  readonly write: (change: Partial<Draft>) => void;
}

/** Where what is bought ends, at a loss and at a profit. */
function Ends({ draft, tick, write }: Part & { readonly tick: string }) {
  return (
    <div class="pair">
      <Field label="Stop" hint="where it ends at a loss" value={draft.stop} onInput={(stop) => write({ stop })} decimal required error={fault(draft.stop, tick, "ticks")} />
      <Field label="Target (optional)" hint="where it takes its profit" value={draft.target} onInput={(target) => write({ target })} decimal error={fault(draft.target, tick, "ticks")} />
    </div>
  );
}

/** Whose position is sold, where several hold it. */
function Owner({ held, draft, write }: Part & { readonly held: readonly PositionDocument[] }) {
  if (held.length > 1) {
    return <Select label="Whose position" value={ownerOf(held, draft.owner)} options={held.map((one) => [one.strategy, `${words(one.strategy)} (${decimal(one.quantity)})`])} onChange={(owner) => write({ owner })} />;
  }
  const one = held[0];
  return <p class="muted">{one ? `${decimal(one.quantity)} held by ${words(one.strategy)}, bought at ${price(one.entry)}.` : "Nothing of it is held: there is nothing to sell."}</p>;
}
