import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Props {
  readonly title: string;
  /** What stands at the title's right: a filter, a button, a count. */
  readonly aside?: ComponentChildren;
  /** How many columns of the page's grid it takes; `all` takes every one. */
  readonly span?: 1 | 2 | 3 | "all";
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A part of a page with a title: a region that a screen reader can jump to. */
export function Card({ title, aside, span = 1, class: name = "", children }: Props) {
  const id = useId();
  return (
    <section class={`card span-${span} ${name}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {aside ? <div class="card-aside">{aside}</div> : null}
      </header>
      <div class="card-body">{children}</div>
    </section>
  );
}
