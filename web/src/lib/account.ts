/* Which account is looked at; remembered in the address, so that a link shows the same. */
import { computed } from "@preact/signals";
import { query, setQuery } from "./router.ts";

/** The chosen account's name; undefined for the first one there is. */
export const account = computed<string | undefined>(() => query.value.get("account") ?? undefined);

export function chooseAccount(name: string): void {
  setQuery({ account: name });
}

/** Return a link within the dashboard that keeps the account. */
export function linked(to: string, question: Readonly<Record<string, string>> = {}): string {
  const asked = new URLSearchParams({ ...(account.value ? { account: account.value } : {}), ...question });
  const text = asked.toString();
  return text ? `${to}?${text}` : to;
}
