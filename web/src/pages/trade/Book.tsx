import type { BookDocument, SymbolDocument } from "../../generated/api.ts";
import { Empty, Shown } from "../../components/Shown.tsx";
import { compact, decimal, percent, price } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { latestOf } from "../../lib/tickers.ts";

const LEVELS = 12;
/** No quicker than the API's limits bear: the book is asked of the market itself each time. */
const EVERY = 5_000;

/** What is offered at each price now, and how much lies up to there. */
export function Book({ symbol }: { readonly symbol: SymbolDocument }) {
  const book = useLive("/api/order-book/{symbol}", { symbol: symbol.instrument, depth: 50 }, { every: EVERY });
  const basic = useLive("/api/symbol/{symbol}/basic", { symbol: symbol.instrument });
  const last = latestOf(basic.data?.tickers);
  return (
    <>
      {last ? (
        <p class="last">
          <b>{price(last.close)}</b> {last.change === null ? null : <span class={last.change < 0 ? "negative" : "positive"}>{percent(last.change, 2, { sign: true })}</span>} <small>latest close</small>
        </p>
      ) : null}
      {book.failure?.status === 404 ? <Empty>{book.failure.message}</Empty> : <Shown of={book} lines={10}>{(data) => <Depth of={data} />}</Shown>}
    </>
  );
}

type Level = readonly [price: string, quantity: string];

function Depth({ of }: { readonly of: BookDocument }) {
  const asks = summed(of.asks as unknown as Level[]);
  const bids = summed(of.bids as unknown as Level[]);
  const most = Math.max(asks.at(-1)?.sum ?? 0, bids.at(-1)?.sum ?? 0);
  const middle = (Number(asks[0]?.level[0]) + Number(bids[0]?.level[0])) / 2;
  return (
    <>
      <Curve asks={asks} bids={bids} most={most} />
      <table class="book" aria-label={`Order book of ${of.instrument}`}>
        <thead>
          <tr>
            <th scope="col">Price</th>
            <th scope="col" class="number">Quantity</th>
            <th scope="col" class="number">Up to here</th>
          </tr>
        </thead>
        <tbody class="asks">{asks.slice(0, LEVELS).reverse().map((row) => <Row key={row.level[0]} row={row} most={most} />)}</tbody>
        <tbody>
          <tr class="spread">
            <td colSpan={3}>
              Spread {price(of.spread)} {middle ? `(${percent(Number(of.spread) / middle, 3)})` : ""}
            </td>
          </tr>
        </tbody>
        <tbody class="bids">{bids.slice(0, LEVELS).map((row) => <Row key={row.level[0]} row={row} most={most} />)}</tbody>
      </table>
    </>
  );
}

interface Summed {
  readonly level: Level;
  readonly sum: number;
}

function summed(levels: readonly Level[]): readonly Summed[] {
  let sum = 0;
  return levels.map((level) => ({ level, sum: (sum += Number(level[1])) }));
}

function Row({ row, most }: { readonly row: Summed; readonly most: number }) {
  return (
    <tr>
      <td>
        {price(row.level[0])}
        <i aria-hidden="true" style={{ width: `${most ? (100 * row.sum) / most : 0}%` }} />
      </td>
      <td class="number">{decimal(Number(row.level[1]))}</td>
      <td class="number">{compact(row.sum)}</td>
    </tr>
  );
}

/** Depth as a picture: how much lies between the best price and each other one. */
function Curve({ asks, bids, most }: { readonly asks: readonly Summed[]; readonly bids: readonly Summed[]; readonly most: number }) {
  const [low, high] = [Number(bids.at(-1)?.level[0]), Number(asks.at(-1)?.level[0])];
  if (!(high > low) || !most) return null;
  const steps = (rows: readonly Summed[]) => {
    const points = rows.map((row) => [((Number(row.level[0]) - low) / (high - low)) * 300, 60 - (row.sum / most) * 56] as const);
    const first = points[0]?.[0] ?? 0;
    const end = points.at(-1)?.[0] ?? 0;
    return `M${first},60 ${points.map(([x, y], n) => `L${x},${points[n - 1]?.[1] ?? 60} L${x},${y}`).join(" ")} L${end},60 Z`;
  };
  return (
    <svg class="depth" viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="Depth: bids at the left, asks at the right">
      <path class="bids" d={steps(bids)} />
      <path class="asks" d={steps(asks)} />
    </svg>
  );
}
