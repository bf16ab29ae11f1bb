import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { ConnectionDocument } from "../../generated/api.ts";
import { Ago, Badge } from "../../components/Figures.tsx";
import { Problem } from "../../components/Shown.tsx";
import { act } from "../../lib/act.ts";
import { facts } from "../../lib/connection.ts";
import { Failure } from "../../lib/failure.ts";
import { may, onLeaving } from "../../lib/session.ts";

/** What the last tests showed, by account: it stays with its age while other pages are looked at. */
const tested = signal<Readonly<Record<string, ConnectionDocument>>>({});
onLeaving(() => {
  tested.value = {};
});

/** Test whether an account's venue lets us in, and what its key may do. */
export function Connection({ account }: { readonly account: string }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const last = tested.value[account];
  const ask = async () => {
    if (busy) return;
    setBusy(true);
    setFailure("");
    try {
      const answer = await act<ConnectionDocument>("POST", `/api/accounts/${encodeURIComponent(account)}/test`);
      tested.value = { ...tested.value, [account]: answer };
    } catch (error) {
      setFailure(error instanceof Failure ? error.message : "That did not work.");
    }
    setBusy(false);
  };
  if (!may("trader")) return <p class="muted">To test the connection you need the role trader.</p>;
  return (
    <>
      <p>
        {/* Not disabled while it asks: whoever came by keyboard stays where they are. */}
        <button onClick={ask} aria-disabled={busy} aria-label={`Test connection of ${account}`}>
          {busy ? "Asking the venue…" : "Test connection"}
        </button>
      </p>
      <div role="status">{last ? <Answer of={last} /> : null}</div>
      {failure ? <Problem>{failure}</Problem> : null}
    </>
  );
}

function Answer({ of }: { readonly of: ConnectionDocument }) {
  return (
    <ul class="facts" aria-label="What the test showed">
      {facts(of).map((one) => (
        <li key={one.name}>
          <span>{one.name}</span>
          <span>{one.feel === "plain" ? one.text : <Badge tone={one.feel}>{one.text}</Badge>}</span>
        </li>
      ))}
      {of.failure ? (
        <li>
          <span>Because</span>
          <span>{of.failure}</span>
        </li>
      ) : null}
      <li>
        <span>Tested</span>
        {/* A second more is nothing to be read out. */}
        <span aria-live="off">
          <Ago at={of.ts} />
        </span>
      </li>
    </ul>
  );
}
