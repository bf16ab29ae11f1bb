/* Where one is: the address bar is the only truth, links are plain links. */
import { computed, signal } from "@preact/signals";

const here = signal(new URL("http://localhost/"));

/** The path, as `/dashboard/chart`. */
export const path = computed(() => here.value.pathname.replace(/(.)\/+$/, "$1"));

/** The query, as `?symbol=AAPL.US` has it. */
export const query = computed(() => here.value.searchParams);

/** Go somewhere of this dashboard. `replace` leaves no step behind for the browser's Back. */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  const url = new URL(to, location.href);
  if (url.href === location.href) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  here.value = url;
}

/** Change the query of the page one is on: what is chosen survives a reload, and can be sent to somebody. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  navigate(url.href, { replace: true });
}

/** Return where to go after the login: a path of this dashboard, never another site's. */
export function wayBack(next: string | null): string {
  return next !== null && /^\/dashboard(?![^/?])/.test(next) ? next : "/dashboard";
}

export function startRouting(): void {
  here.value = new URL(location.href);
  addEventListener("popstate", () => {
    here.value = new URL(location.href);
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("a");
    if (!link || event.defaultPrevented || event.button !== 0 || !isOurs(link, event)) return;
    event.preventDefault();
    navigate(link.href);
  });
}

function isOurs(link: HTMLAnchorElement, event: MouseEvent): boolean {
  const held = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  const plain = !link.target && !link.hasAttribute("download") && link.origin === location.origin;
  return !held && plain && !link.hash && !link.pathname.startsWith("/api/");
}
