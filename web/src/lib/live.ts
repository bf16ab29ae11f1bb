/* The hooks that a page reads with. */
import { useEffect, useMemo } from "preact/hooks";
import { signal } from "@preact/signals";
import { type Feed, type Reading, feedOf } from "./feed.ts";
import { type Answer, type Question, type ReadPath, type Value, address } from "./wire.ts";

export type { Reading } from "./feed.ts";

/** How often what is shown is asked for. */
export const EVERY = 4_000;

interface Options {
  /** Ms between two questions. */
  readonly every?: number;
  /** Turn every page of a list. */
  readonly whole?: boolean;
  /** False asks nothing, as long as the question is not known. */
  readonly enabled?: boolean;
}

const IDLE: Reading<never> = { data: undefined, at: 0, failure: null };

/**
 * Read a path of the API, and keep it fresh for as long as the component is there.
 *
 *     const positions = useLive("/api/positions", { account });
 *     return <Shown of={positions}>{(page) => <Positions rows={page.items} />}</Shown>;
 */
export function useLive<P extends ReadPath>(path: P, question: Question<P>, options: Options = {}): Reading<Answer<P>> {
  const { every = EVERY, whole = false, enabled = true } = options;
  const url = address(path, question as Record<string, Value>);
  const feed: Feed<Answer<P>> | null = useMemo(() => (enabled ? feedOf(url, whole) : null), [url, whole, enabled]);
  useEffect(() => feed?.watch(every), [feed, every]);
  return feed ? feed.reading.value : IDLE;
}

const clock = signal(Date.now());
setInterval(() => {
  if (!document.hidden) clock.value = Date.now();
}, 1000);

/** The browser's time in ms, renewed each second; whoever reads it is drawn each second. */
export function useNow(): number {
  return clock.value;
}
