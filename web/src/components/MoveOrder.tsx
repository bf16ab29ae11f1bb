import { useState } from "preact/hooks";
import type { OrderDocument } from "../generated/api.ts";
import { decimal, money, percent, price, symbolOf, words } from "../lib/format.ts";
import { fault } from "../lib/grid.ts";
import { moveOrder } from "../lib/orders.ts";
import { Confirm } from "./Dialog.tsx";
import { Field } from "./Form.tsx";

interface Props {
  readonly order: OrderDocument;
  /** Where it was dragged to. */
  readonly to: string;
  readonly tick: string;
  /** The latest price. */
  readonly last: number | undefined;
  readonly onClose: () => void;
}

/** Ask before a stop or a target is moved, with what the move means in money. */
export function MoveOrder({ order, to, tick, last, onClose }: Props) {
  const [text, setText] = useState(to);
  const leg = words(order.leg);
  const wrong = reasonAgainst(order, text, tick, last);
  const difference = (Number(text) - Number(order.price)) * Number(order.quantity);
  return (
    <Confirm title={`Move the ${leg} of ${symbolOf(order.instrument)}`} verb={`Move the ${leg}`} reason="moved by hand" blocked={wrong !== ""} act={(why) => moveOrder(order, text, why)} onClose={onClose}>
      <div class="stack">
        <Field label="New price" value={text} onInput={setText} decimal required error={wrong} />
        <dl class="pairs">
          <dt>Now at</dt>
          <dd>{price(order.price)}</dd>
          <dt>For</dt>
          <dd>{decimal(order.quantity)}</dd>
          {last && Number(text) ? (
            <>
              <dt>From the latest price</dt>
              <dd>{percent(Number(text) / last - 1, 2, { sign: true })}</dd>
            </>
          ) : null}
          {Number.isFinite(difference) ? (
            <>
              <dt>{order.leg === "STOP" ? "Result if it is hit" : "Result if it is reached"}</dt>
              <dd>{money(difference, { sign: true })} against now</dd>
            </>
          ) : null}
        </dl>
      </div>
    </Confirm>
  );
}

/** What the executor would refuse anyhow, said before it is asked. */
function reasonAgainst(order: OrderDocument, text: string, tick: string, last: number | undefined): string {
  const wanted = Number(text);
  if (text.trim() === "" || !Number.isFinite(wanted) || wanted <= 0) return "Say a price above zero.";
  const off = fault(text, tick, "ticks");
  if (off) return off;
  if (last && order.leg === "STOP" && wanted >= last) return `A stop has to be below the latest price, ${price(last)}.`;
  if (last && order.leg === "TARGET" && wanted <= last) return `A target has to be above the latest price, ${price(last)}.`;
  return "";
}
