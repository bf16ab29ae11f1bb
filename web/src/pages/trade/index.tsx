import { useState } from "preact/hooks";
import type { OrderDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { MoveOrder } from "../../components/MoveOrder.tsx";
import { Orders } from "../../components/Orders.tsx";
import { Shown } from "../../components/Shown.tsx";
import { account } from "../../lib/account.ts";
import { useLive } from "../../lib/live.ts";
import { query } from "../../lib/router.ts";
import { Book } from "./Book.tsx";
import { Entry } from "./Entry.tsx";
import { Holdings } from "./Holdings.tsx";
import { KillSwitch } from "./KillSwitch.tsx";
import "./trade.css";

/** Trading by hand: the order and what risk says of it, what works, what is held, and the way to stop it all. */
export default function Trade() {
  const symbols = useLive("/api/symbols", { limit: 500 }, { whole: true });
  const asked = query.value.get("symbol");
  const chosen = symbols.data?.items.find((one) => one.instrument === asked || one.symbol === asked) ?? symbols.data?.items[0];
  const orders = useLive("/api/orders", { account: account.value, status: "working", limit: 200 }, { whole: true });
  const positions = useLive("/api/positions", { account: account.value }, { whole: true });
  const [moving, setMoving] = useState<OrderDocument | null>(null);
  const tick = symbols.data?.items.find((one) => one.instrument === moving?.instrument)?.tick;
  const mark = positions.data?.items.find((one) => one.instrument === moving?.instrument)?.mark;
  return (
    <div class="cards trade-page">
      <Card title="Order" class="entry-card">
        <Shown of={symbols} lines={9}>
          {(page) => (chosen ? <Entry symbols={page.items} symbol={chosen} /> : <p class="empty">Nothing is followed here.</p>)}
        </Shown>
      </Card>
      <Card title="Order book" aside={chosen?.instrument}>
        {chosen ? <Book symbol={chosen} /> : null}
      </Card>
      <KillSwitch />
      <Card title="Open orders" span="all" class="beside">
        <Shown of={orders}>{(page) => <Orders rows={page.items} empty="No order works now." onMove={setMoving} />}</Shown>
      </Card>
      <Holdings />
      {moving && tick ? <MoveOrder order={moving} to={moving.price ?? ""} tick={tick} last={mark ? Number(mark) : undefined} onClose={() => setMoving(null)} /> : null}
    </div>
  );
}
