/* The latest closes, of which an instrument has one for each length of bar that is followed. */
import type { TickerDocument } from "../generated/api.ts";

/** Return the one that closed last; of those that closed together the first. */
export function latestOf(tickers: readonly TickerDocument[] | undefined): TickerDocument | undefined {
  return tickers?.reduce((best, one) => (one.ts > best.ts ? one : best), tickers[0] as TickerDocument);
}
