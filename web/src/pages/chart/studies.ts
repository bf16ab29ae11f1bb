/* What can be laid over bars or below them: each is computed by the API, by the very code that trades. */

export interface Line {
  /** The API's name of the column. */
  readonly column: string;
  /** A colour of `COLOURS` in draw.ts. */
  readonly colour: string;
  readonly kind?: "line" | "dots" | "columns";
}

export interface Study {
  readonly id: string;
  readonly title: string;
  /** As the API is asked for it. */
  readonly specs: readonly string[];
  /** Over the bars, or in a pane of its own. `zones` and `bands` are drawn by themselves. */
  readonly place: "price" | "pane" | "zones" | "bands";
  readonly lines: readonly Line[];
}

export const STUDIES: readonly Study[] = [
  { id: "ema20", title: "EMA 20", specs: ["ema:20"], place: "price", lines: [{ column: "ema_20", colour: "a" }] },
  { id: "ema50", title: "EMA 50", specs: ["ema:50"], place: "price", lines: [{ column: "ema_50", colour: "b" }] },
  { id: "ema200", title: "EMA 200", specs: ["ema:200"], place: "price", lines: [{ column: "ema_200", colour: "c" }] },
  {
    id: "bbands",
    title: "Bollinger bands",
    specs: ["bbands:20:2"],
    place: "price",
    lines: [
      { column: "bbands_20_2_upper", colour: "d" },
      { column: "bbands_20_2_middle", colour: "e" },
      { column: "bbands_20_2_lower", colour: "d" },
    ],
  },
  { id: "supertrend", title: "Supertrend", specs: ["supertrend"], place: "price", lines: [{ column: "supertrend", colour: "f", kind: "dots" }] },
  { id: "vwap", title: "VWAP of the session", specs: ["vwap"], place: "price", lines: [{ column: "vwap", colour: "f" }] },
  { id: "rsi", title: "RSI 14", specs: ["rsi:14"], place: "pane", lines: [{ column: "rsi_14", colour: "a" }] },
  {
    id: "macd",
    title: "MACD",
    specs: ["macd"],
    place: "pane",
    lines: [
      { column: "macd_hist", colour: "e", kind: "columns" },
      { column: "macd", colour: "a" },
      { column: "macd_signal", colour: "b" },
    ],
  },
  {
    id: "adx",
    title: "ADX",
    specs: ["adx"],
    place: "pane",
    lines: [
      { column: "adx", colour: "a" },
      { column: "adx_plus_di", colour: "good" },
      { column: "adx_minus_di", colour: "bad" },
    ],
  },
  { id: "atr", title: "ATR 14", specs: ["atr:14"], place: "pane", lines: [{ column: "atr_14", colour: "a" }] },
  { id: "ict", title: "ICT levels", specs: ["fair_value_gaps", "order_blocks", "liquidity_sweeps"], place: "zones", lines: [] },
  { id: "regime", title: "Regime bands", specs: ["markov"], place: "bands", lines: [] },
];

/** What is shown to whoever has chosen nothing yet. */
export const USUAL = "ema20,ema50,rsi";

export function chosenStudies(text: string | null): readonly Study[] {
  const wanted = new Set((text ?? USUAL).split(","));
  return STUDIES.filter((study) => wanted.has(study.id));
}

/** Return what the API is asked for: eight at most in one question. */
export function specsOf(studies: readonly Study[]): string {
  return [...new Set(studies.flatMap((study) => study.specs))].slice(0, 8).join(",");
}
