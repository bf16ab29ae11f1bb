import type { Tone } from "../../components/Figures.tsx";

/** The colour of each regime; its name always stands beside it. */
export const REGIMES: Readonly<Record<string, Tone>> = { BULL: "good", BEAR: "bad", TURBULENT: "warn", QUIET: "info", UNKNOWN: "plain" };
