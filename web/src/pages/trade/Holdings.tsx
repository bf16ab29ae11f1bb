import { useState } from "preact/hooks";
import type { Accepted, PositionDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Confirm } from "../../components/Dialog.tsx";
import { Change } from "../../components/Figures.tsx";
import { Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { say } from "../../components/Toasts.tsx";
import { account, linked } from "../../lib/account.ts";
import { act } from "../../lib/act.ts";
import { follow } from "../../lib/follow.ts";
import { decimal, price, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { isOver, sayWhat } from "../../lib/orders.ts";
import { may } from "../../lib/session.ts";
import { address } from "../../lib/wire.ts";

/** What is held, and how to be rid of one or of all. */
export function Holdings() {
  const positions = useLive("/api/positions", { account: account.value }, { whole: true });
  const [closing, setClosing] = useState<PositionDocument | null>(null);
  const [all, setAll] = useState(false);
  const trades = may("trader");
  const rows = positions.data?.items ?? [];
  const owner = account.value ?? rows[0]?.account;
  const count = rows.filter((row) => row.account === owner).length;
  const columns: Column<PositionDocument>[] = [
    { title: "Instrument", by: (row) => row.instrument, cell: (row) => <a href={linked("/dashboard/chart", { symbol: row.instrument })}>{symbolOf(row.instrument)}</a> },
    { title: "Strategy", by: (row) => row.strategy, cell: (row) => words(row.strategy) },
    { title: "Quantity", number: true, cell: (row) => decimal(row.quantity) },
    { title: "Entry", number: true, cell: (row) => price(row.entry) },
    { title: "Now", number: true, cell: (row) => price(row.mark) },
    { title: "Stop", number: true, cell: (row) => price(row.stop) },
    { title: "Open P&L", number: true, by: (row) => Number(row.unrealised), cell: (row) => <Change of={row.unrealised} /> },
  ];
  if (trades) {
    columns.push({
      title: "",
      cell: (row) => (
        <button type="button" class="small" onClick={() => setClosing(row)}>
          Close<span class="quiet"> {row.instrument}</span>
        </button>
      ),
    });
  }
  const flatten = trades && owner && count ? (
    <button type="button" class="small danger" onClick={() => setAll(true)}>
      Flatten all
    </button>
  ) : undefined;
  return (
    <Card title="Positions" span="all" class="beside" aside={flatten}>
      <Shown of={positions}>
        {(page) => <Table caption="Open positions" columns={columns} rows={page.items} rowKey={(row) => `${row.account} ${row.instrument} ${row.strategy}`} empty="Nothing is held now." sorted="Instrument" />}
      </Shown>
      {closing ? (
        <Confirm title={`Close ${symbolOf(closing.instrument)}`} verb="Close the position" danger reason="closed by hand" act={(why) => close(closing, why)} onClose={() => setClosing(null)}>
          {partsOf(closing, rows)} Its stops and targets end with it.
        </Confirm>
      ) : null}
      {all && owner ? (
        <Confirm title={`Flatten ${owner}`} verb="Flatten all" danger reason="flattened by hand" typed="flatten" act={(why) => flattenAll(owner, why)} onClose={() => setAll(false)}>
          Every working entry is cancelled and {count === 1 ? "the one position" : `all ${count} positions`} sold at the market. Strategies go on and may enter again: stop trading first if they shall not.
        </Confirm>
      ) : null}
    </Card>
  );
}

/** Say how much would be sold: every strategy's part, not only that of the row. */
function partsOf(one: PositionDocument, rows: readonly PositionDocument[]): string {
  const parts = rows.filter((row) => row.account === one.account && row.instrument === one.instrument).map((row) => `${decimal(row.quantity)} of ${words(row.strategy)}`);
  return parts.length > 1
    ? `All that is held of ${one.instrument} is sold at the market, every part of it: ${parts.join(", ")}.`
    : `All ${decimal(one.quantity)} that are held of ${one.instrument} are sold at the market.`;
}

async function close(position: PositionDocument, reason: string): Promise<void> {
  const url = address("/api/positions/{symbol}/close", { symbol: position.instrument });
  const { messages } = await act<Accepted>("POST", url, { account: position.account, reason });
  say(`Closing ${symbolOf(position.instrument)}…`);
  for (const one of messages) void follow(one.id, position.account, ({ order }) => isOver(order)).then((seen) => sayWhat(seen?.order));
}

async function flattenAll(owner: string, reason: string): Promise<void> {
  const { messages } = await act<Accepted>("POST", "/api/flatten", { account: owner, reason });
  say(`${messages.length} orders are on their way.`);
}
