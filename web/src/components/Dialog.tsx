import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Failure } from "../lib/failure.ts";
import { Problem } from "./Shown.tsx";
import { say } from "./Toasts.tsx";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A window before the page: the browser keeps the focus inside, Escape closes it, the focus returns where it was. */
export function Dialog({ title, onClose, children }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={box} class="dialog" aria-labelledby={id} onClose={onClose} onCancel={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  /** What will happen, so that nobody has to guess. */
  readonly children: ComponentChildren;
  /** What the button says: the verb itself, never "OK". */
  readonly verb: string;
  readonly danger?: boolean;
  /** Asks why; the reason is journaled and announced. */
  readonly reason?: string;
  /** What must be typed first, where something cannot be taken back. */
  readonly typed?: string;
  /** Whether something that is asked within is not right yet. */
  readonly blocked?: boolean;
  readonly act: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Ask before doing: what happens, why it is done, and one sentence if it could not be done. */
export function Confirm({ title, children, verb, danger = false, blocked = false, reason, typed, act, onClose }: ConfirmProps) {
  const [why, setWhy] = useState(reason ?? "");
  const [word, setWord] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const open = useRef(true);
  useEffect(
    () => () => {
      open.current = false;
    },
    [],
  );
  const ready = !busy && !blocked && (reason === undefined || why.trim() !== "") && (typed === undefined || word === typed);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setFailure("");
    try {
      await act(why.trim());
      onClose();
    } catch (error) {
      const what = error instanceof Failure ? error.message : "That did not work.";
      // Whoever has left the dialog meanwhile must hear of it all the same.
      if (!open.current) say(`${title}: ${what}`, "bad");
      setFailure(what);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} class="stack">
        <div>{children}</div>
        {reason === undefined ? null : (
          <label class="field">
            <span>Reason, for the journal</span>
            <input value={why} maxLength={200} required onInput={(event) => setWhy(event.currentTarget.value)} />
          </label>
        )}
        {typed === undefined ? null : (
          <label class="field">
            <span>
              Type <b>{typed}</b> to confirm
            </span>
            <input value={word} autocomplete="off" onInput={(event) => setWord(event.currentTarget.value)} />
          </label>
        )}
        {failure ? <Problem>{failure}</Problem> : null}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={!ready}>
            {busy ? "Asking…" : verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
