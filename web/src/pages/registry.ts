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
];

export function addressOf(page: PageEntry): string {
  return page.path ? `/dashboard/${page.path}` : "/dashboard";
}

export function pageAt(path: string): PageEntry | undefined {
  return PAGES.find((page) => addressOf(page) === path);
}
