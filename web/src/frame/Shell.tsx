import { useEffect, useRef, useState } from "preact/hooks";
import { path } from "../lib/router.ts";
import { pageAt } from "../pages/registry.ts";
import { Header } from "./Header.tsx";
import { Navigation } from "./Navigation.tsx";
import { PageView } from "./PageView.tsx";
import { Shortcuts } from "./Shortcuts.tsx";
import { Outage } from "./Connection.tsx";

/** What is around every page: the way past the navigation, the navigation, the state of things, and the page. */
export function Shell() {
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const page = pageAt(path.value);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${page?.title ?? "Not found"} · Tradewind`;
    setOpen(false);
    // Whoever goes on by keyboard or screen reader begins at the new page, as after a full load.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [page]);
  return (
    <div class={`shell ${open ? "open" : ""}`}>
      <a class="skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to the page
      </a>
      <Header open={open} onMenu={() => setOpen(!open)} />
      <Navigation here={page} onLeave={() => setOpen(false)} />
      <main id="main" ref={main} tabIndex={-1}>
        <Outage />
        <PageView key={page?.path} page={page} />
      </main>
      <Shortcuts />
    </div>
  );
}
