/* Asking for a change: each with a key of its own, so that a request that is sent twice is done once. */
import { Failure } from "./failure.ts";
import { pokeAll } from "./feed.ts";
import { good, request } from "./http.ts";
import { onLeaving } from "./session.ts";

/** Attempts of one and the same request while nobody answers. */
const ATTEMPTS = 3;
const PAUSE = 700;
const UNCLEAR = "Nobody answered, so it may have been done or not: look first. Asking just the same again within two minutes does nothing twice.";

export type Method = "POST" | "PUT" | "PATCH" | "DELETE";

/** Keys of what may have been done although nobody answered, by what was asked: asked again soon, it is the same request. */
const unanswered = new Map<string, { readonly key: string; readonly at: number }>();
/** After so long the same words are another wish: what is flattened now is not what was held then. */
const SOON = 120_000;

/** Ask for a change and return the answer; throws a `Failure` whose message is one sentence. */
export async function act<T>(method: Method, url: string, body?: unknown): Promise<T> {
  const what = `${method} ${url} ${JSON.stringify(body)}`;
  const before = unanswered.get(what);
  const key = before && Date.now() - before.at < SOON ? before.key : crypto.randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await good(await request(url, asking(method, key, body)));
      unanswered.delete(what);
      pokeAll();
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    } catch (error) {
      const unclear = error instanceof Failure && error.passing;
      if (unclear) unanswered.set(what, { key, at: Date.now() });
      else unanswered.delete(what);
      // The same key is the same request: asking again can do nothing twice.
      if (!unclear) throw error;
      if (attempt === ATTEMPTS) throw new Failure(error.status, UNCLEAR);
      await new Promise((done) => setTimeout(done, PAUSE * attempt));
    }
  }
}

onLeaving(() => unanswered.clear());

/** Ask a question that needs a body and changes nothing, as a preview. */
export async function inquire<T>(url: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const init = asking("POST", crypto.randomUUID(), body);
  const answer = await good(await request(url, signal ? { ...init, signal } : init));
  return (await answer.json()) as T;
}

function asking(method: Method, key: string, body: unknown): RequestInit {
  const headers: Record<string, string> = { "idempotency-key": key };
  if (body === undefined) return { method, headers };
  return { method, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
}
