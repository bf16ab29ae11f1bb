/* Lengths of bars, the shortest first. */
import type { Timeframe } from "../../generated/api.ts";

export type Frame = Timeframe;

const LENGTHS: Readonly<Record<Frame, number>> = {
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "4h": 14_400_000,
  "1d": 86_400_000,
};

export function lengthOf(frame: Frame): number {
  return LENGTHS[frame];
}

/** Longer bars are made of shorter ones, so all from the shortest that is followed can be shown. */
export function framesFrom(followed: readonly string[]): readonly Frame[] {
  const all = Object.keys(LENGTHS) as Frame[];
  const first = all.findIndex((frame) => followed.includes(frame));
  return first < 0 ? [] : all.slice(first);
}
