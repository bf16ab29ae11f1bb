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
  const positions = useLive("/api/positions", { account: account.value });
  const [closing, setClosing] = useState<PositionDocument | null>(null);
  const [all, setAll] = useState(false);
  const trades = may("trader");
  const count = positions.data?.items.length ?? 0;
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
  const flatten = trades && count ? (
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
          Everything that is held of {closing.instrument}, every strategy's part of it, is sold at the market. Its stops and targets end with it.
        </Confirm>
      ) : null}
      {all ? (
        <Confirm title="Flatten the account" verb="Flatten all" danger reason="flattened by hand" typed="flatten" act={flattenAll} onClose={() => setAll(false)}>
          Every working entry is cancelled and {count === 1 ? "the one position" : `all ${count} positions`} sold at the market. Strategies go on and may enter again: stop trading first if they shall not.
        </Confirm>
      ) : null}
    </Card>
  );
}

async function close(position: PositionDocument, reason: string): Promise<void> {
  const url = address("/api/positions/{symbol}/close", { symbol: position.instrument });
  const { messages } = await act<Accepted>("POST", url, { account: position.account, reason });
  say(`Closing ${symbolOf(position.instrument)}…`);
  for (const one of messages) void follow(one.id, position.account, ({ order }) => isOver(order)).then((seen) => sayWhat(seen?.order));
}

async function flattenAll(reason: string): Promise<void> {
  const { messages } = await act<Accepted>("POST", "/api/flatten", { ...(account.value ? { account: account.value } : {}), reason });
  say(`${messages.length} orders are on their way.`);
}
