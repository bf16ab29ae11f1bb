import type { AccountDocument, Performance } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, Change, Meter, Sparkline, Stat } from "../../components/Figures.tsx";
import { Shown } from "../../components/Shown.tsx";
import { account } from "../../lib/account.ts";
import { held } from "../../lib/arrange.ts";
import { money, percent, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

/** What the account is worth now, what today brought, and what is left of its limits. */
export function Accounts() {
  const chosen = account.value;
  const accounts = useLive("/api/account", { account: chosen });
  const performance = useLive("/api/performance", { account: chosen });
  return (
    <>
      <Card title="Equity" span={2}>
        <Shown of={accounts} lines={4}>
          {(page) => <>{page.items.slice(0, 1).map((one) => <Worth key={one.account} of={one} performance={performance.data} />)}</>}
        </Shown>
      </Card>
      <Limits />
    </>
  );
}

function Worth({ of, performance }: { readonly of: AccountDocument; readonly performance: Performance | undefined }) {
  const days = performance?.account === of.account ? performance.days : [];
  const exits = days.map((one) => ({ ts: Date.parse(one.day), value: Number(of.opening) + Number(one.total) }));
  const curve = held([{ ts: (exits[0]?.ts ?? 0) - 86_400_000, value: Number(of.opening) }, ...exits]);
  return (
    <>
      {of.trading === "NORMAL" ? null : (
        <p class="problem">
          <b>{of.trading === "HALTED" ? "Trading is halted" : "Only exits are allowed"}</b>
          {of.trading_reason ? `: ${of.trading_reason}` : ""}
        </p>
      )}
      <dl class="stats">
        <Stat name="Equity now" note={<>opened with {money(of.opening)}</>}>
          {money(of.equity)}
        </Stat>
        <Stat name="P&L today" note="realised, UTC day">
          <Change of={of.realised_today} />
        </Stat>
        <Stat name="P&L in all" note={<Change of={Number(of.profit) / (Number(of.opening) || 1)} as="percent" />}>
          <Change of={of.profit} />
        </Stat>
        <Stat name="Open P&L" note={`${of.positions} of ${of.most_positions} positions`}>
          <Change of={(Number(of.profit) - Number(of.realised)).toFixed(2)} />
        </Stat>
        <Stat name="Free cash" note={`fees paid ${money(of.fees)}`}>
          {money(of.free_cash)}
        </Stat>
      </dl>
      {days.length > 1 ? (
        <figure class="curve">
          <Sparkline values={curve.map((one) => one.value)} times={curve.map((one) => one.ts)} label={`Realised equity over ${days.length} days with exits`} height={72} />
          <figcaption>Realised equity, day by day</figcaption>
        </figure>
      ) : null}
    </>
  );
}

function Limits() {
  const risk = useLive("/api/risk", {});
  const engine = useLive("/api/engine-status", {});
  const chosen = account.value ?? Object.keys(engine.data?.accounts ?? {})[0];
  return (
    <Card title="Risk limits" aside={<Badge>{chosen ?? ""}</Badge>}>
      <Shown of={risk} lines={5}>
        {(page) => (
          <>
            {page.items
              .filter((row) => row.account === chosen)
              .map((row) => (
                <Meter key={row.limit} name={words(row.limit)} used={Number(row.used)} most={Number(row.most)} text={used(row)} />
              ))}
          </>
        )}
      </Shown>
    </Card>
  );
}

function used(row: { unit: string; used: string; most: string }): string {
  if (row.unit === "positions") return `${Number(row.used)} of ${Number(row.most)}`;
  const share = Number(row.most) ? Number(row.used) / Number(row.most) : 0;
  return `${money(row.used)} of ${money(row.most)} (${percent(share, 0)})`;
}
