/* Whether a number is one, and lies on an instrument's grid; counted in digits, for floats know no thousandths. */

const NUMBER = /^\d+(\.\d*)?$/;

/** Say what is wrong with a number as it is written; empty for nothing, and while nothing is written. */
export function fault(text: string, step?: string, steps?: "ticks" | "lots"): string {
  const written = text.trim();
  if (written === "") return "";
  if (!NUMBER.test(written) || Number(written) === 0) return "Write it as 10 or 101.25.";
  return step && !isOn(written, step) ? `It has to be a whole number of ${steps} of ${step}.` : "";
}

/** Whether a number is a whole number of steps. */
export function isOn(text: string, step: string): boolean {
  const places = Math.max(fraction(text).length, fraction(step).length);
  const size = whole(step, places);
  return size === 0n || whole(text, places) % size === 0n;
}

function fraction(text: string): string {
  return text.split(".")[1] ?? "";
}

function whole(text: string, places: number): bigint {
  return BigInt((text.split(".")[0] ?? "") + fraction(text).padEnd(places, "0"));
}
