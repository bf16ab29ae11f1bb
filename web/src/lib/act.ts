/* Asking for a change: each with a key of its own, so that a request that is sent twice is done once. */
import { Failure } from "./failure.ts";
import { pokeAll } from "./feed.ts";
import { good, request } from "./http.ts";

/** Attempts of one and the same request while nobody answers. */
const ATTEMPTS = 3;
const PAUSE = 700;

export type Method = "POST" | "PUT" | "PATCH" | "DELETE";

/** Ask for a change and return the answer; throws a `Failure` whose message is one sentence. */
export async function act<T>(method: Method, url: string, body?: unknown): Promise<T> {
  const key = crypto.randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await good(await request(url, asking(method, key, body)));
      pokeAll();
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    } catch (error) {
      // The same key is the same request: asking again can do nothing twice.
      if (!(error instanceof Failure && error.passing) || attempt === ATTEMPTS) throw error;
      await new Promise((done) => setTimeout(done, PAUSE * attempt));
    }
  }
}

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
