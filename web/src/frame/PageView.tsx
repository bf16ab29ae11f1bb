import type { FunctionComponent } from "preact";
import { useErrorBoundary, useEffect, useState } from "preact/hooks";
import { Skeleton } from "../components/Shown.tsx";
import type { PageEntry } from "../pages/registry.ts";

const loaded = new Map<PageEntry, FunctionComponent>();

/** Show a page: loaded when it is first looked at, and with a sentence where it cannot be shown. */
export function PageView({ page }: { readonly page: PageEntry | undefined }) {
  const [shown, setShown] = useState<FunctionComponent | undefined>(() => page && loaded.get(page));
  const [missing, setMissing] = useState(false);
  const [broken, mend] = useErrorBoundary((error: unknown) => console.error(error));
  useEffect(() => {
    if (page) brought(page).then((found) => setShown(() => found), () => setMissing(true));
  }, [page]);
  if (!page) return <Sorry title="There is no such page">Choose one from the navigation.</Sorry>;
  if (broken) return <Sorry title={`${page.title} cannot be shown`} retry={mend}>Something in it went wrong; the other pages are as they were.</Sorry>;
  if (missing) return <Sorry title={`${page.title} cannot be loaded`} retry={() => location.reload()}>The server did not answer, or the dashboard was renewed meanwhile.</Sorry>;
  const Page = shown;
  return (
    <>
      <h1 class="quiet-narrow">{page.title}</h1>
      {Page ? <Page /> : <Skeleton lines={8} />}
    </>
  );
}

async function brought(page: PageEntry): Promise<FunctionComponent> {
  const found = loaded.get(page) ?? (await page.load()).default;
  loaded.set(page, found);
  return found;
}

function Sorry({ title, children, retry }: { title: string; children: string; retry?: () => void }) {
  return (
    <div class="sorry">
      <h1>{title}</h1>
      <p>{children}</p>
      {retry ? (
        <button type="button" onClick={retry}>
          Try again
        </button>
      ) : null}
    </div>
  );
}
