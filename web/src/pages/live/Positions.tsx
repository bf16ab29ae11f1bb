import type { PositionDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Change } from "../../components/Figures.tsx";
import { Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { account, linked } from "../../lib/account.ts";
import { barTime, decimal, money, percent, price, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

const COLUMNS: readonly Column<PositionDocument>[] = [
  {
    title: "Instrument",
    by: (row) => row.instrument,
    cell: (row) => (
      <a href={linked("/dashboard/chart", { symbol: row.instrument })} title={`${row.instrument} on the chart`}>
        {symbolOf(row.instrument)}
      </a>
    ),
  },
  { title: "Strategy", by: (row) => row.strategy, cell: (row) => words(row.strategy) },
  { title: "Quantity", number: true, by: (row) => Number(row.quantity), cell: (row) => decimal(row.quantity) },
  { title: "Entry", number: true, cell: (row) => price(row.entry) },
  { title: "Now", number: true, cell: (row) => price(row.mark) },
  { title: "Stop", number: true, cell: (row) => <Stop of={row} /> },
  { title: "Target", number: true, minor: true, cell: (row) => price(row.target) },
  { title: "Value", number: true, minor: true, by: (row) => Number(row.value), cell: (row) => money(row.value) },
  { title: "Open P&L", number: true, by: (row) => Number(row.unrealised), cell: (row) => <Change of={row.unrealised} /> },
  { title: "Since", minor: true, by: (row) => row.opened, cell: (row) => <span class="nowrap">{barTime(row.opened)}</span> },
];

/** What is held, each with its stop. */
export function Positions() {
  const positions = useLive("/api/positions", { account: account.value }, { whole: true });
  const count = positions.data?.items.length;
  return (
    <Card title="Positions" span="all" aside={count ? `${count} held` : undefined}>
      <Shown of={positions}>
        {(page) => (
          <Table
            caption="Open positions with their stops"
            columns={COLUMNS}
            rows={page.items}
            rowKey={(row) => `${row.account} ${row.instrument} ${row.strategy}`}
            empty="Nothing is held now."
            sorted="Instrument"
          />
        )}
      </Shown>
    </Card>
  );
}

/** A stop, and how far away it is; a position without one is called out. */
function Stop({ of }: { readonly of: PositionDocument }) {
  if (!of.stop) return <span class="negative">none</span>;
  const away = Number(of.mark) ? Number(of.stop) / Number(of.mark) - 1 : 0;
  return (
    <>
      {price(of.stop)} <small>{percent(away, 1)}</small>
    </>
  );
}
