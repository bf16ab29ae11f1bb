import { useState } from "preact/hooks";
import type { OrderDocument } from "../generated/api.ts";
import { linked } from "../lib/account.ts";
import { barTime, decimal, symbolOf, words } from "../lib/format.ts";
import { cancelOrder } from "../lib/orders.ts";
import { may } from "../lib/session.ts";
import { lives, waitsFor } from "../lib/wording.ts";
import { Confirm } from "./Dialog.tsx";
import { Badge } from "./Figures.tsx";
import { type Column, Table } from "./Table.tsx";

interface Props {
  readonly rows: readonly OrderDocument[];
  readonly empty: string;
  readonly onMove: (order: OrderDocument) => void;
}

/** Orders that work: stops and targets can be moved, what waits to enter can be cancelled. */
export function Orders({ rows, empty, onMove }: Props) {
  const [doomed, setDoomed] = useState<OrderDocument | null>(null);
  const columns: Column<OrderDocument>[] = [
    { title: "Instrument", by: (row) => row.instrument, cell: (row) => <a href={linked("/dashboard/chart", { symbol: row.instrument })}>{symbolOf(row.instrument)}</a> },
    { title: "Order", by: (row) => row.leg, cell: (row) => <Badge tone={TONES[row.leg] ?? "plain"}>{words(row.leg)}</Badge> },
    { title: "Kind", by: (row) => row.kind, cell: (row) => <Kind of={row} /> },
    { title: "Side", cell: (row) => row.side.toLowerCase() },
    { title: "Quantity", number: true, cell: (row) => decimal(row.quantity) },
    { title: "Waits for", by: (row) => Number(row.price ?? row.trigger ?? row.limit ?? 0), cell: waitsFor },
    { title: "Strategy", minor: true, cell: (row) => words(row.strategy) },
    { title: "Status", minor: true, by: (row) => row.created, cell: (row) => <Status of={row} /> },
  ];
  if (may("trader")) {
    columns.push({
      title: "",
      cell: (row) =>
        row.leg === "STOP" || row.leg === "TARGET" ? (
          <button type="button" class="small" onClick={() => onMove(row)}>
            Move<span class="quiet"> the {`${words(row.leg)} of ${symbolOf(row.instrument)}`}</span>
          </button>
        ) : (
          <button type="button" class="small" onClick={() => setDoomed(row)}>
            Cancel<span class="quiet"> the order for {symbolOf(row.instrument)}</span>
          </button>
        ),
    });
  }
  return (
    <>
      <Table caption="Working orders" columns={columns} rows={rows} rowKey={(row) => row.id} empty={empty} height="26rem" />
      {doomed ? (
        <Confirm title="Cancel this order" verb="Cancel the order" danger act={() => cancelOrder(doomed)} onClose={() => setDoomed(null)}>
          {words(doomed.side)} {decimal(doomed.quantity)} {doomed.instrument}, {words(doomed.kind)}: {waitsFor(doomed)}
        </Confirm>
      ) : null}
    </>
  );
}

/** An order's kind, how long it lives, and whether it waits here because its venue cannot hold it. */
function Kind({ of }: { readonly of: OrderDocument }) {
  return (
    <span>
      {words(of.kind)} {of.held_here ? <Badge tone="warn">held here</Badge> : null} <small>{lives(of)}</small>
    </span>
  );
}

function Status({ of }: { readonly of: OrderDocument }) {
  return (
    <span>
      {words(of.status)} <small>since {barTime(of.created)}</small>
    </span>
  );
}

const TONES: Readonly<Record<string, "good" | "bad" | "info">> = { STOP: "bad", TARGET: "good", ENTRY: "info" };
