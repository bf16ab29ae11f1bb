/* A backtest as `tradewind backtest --publish` wrote it. */

export interface Group {
  readonly round_trips?: number | null;
  readonly win_rate?: number | null;
  readonly profit_factor?: number | null;
  readonly expectancy?: number | null;
  readonly pnl?: number | null;
}

export interface Trip {
  readonly strategy: string;
  readonly instrument: string;
  readonly opened: number;
  readonly closed: number;
  readonly entry_price: number;
  readonly exit_price: number;
  readonly exit: string;
  readonly regime: string;
  readonly pnl: number;
  readonly change: number;
}

export interface Backtest {
  readonly bars: number;
  readonly instruments: readonly string[];
  readonly timeframe: string;
  readonly configuration: string;
  readonly strategies: readonly { readonly name: string; readonly version: string; readonly parameters: Readonly<Record<string, number>> }[];
  readonly account: { readonly cash: string; readonly fee_bps: number; readonly slippage_bps: number };
  readonly engine: { readonly name: string; readonly seconds: number };
  readonly equity: readonly (readonly [ts: number, equity: number, held: number])[];
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly monthly: Readonly<Record<string, number>>;
  readonly by: Readonly<Record<"strategy" | "instrument" | "regime" | "exit", Readonly<Record<string, Group>>>>;
  readonly reasons: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly round_trips: readonly Trip[];
  readonly all_round_trips: number;
  readonly decisions_digest: string;
  readonly warnings: readonly string[];
}
