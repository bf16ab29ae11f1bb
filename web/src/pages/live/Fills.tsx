import type { FillDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, Change } from "../../components/Figures.tsx";
import { Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { account, linked } from "../../lib/account.ts";
import { barTime, decimal, price, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

const COLUMNS: readonly Column<FillDocument>[] = [
  { title: "When", cell: (row) => <span class="nowrap">{barTime(row.ts)}</span> },
  {
    title: "Instrument",
    cell: (row) => <a href={linked("/dashboard/chart", { symbol: row.instrument })}>{symbolOf(row.instrument)}</a>,
  },
  { title: "Side", cell: (row) => <Badge tone={row.side === "BUY" ? "info" : "plain"}>{row.side.toLowerCase()}</Badge> },
  { title: "Quantity", number: true, cell: (row) => decimal(row.quantity) },
  { title: "Price", number: true, cell: (row) => price(row.price) },
  { title: "Why", minor: true, cell: (row) => words(row.reason) },
  { title: "Realised", number: true, cell: (row) => (Number(row.realised) ? <Change of={row.realised} /> : "–") },
];

/** The latest fills. */
export function Fills() {
  const fills = useLive("/api/fills", { account: account.value, limit: 12 });
  return (
    <Card title="Last fills" span={2}>
      <Shown of={fills} lines={6}>
        {(page) => (
          <Table
            caption="The latest fills, newest first"
            columns={COLUMNS}
            rows={page.items}
            rowKey={(row) => row.trade_id}
            empty="Nothing has been bought or sold yet."
            height="24rem"
          />
        )}
      </Shown>
    </Card>
  );
}
