/* What is asked for is done once, however often somebody presses the button while nobody answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { act } from "../src/lib/act.ts";
import { Failure } from "../src/lib/failure.ts";

type Reply = () => Response;

/** Let requests be answered in turn, the last answer for ever; returns the keys that they showed. */
function answering(...replies: Reply[]): string[] {
  const keys: string[] = [];
  globalThis.fetch = (_, init) => {
    keys.push(new Headers(init?.headers).get("idempotency-key") ?? "");
    return Promise.resolve().then(replies[Math.min(keys.length, replies.length) - 1] as Reply);
  };
  return keys;
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => () => new Response(JSON.stringify(body), { status, headers });
const taken = json(202, { key: "k", messages: [] });
const atWork = json(409, { detail: "this very request is at work: ask again in a moment" }, { "retry-after": "1" });
const lost = () => {
  throw new TypeError("Failed to fetch");
};
const buy = (quantity: string) => act("POST", "/api/manual-trade", { quantity });

for (const [what, reply] of [["nobody answers", lost], ["the same is at work", atWork]] as const) {
  test(`an order that is sent again after ${what} is the same order`, async () => {
    const keys = answering(reply, reply, reply, taken);

    await assert.rejects(buy("2"), (error) => error instanceof Failure && error.message.startsWith("Nobody answered, so it may have been done or not"));
    await buy("2");

    assert.equal(new Set(keys).size, 1);
  });
}

test("what was answered is over: the same order again is another one", async () => {
  const keys = answering(taken, taken, json(409, { detail: "nothing is held" }), taken);

  await buy("2");
  await buy("2");
  await assert.rejects(buy("2"), /Nothing is held/);
  await buy("2");

  assert.equal(new Set(keys).size, 4);
});

test("much later the same words are another wish", async (t) => {
  const keys = answering(lost, lost, lost, taken);
  const now = Date.now();

  await assert.rejects(buy("5"));
  t.mock.method(Date, "now", () => now + 150_000);
  await buy("5");

  assert.equal(new Set(keys).size, 2);
});

test("another order has a key of its own, whatever became of the first", async () => {
  const keys = answering(lost, lost, lost, taken);

  await assert.rejects(buy("3"));
  await buy("4");

  assert.equal(new Set(keys).size, 2);
});
