import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../components/Dialog.tsx";
import { linked } from "../lib/account.ts";
import { navigate } from "../lib/router.ts";
import { PAGES, addressOf } from "../pages/registry.ts";

/** How long the key after `g` may take. */
const PATIENCE = 1_500;

/** `g` and a letter lead to a page, `?` shows which; never while somebody types or a dialog is open. */
export function Shortcuts() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    let begun = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const page = Date.now() - begun < PATIENCE ? PAGES.find((one) => one.key === event.key) : undefined;
      begun = event.key === "g" ? Date.now() : 0;
      if (page) navigate(linked(addressOf(page)));
      else if (event.key === "?") setShown(true);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  if (!shown) return null;
  return (
    <Dialog title="Keys" onClose={() => setShown(false)}>
      <dl class="keys">
        {PAGES.map((page) => (
          <div key={page.path}>
            <dt>
              <kbd>g</kbd> <kbd>{page.key}</kbd>
            </dt>
            <dd>{page.title}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>These keys</dd>
        </div>
      </dl>
      <form method="dialog" class="buttons">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}
