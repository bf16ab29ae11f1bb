import { useEffect, useState } from "preact/hooks";
import type { Accepted, PositionDocument, SymbolDocument, TradePreview } from "../../generated/api.ts";
import { Field, Segments, Select } from "../../components/Form.tsx";
import { Problem } from "../../components/Shown.tsx";
import { account } from "../../lib/account.ts";
import { act, inquire } from "../../lib/act.ts";
import { Failure } from "../../lib/failure.ts";
import { follow } from "../../lib/follow.ts";
import { decimal, price, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { outcome, sayWhat } from "../../lib/orders.ts";
import { setQuery } from "../../lib/router.ts";
import { may } from "../../lib/session.ts";
import { Answer } from "./Answer.tsx";

type Side = "BUY" | "SELL";
type Size = "quantity" | "amount";

interface Wanted {
  readonly instrument: string;
  readonly side: Side;
  readonly account?: string;
  readonly quantity?: string;
  readonly amount?: string;
  readonly stop?: string;
  readonly target?: string;
  readonly strategy?: string;
  readonly reason: string;
}

type Asked = { readonly is: "idle" } | { readonly is: "asking" } | { readonly is: "told"; readonly key: string; readonly preview: TradePreview } | { readonly is: "failed"; readonly why: string };

/** Wait so long after the last key before risk is asked. */
const REST = 350;
/** How often the answer is renewed while the form stays as it is: prices move. */
const AGAIN = 5_000;

/** An order by hand. What risk says of it stands there before the click; the click sends exactly what was asked about. */
export function Entry({ symbols, symbol }: { readonly symbols: readonly SymbolDocument[]; readonly symbol: SymbolDocument }) {
  const [side, setSide] = useState<Side>("BUY");
  const [size, setSize] = useState<Size>("quantity");
  const [much, setMuch] = useState("");
  const [stop, setStop] = useState("");
  const [target, setTarget] = useState("");
  const [owner, setOwner] = useState("");
  const [reason, setReason] = useState("by hand");
  const [sending, setSending] = useState(false);
  const [sent, setSent] = useState("");
  useEffect(() => {
    // Prices of one instrument mean nothing for another.
    for (const clear of [setMuch, setStop, setTarget, setOwner, setSent]) clear("");
  }, [symbol.instrument]);
  const positions = useLive("/api/positions", { account: account.value }, { whole: true });
  const held = (positions.data?.items ?? []).filter((one) => one.instrument === symbol.instrument);
  const wanted = wantedOf({ symbol, side, size, much, stop, target, reason, owner: ownerOf(held, owner) });
  const key = wanted ? JSON.stringify(wanted) : "";
  const asked = useRisk(key);
  const preview = asked.is === "told" && asked.key === key ? asked.preview : undefined;
  const trades = may("trader");

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
      setMuch("");
    } catch (error) {
      setSent(error instanceof Failure ? error.message : "That did not work.");
    }
    setSending(false);
  };

  return (
    <form class="stack entry" onSubmit={submit}>
      <Select label="Instrument" value={symbol.instrument} options={symbols.map((one) => [one.instrument, one.instrument])} onChange={(name) => setQuery({ symbol: name })} />
      <div class="row">
        <Segments label="Side" value={side} options={[["BUY", "Buy"], ["SELL", "Sell"]]} onChange={setSide} />
        <Segments label="Size in" value={size} options={[["quantity", "Quantity"], ["amount", "Money"]]} onChange={setSize} />
      </div>
      <Field label={size === "quantity" ? `Quantity, in lots of ${symbol.lot}` : "Amount of money"} value={much} onInput={setMuch} decimal required error={amiss(much)} />
      {side === "BUY" ? (
        <div class="pair">
          <Field label="Stop" hint="where it ends at a loss" value={stop} onInput={setStop} decimal required error={amiss(stop)} />
          <Field label="Target (optional)" hint="where it takes its profit" value={target} onInput={setTarget} decimal error={amiss(target)} />
        </div>
      ) : held.length > 1 ? (
        <Select label="Whose position" value={ownerOf(held, owner)} options={held.map((one) => [one.strategy, `${words(one.strategy)} (${decimal(one.quantity)})`])} onChange={setOwner} />
      ) : (
        <p class="muted">{held[0] ? `${decimal(held[0].quantity)} held by ${words(held[0].strategy)}, bought at ${price(held[0].entry)}.` : "Nothing of it is held: there is nothing to sell."}</p>
      )}
      <Field label="Reason, for the journal" value={reason} onInput={setReason} required />
      {asked.is === "failed" ? <Problem>{asked.why}</Problem> : null}
      {preview ? <Answer of={preview} /> : !trades || asked.is === "failed" ? null : <p class="answer muted">{asked.is === "asking" || key ? "Asking risk…" : "Say how much, and where the stop stands: risk answers before you click."}</p>}
      {sent ? (
        <p class="sent" role="status">
          {sent}
        </p>
      ) : null}
      {trades ? (
        <button type="submit" class={side === "BUY" ? "primary" : "danger"} disabled={!preview?.allowed || sending}>
          {sending ? "Sending…" : preview ? `${side === "BUY" ? "Buy" : "Sell"} ${decimal(preview.order.quantity)} ${symbol.symbol}` : side === "BUY" ? "Buy" : "Sell"}
        </button>
      ) : (
        <p class="muted">To trade you need the role trader.</p>
      )}
    </form>
  );
}

/** Ask risk about an order as it is written, each time it changes and every few seconds while it does not. */
function useRisk(key: string): Asked {
  const [asked, setAsked] = useState<Asked>({ is: "idle" });
  useEffect(() => {
    if (!key || !may("trader")) {
      setAsked({ is: "idle" });
      return;
    }
    const call = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const preview = await inquire<TradePreview>("/api/manual-trade/preview", JSON.parse(key), call.signal);
        setAsked({ is: "told", key, preview });
      } catch (error) {
        if (call.signal.aborted) return;
        setAsked({ is: "failed", why: error instanceof Failure ? error.message : "Risk could not be asked." });
      }
      timer = setTimeout(() => void ask(), AGAIN);
    };
    setAsked((now) => (now.is === "told" ? now : { is: "asking" }));
    timer = setTimeout(() => void ask(), REST);
    return () => {
      clearTimeout(timer);
      call.abort();
    };
  }, [key]);
  return asked;
}

interface Written {
  readonly symbol: SymbolDocument;
  readonly side: Side;
  readonly size: Size;
  readonly much: string;
  readonly stop: string;
  readonly target: string;
  readonly owner: string;
  readonly reason: string;
}

/** Return what would be sent, or null as long as something is missing. */
function wantedOf({ symbol, side, size, much, stop, target, owner, reason }: Written): Wanted | null {
  const buys = side === "BUY";
  if (!isPositive(much) || (buys && !isPositive(stop)) || (target && !isPositive(target)) || !reason.trim() || (!buys && !owner)) return null;
  return {
    instrument: symbol.instrument,
    side,
    ...(account.value ? { account: account.value } : {}),
    [size]: much.trim(),
    ...(buys ? { stop: stop.trim(), ...(target ? { target: target.trim() } : {}) } : { strategy: owner }),
    reason: reason.trim(),
  };
}

function ownerOf(held: readonly PositionDocument[], chosen: string): string {
  return (held.find((one) => one.strategy === chosen) ?? held[0])?.strategy ?? "";
}

function isPositive(text: string): boolean {
  return /^\s*\d+(\.\d*)?\s*$/.test(text) && Number(text) > 0;
}

function amiss(text: string): string {
  return text.trim() === "" || isPositive(text) ? "" : "Write it as 10 or 101.25.";
}
