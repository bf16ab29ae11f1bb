/* What is shown, kept fresh: asked every few seconds by its ETag, kept with the time it was last confirmed, and asked
   again ever more slowly while nobody answers. What has been seen stays on the page with its age; it is never
   replaced by nothing, and never by what belongs to another question. */
import { signal } from "@preact/signals";
import { Failure, unreachable } from "./failure.ts";
import { good, request } from "./http.ts";
import { onLeaving } from "./session.ts";

export interface Reading<T> {
  /** The latest answer; undefined before the first. */
  readonly data: T | undefined;
  /** When it was last confirmed, in this browser's ms; 0 before the first. */
  readonly at: number;
  /** Why the latest question had no answer; null where it had. */
  readonly failure: Failure | null;
}

/** How the API is reached: `lost` holds since when it is not. */
export const connection = signal<{ readonly heard: number; readonly lost: number }>({ heard: 0, lost: 0 });

/** Longest pause between two attempts. */
export const LONGEST_PAUSE = 30_000;
/** Pages that one question turns at most: 20 × 500 rows. */
const MOST_PAGES = 20;
/** Questions whose answers are kept after nobody looks at them any more. */
const MOST_KEPT = 40;

const NOTHING: Reading<never> = { data: undefined, at: 0, failure: null };

interface Page {
  readonly url: string;
  readonly tag: string;
  readonly body: unknown;
}

/** One question, asked for as long as somebody looks. */
export class Feed<T> {
  readonly reading = signal<Reading<T>>(NOTHING);
  readonly url: string;
  readonly whole: boolean;
  #pages: readonly Page[] = [];
  #watchers = new Map<symbol, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #call: AbortController | null = null;
  #failures = 0;

  /** `whole` turns every page of a list, and answers with all their items. */
  constructor(url: string, whole: boolean) {
    this.url = url;
    this.whole = whole;
  }

  /** Look at it, every so many ms at least; returns how to look away. */
  watch(every: number): () => void {
    const watcher = Symbol(this.url);
    this.#watchers.set(watcher, every);
    const due = this.reading.value.at + every - Date.now();
    this.#plan(Math.max(0, due));
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    };
  }

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Ask now. */
  poke(): void {
    if (!this.watched) return;
    this.#call?.abort();
    this.#call = null;
    this.#plan(0);
  }

  /** Forget everything: it is not for the next person. */
  forget(): void {
    this.#pages = [];
    this.#failures = 0;
    this.#rest();
    this.reading.value = NOTHING;
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#call?.abort();
    this.#call = null;
  }

  #plan(pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#turn(), pause);
  }

  async #turn(): Promise<void> {
    // A page that nobody sees asks nothing; `wake` asks as soon as it is seen again.
    if (globalThis.document?.hidden || !this.watched || this.#call) return;
    const call = new AbortController();
    this.#call = call;
    try {
      const data = await this.#ask(call.signal);
      this.#failures = 0;
      const now = Date.now();
      connection.value = { heard: now, lost: 0 };
      this.reading.value = { data, at: now, failure: null };
    } catch (error) {
      if (call.signal.aborted) return;
      this.#failed(error instanceof Failure ? error : unreachable());
    } finally {
      if (this.#call === call) this.#call = null;
    }
    if (this.watched) this.#plan(this.#pause());
  }

  async #ask(signal: AbortSignal): Promise<T> {
    const pages: Page[] = [];
    let url: string | null = this.url;
    while (url !== null && pages.length < MOST_PAGES) {
      const page: Page = await asked(url, this.#pages[pages.length], signal);
      pages.push(page);
      const next = this.whole ? (page.body as { next?: string | null }).next : null;
      url = next ? `${this.url}${this.url.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(next)}` : null;
    }
    const same = pages.length === this.#pages.length && pages.every((page, n) => page === this.#pages[n]);
    this.#pages = pages;
    // The very same object where nothing changed, so that nothing is drawn anew.
    return same && this.reading.value.data !== undefined ? this.reading.value.data : joined<T>(pages);
  }

  #failed(failure: Failure): void {
    this.#failures += 1;
    const { heard, lost } = connection.value;
    if (gone(failure)) connection.value = { heard, lost: lost || Date.now() };
    const { data, at } = this.reading.value;
    // What was shown stays, but for what is no more or is not this person's to see.
    const kept = failure.passing || failure.status === 401;
    this.reading.value = { data: kept ? data : undefined, at: kept ? at : 0, failure };
    if (!kept) this.#pages = [];
  }

  /** Return ms to the next question: longer with each failure, and never the same for everybody. */
  #pause(): number {
    const every = Math.min(...this.#watchers.values());
    if (!this.#failures) return every;
    const longest = Math.min(LONGEST_PAUSE, Math.min(every, 5_000) * 2 ** (this.#failures - 1));
    return longest * (0.5 + Math.random() / 2);
  }
}

/** Whether the way to the API is broken, rather than one of its answers bad. */
export function gone(failure: Failure): boolean {
  return failure.status === 0 || failure.status === 502 || failure.status === 504;
}

async function asked(url: string, before: Page | undefined, signal: AbortSignal): Promise<Page> {
  const known = before?.url === url ? before : undefined;
  const headers: Record<string, string> = known?.tag ? { "if-none-match": known.tag } : {};
  const answer = await good(await request(url, { headers, signal }));
  if (answer.status === 304 && known) return known;
  return { url, tag: answer.headers.get("etag") ?? "", body: await answer.json() };
}

function joined<T>(pages: readonly Page[]): T {
  if (pages.length === 1) return pages[0]?.body as T;
  const items = pages.flatMap((page) => (page.body as { items: readonly unknown[] }).items);
  return { ...(pages.at(-1)?.body as object), items } as T;
}

const feeds = new Map<string, Feed<unknown>>();

/** Return the feed of a question: the same one for everybody who asks the same. */
export function feedOf<T>(url: string, whole = false): Feed<T> {
  const key = `${whole} ${url}`;
  const found = feeds.get(key) ?? new Feed<unknown>(url, whole);
  feeds.delete(key);
  feeds.set(key, found);
  for (const [old, one] of feeds) {
    if (feeds.size <= MOST_KEPT) break;
    if (!one.watched && old !== key) feeds.delete(old);
  }
  return found as Feed<T>;
}

/** Ask everything that is looked at now: something was changed, or the page is seen again. */
export function pokeAll(): void {
  for (const feed of feeds.values()) feed.poke();
}

onLeaving(() => {
  for (const feed of feeds.values()) feed.forget();
  feeds.clear();
});

globalThis.document?.addEventListener("visibilitychange", () => {
  if (!document.hidden) pokeAll();
});
globalThis.addEventListener?.("online", pokeAll);
