/* What is shown stays true: nothing is drawn anew that has not changed, and what was seen outlasts an outage. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed, connection } from "../src/lib/feed.ts";

type Reply = () => Response;

/** Let requests be answered in turn, the last answer for ever; returns what was asked. */
function answering(...replies: Reply[]): Request[] {
  const asked: Request[] = [];
  globalThis.fetch = (url, init) => {
    asked.push(new Request(new URL(String(url), "http://here"), init));
    const reply = replies[Math.min(asked.length, replies.length) - 1] as Reply;
    return Promise.resolve().then(reply);
  };
  return asked;
}

const told = (body: unknown, tag: string) => () => new Response(JSON.stringify(body), { status: 200, headers: { etag: tag, "content-type": "application/json" } });
const same = () => new Response(null, { status: 304 });
const lost = () => {
  throw new TypeError("Failed to fetch");
};

async function until(met: () => boolean): Promise<void> {
  for (let tries = 0; !met(); tries += 1) {
    assert.ok(tries < 400, "it never came");
    await new Promise((done) => setTimeout(done, 5));
  }
}

test("what has not changed is asked for by its tag and stays the very same", async () => {
  const asked = answering(told({ equity: "1" }, '"a"'), same);
  const feed = new Feed<{ equity: string }>("/api/account", false);
  const leave = feed.watch(5);
  await until(() => feed.reading.value.data !== undefined);
  const { data, at } = feed.reading.value;
  await until(() => asked.length > 2 && feed.reading.value.at > at);
  leave();

  assert.equal(feed.reading.value.data, data);
  assert.equal(asked[1]?.headers.get("if-none-match"), '"a"');
});

test("an outage keeps what was seen with its age, and ends by itself", async () => {
  answering(told({ equity: "1" }, '"a"'), lost, lost, told({ equity: "2" }, '"b"'));
  const feed = new Feed<{ equity: string }>("/api/account", false);
  const leave = feed.watch(5);
  await until(() => feed.reading.value.failure !== null);
  const { data, at } = feed.reading.value;
  assert.deepEqual(data, { equity: "1" });
  assert.ok(at > 0);
  assert.ok(connection.value.lost > 0);
  await until(() => feed.reading.value.failure === null);
  leave();

  assert.deepEqual(feed.reading.value.data, { equity: "2" });
  assert.equal(connection.value.lost, 0);
});

test("whoever may not see it any more sees nothing of it", async () => {
  answering(told({ equity: "1" }, '"a"'), () => new Response(JSON.stringify({ detail: "This needs the role admin." }), { status: 403, headers: { "content-type": "application/problem+json" } }));
  const feed = new Feed<{ equity: string }>("/api/audit", false);
  const leave = feed.watch(5);
  await until(() => feed.reading.value.failure !== null);
  leave();

  assert.equal(feed.reading.value.data, undefined);
});

test("a list is turned to its end, page by page", async () => {
  const asked = answering(told({ items: [1, 2], next: "c" }, '"a"'), told({ items: [3], next: null }, '"b"'));
  const feed = new Feed<{ items: number[] }>("/api/symbols?limit=2", true);
  const leave = feed.watch(60_000);
  await until(() => feed.reading.value.data !== undefined);
  leave();

  assert.deepEqual(feed.reading.value.data?.items, [1, 2, 3]);
  assert.ok(asked[1]?.url.endsWith("/api/symbols?limit=2&cursor=c"));
});
