/* Every page: its address, its place in the navigation, and how it is loaded when it is first looked at. */
import type { FunctionComponent } from "preact";

export interface PageEntry {
  /** Below `/dashboard`; empty for the first one. */
  readonly path: string;
  readonly title: string;
  readonly group: "Trade" | "Understand" | "Operate";
  /** Key after `g` that leads here. */
  readonly key: string;
  /** Name of its picture in `components/Icon.tsx`. */
  readonly icon: string;
  readonly load: () => Promise<{ readonly default: FunctionComponent }>;
}

export const PAGES: readonly PageEntry[] = [
  { path: "", title: "Live", group: "Trade", key: "l", icon: "pulse", load: () => import("./live/index.tsx") },
  { path: "chart", title: "Chart", group: "Trade", key: "c", icon: "chart", load: () => import("./chart/index.tsx") },
  { path: "trade", title: "Trade", group: "Trade", key: "t", icon: "trade", load: () => import("./trade/index.tsx") },
  { path: "strategies", title: "Strategies", group: "Understand", key: "s", icon: "strategy", load: () => import("./strategies/index.tsx") },
  { path: "performance", title: "Performance", group: "Understand", key: "p", icon: "performance", load: () => import("./performance/index.tsx") },
  { path: "backtests", title: "Backtests", group: "Understand", key: "b", icon: "backtest", load: () => import("./backtests/index.tsx") },
  { path: "research", title: "Research", group: "Understand", key: "r", icon: "research", load: () => import("./research/index.tsx") },
  { path: "brain", title: "Stratus Brain", group: "Understand", key: "m", icon: "brain", load: () => import("./brain/index.tsx") },
  { path: "universe", title: "Universe", group: "Understand", key: "u", icon: "universe", load: () => import("./universe/index.tsx") },
  { path: "alerts", title: "Alerts", group: "Operate", key: "a", icon: "alert", load: () => import("./alerts/index.tsx") },
  { path: "accounts", title: "Accounts", group: "Operate", key: "o", icon: "account", load: () => import("./accounts/index.tsx") },
  { path: "health", title: "Health and cost", group: "Operate", key: "h", icon: "health", load: () => import("./health/index.tsx") },
  { path: "logs", title: "Logs", group: "Operate", key: "e", icon: "logs", load: () => import("./logs/index.tsx") },
];

export function addressOf(page: PageEntry): string {
  return page.path ? `/dashboard/${page.path}` : "/dashboard";
}

export function pageAt(path: string): PageEntry | undefined {
  return PAGES.find((page) => addressOf(page) === path);
}
