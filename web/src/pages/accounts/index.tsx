import type { AccountDocument } from "../../generated/api.ts";
import { Connection } from "./Connection.tsx";
import { Card } from "../../components/Card.tsx";
import { Badge, Meter, Stat, type Tone } from "../../components/Figures.tsx";
import { Empty, Shown } from "../../components/Shown.tsx";
import { counted, decimal, money, moment, percent, span, words } from "../../lib/format.ts";
import { useLive, useNow } from "../../lib/live.ts";

const STATES: Readonly<Record<string, Tone>> = { NORMAL: "good", REDUCING: "warn", HALTED: "bad" };

/** Every account: its venue, its money, what it may do, and whether real money is armed. */
export default function Accounts() {
  const accounts = useLive("/api/account", {});
  return (
    <div class="cards">
      <Shown of={accounts} lines={10}>
        {(page) => (
          <>
            {page.items.length ? null : <Empty>No account is configured: an <code>[[accounts]]</code> table of <code>config/ENV.toml</code> adds one.</Empty>}
            {page.items.map((one) => (
              <Account key={one.account} of={one} />
            ))}
          </>
        )}
      </Shown>
    </div>
  );
}

function Account({ of }: { readonly of: AccountDocument }) {
  const paper = of.venue === "PAPER";
  return (
    <Card title={of.account} aside={<Badge tone={STATES[of.trading] ?? "plain"}>{of.trading.toLowerCase()}</Badge>}>
      <dl class="stats">
        <Stat name="Equity" note={<>opened with {money(of.opening)}</>}>
          {money(of.equity)}
        </Stat>
        <Stat name="Cash" note={`${money(of.free_cash)} free`}>
          {money(of.cash)}
        </Stat>
        <Stat name="Tied up" note={`${counted(of.positions, "position")}, ${counted(of.working_orders, "working order")}`}>
          {money(of.exposure)}
        </Stat>
      </dl>
      {Number(of.equity) > 0 ? (
        <Meter name="Of the equity tied up" used={Number(of.exposure)} most={Number(of.equity)} text={percent(Number(of.exposure) / Number(of.equity), 0)} />
      ) : null}
      <h3>Venue</h3>
      <ul class="facts">
        <Fact name="Trades at">{paper ? "paper, inside Tradewind" : of.venue}</Fact>
        <Fact name="Mode">
          <Badge tone={of.mode === "live" ? "bad" : of.mode === "sandbox" ? "warn" : "plain"}>{of.mode}</Badge>
        </Fact>
        <Fact name="Key and secret">{paper ? "none needed" : of.credentials ? "configured" : <Badge tone="bad">not configured</Badge>}</Fact>
        <Fact name="May">{of.trading === "NORMAL" ? "enter and exit" : "exit only"}</Fact>
        {of.trading_reason ? <Fact name="Because">{of.trading_reason}</Fact> : null}
      </ul>
      {paper ? null : <Connection account={of.account} />}
      <h3>Real money</h3>
      <Armed of={of} />
      <p class="muted">
        {paper ? (
          <>
            There is nothing to connect to: its ledger is its venue. <code>tradewind ledger verify</code> proves its arithmetic.
          </>
        ) : (
          <>
            The test asks the venue for its clock, balances and open orders with the account's own key, and changes nothing. The key never reaches the dashboard;{" "}
            <code>tradewind live test {of.account}</code> also tells each balance and the rules of what is traded.
          </>
        )}
      </p>
    </Card>
  );
}

function Armed({ of }: { readonly of: AccountDocument }) {
  const now = useNow();
  if (of.armed === "no real money") {
    return <p class="muted">This account trades no real money, and nobody can arm it: its mode is {of.mode}.</p>;
  }
  const { arming } = of;
  return (
    <ul class="facts">
      <Fact name="State">
        <Badge tone={of.armed === "armed" ? "bad" : "plain"}>{words(of.armed)}</Badge>
      </Fact>
      {arming ? (
        <>
          <Fact name="Up to">{money(arming.amount)}</Fact>
          <Fact name={now < arming.until ? "Ends" : "Ended"}>
            {moment(arming.until)} <small>{now < arming.until ? `in ${span(arming.until - now)}` : `${span(now - arming.until)} ago`}</small>
          </Fact>
          <Fact name="By">
            {arming.by}: {arming.reason}
          </Fact>
        </>
      ) : (
        <Fact name="To arm it">
          <code>tradewind live arm --account {of.account}</code>
        </Fact>
      )}
    </ul>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <li>
      <span>{name}</span>
      <span>{typeof children === "number" ? decimal(children) : children}</span>
    </li>
  );
}
