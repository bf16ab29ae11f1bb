/* Who is logged in. The access token lives in this module's memory and nowhere else; the refresh token is in a cookie
   that no script can read, so a reload asks for the next access token and nothing is ever stored. */
import { computed, signal } from "@preact/signals";
import type { Session } from "../generated/api.ts";
import { Failure, failureOf, unreachable } from "./failure.ts";

export type Role = "viewer" | "trader" | "admin";

export interface Person {
  readonly name: string;
  readonly role: Role | "";
}

/** `unknown` until the first answer; `out` sends whoever looks to the login. */
export type Standing = { readonly is: "unknown" } | { readonly is: "out" } | ({ readonly is: "in" } & Person);

export interface Asked {
  readonly challenge: string;
  readonly session: string;
}

const RANKS: readonly string[] = ["viewer", "trader", "admin"];
/** Seconds before its end at which the next token is asked for. */
const AHEAD = 60;
/** Kept from logging out until the API has heard of it: the next page says it again before it asks for anything. */
const LEAVING = "tradewind-leaving";

export const standing = signal<Standing>({ is: "unknown" });
/** Why the session could not be had yet, while it is `unknown`. */
export const trouble = signal<Failure | null>(null);
export const person = computed<Person | null>(() => (standing.value.is === "in" ? standing.value : null));

let token = "";
let renewal: ReturnType<typeof setTimeout> | undefined;
let underway: Promise<boolean> | null = null;
const leaving = new Set<() => void>();

/** Whether the person may do what a role may. */
export function may(role: Role): boolean {
  return RANKS.indexOf(person.value?.role ?? "") >= RANKS.indexOf(role);
}

/** Call this when nobody is logged in any more: what was shown is not for the next person. */
export function onLeaving(forget: () => void): void {
  leaving.add(forget);
}

/** Return what a request shows. */
export function bearer(): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** Find out whether the browser has a session; without an answer, ask again until there is one. */
export async function startSession(): Promise<void> {
  for (let wait = 1000; standing.value.is === "unknown"; wait = Math.min(wait * 2, 15_000)) {
    try {
      if (localStorage.getItem(LEAVING)) await end();
      else await renew();
    } catch (error) {
      trouble.value = error instanceof Failure ? error : unreachable();
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random() / 2)));
    }
  }
  trouble.value = null;
}

/** Get the next access token; false if the session has ended. Everybody who asks meanwhile shares the answer. */
export function renew(): Promise<boolean> {
  underway ??= asked("PUT")
    .then((answer) => entered(answer))
    .catch((error: unknown) => {
      if (error instanceof Failure && error.status === 401) return left();
      throw error;
    })
    .finally(() => {
      underway = null;
    });
  return underway;
}

/** Log in, or answer what is still asked; returns what is asked next, or null when one is in. */
export async function login(name: string, password: string, open: Asked | null): Promise<Asked | null> {
  const answer = await asked("POST", { name, password, ...(open ?? {}) });
  localStorage.removeItem(LEAVING);
  if (answer.challenge) return { challenge: answer.challenge, session: answer.session ?? "" };
  entered(answer);
  return null;
}

/** Leave: here at once, and at the API as soon as it answers, be it to the next page. */
export async function logout(): Promise<void> {
  left();
  localStorage.setItem(LEAVING, "1");
  await end().catch(() => undefined);
}

async function end(): Promise<void> {
  // It outlives the page: whoever logs out and closes the tab is out.
  const answer = await fetch("/api/session", { method: "DELETE", credentials: "same-origin", keepalive: true }).catch(() => null);
  if (!answer || answer.status >= 500) throw unreachable();
  localStorage.removeItem(LEAVING);
  left();
}

function entered(answer: Session): boolean {
  token = answer.access_token ?? "";
  standing.value = { is: "in", name: answer.name ?? "", role: (answer.role ?? "") as Role | "" };
  clearTimeout(renewal);
  const seconds = Math.max(5, (answer.expires_in ?? 0) - AHEAD);
  // Without an answer nothing is lost: the next request finds its token refused and asks again.
  renewal = setTimeout(() => void renew().catch(() => undefined), seconds * 1000);
  return true;
}

function left(): boolean {
  token = "";
  clearTimeout(renewal);
  standing.value = { is: "out" };
  for (const forget of leaving) forget();
  return false;
}

async function asked(method: string, body?: unknown): Promise<Session> {
  const init: RequestInit = { method, credentials: "same-origin" };
  if (body !== undefined) Object.assign(init, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const answer = await fetch("/api/session", init).catch(() => {
    throw unreachable();
  });
  if (!answer.ok) throw await failureOf(answer);
  return (await answer.json()) as Session;
}
