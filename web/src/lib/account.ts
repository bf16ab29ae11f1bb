/* Which account is looked at; remembered in the address, so that a link shows the same. */
import { computed, signal } from "@preact/signals";
import { query, setQuery } from "./router.ts";

/** The first account where there are several: without a name the API would tell of all of them, and flatten them all. */
const first = signal<string | undefined>(undefined);

/** The name of the account that is looked at; undefined where there is but one. */
export const account = computed<string | undefined>(() => query.value.get("account") ?? first.value);

/** Say which accounts there are. */
export function knowAccounts(names: readonly string[]): void {
  first.value = names.length > 1 ? names[0] : undefined;
}

export function chooseAccount(name: string): void {
  setQuery({ account: name });
}

/** Return a link within the dashboard that keeps the account. */
export function linked(to: string, question: Readonly<Record<string, string>> = {}): string {
  const asked = new URLSearchParams({ ...(account.value ? { account: account.value } : {}), ...question });
  const text = asked.toString();
  return text ? `${to}?${text}` : to;
}
