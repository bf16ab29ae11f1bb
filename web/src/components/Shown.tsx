import type { ComponentChildren } from "preact";
import { type Reading, useNow } from "../lib/live.ts";
import { span } from "../lib/format.ts";

interface Props<T> {
  readonly of: Reading<T>;
  /** How to show an answer. */
  readonly children: (data: T) => ComponentChildren;
  /** Lines that the answer will have about, so that the page does not jump. */
  readonly lines?: number;
}

/** Show a reading whatever state it is in: on its way, there, stale with its age, or failed with the reason. */
export function Shown<T>({ of, children, lines = 3 }: Props<T>) {
  if (of.data !== undefined) {
    return (
      <>
        {of.failure ? <Stale of={of} /> : null}
        {children(of.data)}
      </>
    );
  }
  if (of.failure) return <Problem>{of.failure.message}</Problem>;
  return <Skeleton lines={lines} />;
}

/** That what is shown is old, how old, and why. */
export function Stale({ of }: { readonly of: Reading<unknown> }) {
  const now = useNow();
  return (
    <p class="stale" role="status">
      <strong>As of {span(now - of.at)} ago.</strong> {of.failure?.message}
    </p>
  );
}

/** How long ago it was asked for, of what is asked for less often than the rest. */
export function Asked({ of, children }: { readonly of: Reading<unknown>; readonly children: ComponentChildren }) {
  const now = useNow();
  return (
    <span>
      {children}
      {of.at ? `; asked ${span(now - of.at)} ago` : ""}
    </span>
  );
}

/** One sentence on what went wrong. */
export function Problem({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="problem" role="alert">
      {children}
    </p>
  );
}

/** That there is nothing to show, and why that may be. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Room for what is on its way. */
export function Skeleton({ lines }: { readonly lines: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="quiet">Loading</span>
      {Array.from({ length: lines }, (_, n) => (
        <i key={n} />
      ))}
    </div>
  );
}
