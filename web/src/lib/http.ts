/* One request: with the token, renewed once where it was refused, and with a sentence where it failed. */
import { Failure, failureOf, unreachable } from "./failure.ts";
import { bearer, renew } from "./session.ts";

/** Longest wait for an answer; the API itself gives up after fifteen seconds. */
const PATIENCE = 20_000;

export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const first = await sent(url, init);
  if (first.status !== 401) return first;
  const renewed = await renew();
  return renewed ? sent(url, init) : first;
}

/** Return a good answer, or throw what went wrong. */
export async function good(answer: Response): Promise<Response> {
  if (answer.ok || answer.status === 304) return answer;
  throw await failureOf(answer);
}

async function sent(url: string, init: RequestInit): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE);
  const signal = init.signal ? AbortSignal.any([init.signal, patience]) : patience;
  try {
    return await fetch(url, {
      ...init,
      signal,
      credentials: "same-origin",
      // What is kept between requests is kept by `live.ts`, which knows whose it is.
      cache: "no-store",
      headers: { ...(init.headers as Record<string, string> | undefined), ...bearer() },
    });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw error instanceof Failure ? error : unreachable();
  }
}
