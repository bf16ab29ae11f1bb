/* Numbers and times as people read them. Money comes as text and is formatted as text: no digit passes a float. */

type Text = string | number | null | undefined;

export const NONE = "–";

const formats = new Map<string, Intl.NumberFormat>();

function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  const made = formats.get(key) ?? new Intl.NumberFormat("en-US", options);
  formats.set(key, made);
  return made;
}

/** A decimal of any length with thousands separated; `sign` writes the plus too. */
export function decimal(value: Text, digits?: number, { sign = false }: { sign?: boolean } = {}): string {
  if (value === null || value === undefined || value === "") return NONE;
  const least = digits ?? 0;
  const options: Intl.NumberFormatOptions = { minimumFractionDigits: least, maximumFractionDigits: digits ?? 12 };
  if (sign) options.signDisplay = "exceptZero";
  // TypeScript knows numbers only; the standard takes decimal text as it is.
  return format(options).format(value as number).replace("-", "−");
}

/** Money: two digits. */
export function money(value: Text, options: { sign?: boolean } = {}): string {
  return decimal(value, 2, options);
}

/** A price: all its digits, two at least where they are few; of one far below one four that count, however far. */
export function price(value: Text): string {
  if (value === null || value === undefined) return NONE;
  // A float brings digits that nobody wrote, and `4e-7` for the smallest.
  const text = typeof value === "number" ? written(Number(value.toPrecision(12))) : value;
  const fraction = /\.(\d*?)0*$/.exec(text)?.[1] ?? "";
  const leading = /^-?0?\./.test(text) ? (/^0*/.exec(fraction)?.[0].length ?? 0) : 0;
  return decimal(value, Math.min(Math.max(8, leading + 4), Math.max(2, fraction.length)));
}

function written(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(14) : text;
}

/** So many of something, as `1 position` and `2 positions`. */
export function counted(value: number, one: string): string {
  return `${decimal(value)} ${one}${value === 1 ? "" : "s"}`;
}

/** A fraction as per cent. */
export function percent(value: Text, digits = 1, { sign = false }: { sign?: boolean } = {}): string {
  if (value === null || value === undefined || value === "") return NONE;
  return `${decimal(Number(value) * 100, digits, { sign })} %`;
}

/** A number of things in few characters, as 12.3k. */
export function compact(value: Text): string {
  if (value === null || value === undefined) return NONE;
  return format({ notation: "compact", maximumFractionDigits: 1 }).format(Number(value)).replace("-", "−");
}

/** -1, 0 or 1: what colour a number has. */
export function signOf(value: Text): -1 | 0 | 1 {
  const number = Number(value ?? 0);
  return number > 0 ? 1 : number < 0 ? -1 : 0;
}

/** The day in UTC, as 2012-03-15. */
export function day(ms: number): string {
  return ms ? new Date(ms).toISOString().slice(0, 10) : NONE;
}

/** Day and minute in UTC. */
export function moment(ms: number): string {
  return ms ? new Date(ms).toISOString().slice(0, 16).replace("T", " ") : NONE;
}

/** Day, and the time of day where there is one: daily bars close at midnight. */
export function barTime(ms: number): string {
  return ms % 86_400_000 === 0 ? day(ms) : moment(ms);
}

/** A time span in one or two units. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `AAPL.US` as `AAPL`. */
export function symbolOf(instrument: string): string {
  const at = instrument.lastIndexOf(".");
  return at > 0 ? instrument.slice(0, at) : instrument;
}

/** `rsi_pullback_pro` as `rsi pullback pro`; codes in capitals become words. */
export function words(name: string): string {
  return name.replaceAll("_", " ").replace(/^[A-Z ]+$/, (text) => text.toLowerCase());
}
