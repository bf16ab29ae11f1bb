/* The page's colours as a canvas takes them: it knows nothing of custom properties, nor of light and dark. */

/** Lines of studies, from light and dark alike far enough. */
const LINES = {
  a: "light-dark(#1d5fb4, #7db5ff)",
  b: "light-dark(#b45309, #f2b84b)",
  c: "light-dark(#7c3aed, #b79bff)",
  d: "light-dark(#64748b, #8294a8)",
  e: "light-dark(#94a3b8, #5f7186)",
  f: "light-dark(#0f766e, #2dd4bf)",
} as const;

const TOKENS = ["surface", "text", "muted", "edge", "accent", "good", "bad", "warn", "info"] as const;

export type Colours = Readonly<Record<string, string>>;

/** Resolve every colour as it is now; ask again after the theme has changed. */
export function coloursOf(element: HTMLElement): Colours {
  const probe = document.createElement("span");
  element.append(probe);
  const resolved = (text: string) => {
    probe.style.color = text;
    return getComputedStyle(probe).color;
  };
  const found: Record<string, string> = {};
  for (const name of TOKENS) found[name] = resolved(`var(--${name})`);
  for (const [name, text] of Object.entries(LINES)) found[name] = resolved(text);
  probe.remove();
  return found;
}

/** A colour with so much of what is behind it shining through. */
export function faint(colour: string, opacity: number): string {
  return colour.replace(/^rgba?\(([^)]+)\)$/, (_, parts: string) => {
    const [red, green, blue] = parts.split(/[\s,/]+/);
    return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
  });
}
