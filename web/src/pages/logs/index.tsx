import { useEffect, useRef, useState } from "preact/hooks";
import type { LogLine } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Badge, type Tone } from "../../components/Figures.tsx";
import { Field, Select } from "../../components/Form.tsx";
import { Empty, Problem, Skeleton } from "../../components/Shown.tsx";
import { Failure } from "../../lib/failure.ts";
import { counted, decimal, words } from "../../lib/format.ts";
import { good, request } from "../../lib/http.ts";
import { query, setQuery } from "../../lib/router.ts";
import { address } from "../../lib/wire.ts";
import "./logs.css";

const FUNCTIONS = [
  "fetch_bars", "evaluate_bars", "execute_orders", "publish_events", "send_alerts", "watch", "guard_stops", "report", "compact_bars",
  "archive_bars", "repair_bars", "refresh_universe", "backfill_bars", "reconcile", "http_api",
] as const;
const SPANS = [
  ["15", "15 minutes"],
  ["60", "An hour"],
  ["1440", "A day"],
] as const;
/** Lines kept, however many there are: the oldest leave first. */
const MOST = 1_000;
const EVERY = 4_000;
/** The same while there is more to read: as fast as the API's limits bear. */
const SOON = 1_000;
/** Pages turned before something is shown. */
const PAGES = 5;

/** The end of a function's log, followed as it grows. */
export default function Logs() {
  const function_ = FUNCTIONS.find((name) => name === query.value.get("function")) ?? "execute_orders";
  const minutes = SPANS.find(([value]) => value === query.value.get("minutes"))?.[0] ?? "60";
  const filter = query.value.get("words") ?? "";
  const [typed, setTyped] = useState(filter);
  const [paused, setPaused] = useState(false);
  const tail = useTail(function_, filter, Number(minutes), paused);
  return (
    <Card
      title="Log"
      aside={
        <>
          {tail.more ? <Badge tone="info">reading on, later lines are on their way</Badge> : null}
          {tail.dropped ? <Badge tone="warn">the last {decimal(MOST)} lines</Badge> : counted(tail.lines.length, "line")}
          <button aria-pressed={paused} onClick={() => setPaused(!paused)}>
            {paused ? "Follow" : "Pause"}
          </button>
        </>
      }
    >
      <form
        class="logs-ask"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery({ words: typed.trim() || null });
        }}
      >
        <Select label="Function" value={function_} options={FUNCTIONS.map((name): [string, string] => [name, words(name)])} onChange={(value) => setQuery({ function: value })} />
        <Select label="Since" value={minutes} options={SPANS} onChange={(value) => setQuery({ minutes: value })} />
        <Field label="With the words" type="search" value={typed} onInput={setTyped} hint="Enter looks for them" />
      </form>
      {tail.failure ? <Problem>{tail.failure}</Problem> : null}
      <Lines of={tail} />
    </Card>
  );
}

interface Tail {
  readonly lines: readonly LogLine[];
  readonly dropped: boolean;
  /** Whether the log goes on after what was read so far. */
  readonly more: boolean;
  readonly ready: boolean;
  readonly failure: string;
}

const NOTHING: Tail = { lines: [], dropped: false, more: false, ready: false, failure: "" };

/** Follow a log: first what is there, then every few seconds what came after it. */
function useTail(function_: string, words_: string, minutes: number, paused: boolean): Tail {
  const [tail, setTail] = useState<Tail>(NOTHING);
  const halted = useRef(paused);
  halted.current = paused;
  useEffect(() => {
    const call = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = Date.now() - minutes * 60_000;
    let cursor: string | null = null;
    let last = from - 1;
    setTail(NOTHING);
    const turn = async () => {
      try {
        for (let page = 0; page < PAGES && !halted.current && !document.hidden; page += 1) {
          const asked = address("/api/monitor/logs", { function: function_, words: words_, from, limit: 200, cursor });
          const answer = (await (await good(await request(asked, { signal: call.signal }))).json()) as { items: LogLine[]; next: string | null };
          setTail((before) => added(before, answer.items, answer.next !== null));
          cursor = answer.next;
          last = Math.max(last, answer.items.at(-1)?.ts ?? last);
          if (cursor) continue;
          from = last + 1;
          break;
        }
      } catch (error) {
        if (call.signal.aborted) return;
        // The same page again; where it is none any more, what comes after the last line: no line is shown twice.
        if (!(error instanceof Failure && error.passing)) [cursor, from] = [null, last + 1];
        setTail((before) => ({ ...before, ready: true, failure: error instanceof Failure ? error.message : "The log cannot be read." }));
      }
      timer = setTimeout(() => void turn(), cursor && !halted.current ? SOON : EVERY);
    };
    void turn();
    return () => {
      call.abort();
      clearTimeout(timer);
    };
  }, [function_, words_, minutes]);
  return tail;
}

function added(before: Tail, lines: readonly LogLine[], more: boolean): Tail {
  const every = [...before.lines, ...lines];
  return { lines: every.slice(-MOST), dropped: before.dropped || every.length > MOST, more, ready: true, failure: "" };
}

function Lines({ of }: { readonly of: Tail }) {
  const box = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [of.lines]);
  if (!of.ready) return <Skeleton lines={8} />;
  if (of.lines.length === 0) return <Empty>Nothing was logged in this time. Choose a longer one, or another function.</Empty>;
  return (
    <ol
      ref={box}
      class="logs"
      tabIndex={0}
      aria-label="Log lines, the latest last"
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {of.lines.map((line, n) => (
        <Line key={`${line.ts} ${n}`} of={line} />
      ))}
    </ol>
  );
}

const TONES: Readonly<Record<string, Tone>> = { ERROR: "bad", CRITICAL: "bad", WARNING: "warn" };

function Line({ of }: { readonly of: LogLine }) {
  const row = parsed(of.text);
  return (
    <li class={TONES[row.level] ?? ""}>
      <time dateTime={new Date(of.ts).toISOString()}>{new Date(of.ts).toISOString().slice(11, 23)}</time>
      {row.level ? <b>{row.level}</b> : null} <span>{row.message}</span> {row.rest ? <small>{row.rest}</small> : null}
    </li>
  );
}

/** Read a line of the structured logger; any other line is shown as it is. */
function parsed(text: string): { level: string; message: string; rest: string } {
  try {
    const { level = "", message = "", ...more } = JSON.parse(text) as Record<string, unknown>;
    const hidden = new Set(["location", "timestamp", "service", "cold_start", "function_name", "function_memory_size", "function_arn"]);
    const rest = Object.entries(more).filter(([name]) => !hidden.has(name));
    const told = rest.map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
    return { level: String(level), message: typeof message === "string" ? message : JSON.stringify(message), rest: told.join(" ") };
  } catch {
    return { level: "", message: text, rest: "" };
  }
}
