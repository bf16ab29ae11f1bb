/* Types of the API, out of its own OpenAPI document: a path that does not exist does not compile. */
import type { paths } from "../generated/api.ts";

type Get = { [P in keyof paths]: paths[P] extends { get: { responses: { 200: unknown } } } ? P : never }[keyof paths];

/** Every path that can be read. */
export type ReadPath = Get;

type Operation<P extends Get> = paths[P] extends { get: infer G } ? G : never;

/** What a path answers with. */
export type Answer<P extends Get> =
  Operation<P> extends { responses: { 200: { content: { "application/json": infer A } } } } ? A : never;

type Parameters<P extends Get, In extends "query" | "path"> =
  Operation<P> extends { parameters: infer Q } ? (In extends keyof Q ? Known<NonNullable<Q[In]>> : Known<never>) : Known<never>;

// A path that takes nothing says `never` in the document's types; of that nothing could be asked at all.
type Known<T> = [T] extends [never] ? Readonly<Record<never, never>> : T;

/** What a path may be asked: its query, and what stands in braces. */
export type Question<P extends Get> = { readonly [K in keyof Parameters<P, "query">]?: Parameters<P, "query">[K] | undefined } & Parameters<P, "path">;

export type Value = string | number | boolean | null | undefined;

/** Return the address of a question; what is undefined, null or empty is left out. */
export function address(path: string, question: Readonly<Record<string, Value>> = {}): string {
  const inside = new Set<string>();
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    inside.add(name);
    return encodeURIComponent(String(question[name] ?? ""));
  });
  const rest = Object.entries(question)
    .filter(([name, value]) => !inside.has(name) && value !== undefined && value !== null && value !== "")
    .map(([name, value]): [string, string] => [name, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return rest.length ? `${filled}?${new URLSearchParams(rest).toString()}` : filled;
}
