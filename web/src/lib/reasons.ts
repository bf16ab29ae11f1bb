/* Why something was denied or refused, as a person would say it; the code stays recognisable for the glossary. */
import { money, words } from "./format.ts";

const MEANINGS: Readonly<Record<string, string>> = {
  KILL_SWITCH_HALTED: "trading is halted",
  KILL_SWITCH_REDUCING: "only exits are allowed",
  STRATEGY_STOPPED: "the strategy is stopped",
  BUDGET_STOPPED: "the strategy's budget is spent",
  INSTRUMENT_STOPPED: "the instrument is stopped",
  INSTRUMENT_HALTED: "the instrument is halted",
  DEAD_LETTER: "a message of the instrument could not be executed",
  STOP_ABOVE_PRICE: "the stop is above the price",
  TARGET_BELOW_PRICE: "the target is below the price",
  STOP_REQUIRED: "a buy needs a stop",
  WOULD_TRIGGER: "the trigger has been passed already",
  WOULD_TAKE: "it would take at once",
  NOT_OFFERED: "nobody can do it",
  FAT_FINGER: "the price is too far from the market",
  MARKET_CLOSED: "the market is closed",
  ORDER_TERMS: "its terms do not go together",
  NOT_ARMED: "the account is not armed",
  ARMING_EXPIRED: "the arming has run out",
  ARMED_AMOUNT: "more would be tied up than was armed",
  DAILY_LOSS: "today's loss has reached its limit",
  MAX_OPEN_POSITIONS: "one instrument too many would be held",
  MAX_INSTRUMENT_EXPOSURE: "too much of the equity would be in one instrument",
  MAX_EXPOSURE: "too much of the equity would be invested",
  INSUFFICIENT_CASH: "there is not enough free cash",
};

/** Return a reason like `MAX_EXPOSURE: 101.123456 exceeds 100.5` as a sentence part, the sums in it rounded to be read. */
export function meaning(reason: string): string {
  const [, code, rest] = /^([A-Z][A-Z0-9_]+)(?:: ?(.*))?$/.exec(reason) ?? [];
  if (code === undefined) return reason;
  const said = MEANINGS[code] ?? words(code);
  // A switch is on or off: how far "1 exceeds 0" tells nobody anything. Prices, ticks and lots count to their last digit.
  if (!rest || rest === "1 exceeds 0") return said;
  return `${said} (${/^[\d.]+ exceeds [\d.]+$/.test(rest) ? rest.replace(/\d+\.\d+/g, (number) => money(number)) : rest})`;
}
