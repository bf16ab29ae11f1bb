import { Icon } from "../components/Icon.tsx";
import { linked } from "../lib/account.ts";
import { PAGES, type PageEntry, addressOf } from "../pages/registry.ts";

const GROUPS = ["Trade", "Understand", "Operate"] as const;

export function Navigation({ here, onLeave }: { readonly here: PageEntry | undefined; readonly onLeave: () => void }) {
  return (
    <nav id="navigation" class="navigation" aria-label="Pages" onKeyDown={(event) => event.key === "Escape" && onLeave()}>
      {GROUPS.filter((group) => PAGES.some((page) => page.group === group)).map((group) => (
        <div key={group}>
          <h2>{group}</h2>
          <ul>
            {PAGES.filter((page) => page.group === group).map((page) => (
              <li key={page.path}>
                <a href={linked(addressOf(page))} aria-current={page === here ? "page" : undefined} onClick={onLeave}>
                  <Icon name={page.icon} />
                  {page.title}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
