/* From levels bar by bar to the boxes that people see: where a zone began, how far it reached, when it ended. */

export interface Zone {
  readonly kind: "gap" | "block";
  /** `below` the price it may support, `above` it may resist. */
  readonly side: "below" | "above";
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly bottom: number;
}

type Columns = Readonly<Record<string, readonly (number | null)[]>>;

const SOURCES = [
  ["gap", "below", "fair_value_gaps_gap_below"],
  ["gap", "above", "fair_value_gaps_gap_above"],
  ["block", "below", "order_blocks_block_below"],
  ["block", "above", "order_blocks_block_above"],
] as const;

/** Return every zone with the numbers of its first and last bar. */
export function zonesOf(columns: Columns): readonly Zone[] {
  return SOURCES.flatMap(([kind, side, name]) => {
    const tops = columns[`${name}_top`] ?? [];
    const bottoms = columns[`${name}_bottom`] ?? [];
    const ages = columns[`${name}_age`] ?? [];
    const zones: Zone[] = [];
    for (let n = 0; n < tops.length; n += 1) {
      const [top, bottom] = [tops[n] ?? null, bottoms[n] ?? null];
      if (top === null || bottom === null) continue;
      const last = zones.at(-1);
      // The same zone goes on as long as neither of its edges moves.
      if (last && last.to === n - 1 && last.top === top && last.bottom === bottom) zones[zones.length - 1] = { ...last, to: n };
      else zones.push({ kind, side, from: Math.max(0, n - (ages[n] ?? 0)), to: n, top, bottom });
    }
    return zones;
  });
}

/** Return at which bars stops beyond the latest swing were taken, and on which side. */
export function sweepsOf(columns: Columns): readonly { readonly at: number; readonly side: "below" | "above" }[] {
  const sides = [
    ["below", columns["liquidity_sweeps_swept_lows"] ?? []],
    ["above", columns["liquidity_sweeps_swept_highs"] ?? []],
  ] as const;
  return sides.flatMap(([side, column]) => column.flatMap((value, at) => (value === 1 ? [{ at, side }] : [])));
}
