/* When a share of something is too much. */

export type Filling = "good" | "warn" | "bad";

/** From where on a share warns and is bad. */
export type Thresholds = readonly [warn: number, bad: number];

/** Of a limit that should not be reached. */
export const LIMIT: Thresholds = [0.75, 0.95];
/** Of the probability that a choice was overfitted: even odds are too much, and nothing lies between. */
export const OVERFITTING: Thresholds = [0.5, 0.5];

/** Return how a share is to be seen. */
export function toneOf(share: number, [warn, bad]: Thresholds): Filling {
  return share >= bad ? "bad" : share >= warn ? "warn" : "good";
}
