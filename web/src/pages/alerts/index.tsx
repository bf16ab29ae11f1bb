import { useState } from "preact/hooks";
import type { AlertDocument, ChannelDocument, DeliveryDocument } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Confirm } from "../../components/Dialog.tsx";
import { Badge, type Tone } from "../../components/Figures.tsx";
import { Segments, Select } from "../../components/Form.tsx";
import { Empty, Shown } from "../../components/Shown.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { say } from "../../components/Toasts.tsx";
import { account } from "../../lib/account.ts";
import { act } from "../../lib/act.ts";
import { decimal, moment, symbolOf, words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { query, setQuery } from "../../lib/router.ts";
import { may } from "../../lib/session.ts";

const SEVERITIES = [
  ["INFO", "All"],
  ["WARNING", "Warnings"],
  ["CRITICAL", "Critical"],
] as const;
const TONES: Readonly<Record<string, Tone>> = { INFO: "info", WARNING: "warn", CRITICAL: "bad" };

/** What was announced, to whom, and whether every channel works. */
export default function Alerts() {
  const channels = useLive("/api/alerts/channels", {});
  const [testing, setTesting] = useState<string | null>(null);
  const all = may("admin") && (channels.data?.items.length ?? 0) > 0;
  return (
    <div class="cards">
      <Card title="Channels" span="all" aside={all ? <button onClick={() => setTesting("")}>Test all</button> : undefined}>
        <Shown of={channels}>
          {(page) =>
            page.items.length ? (
              <Table caption="Channels, what each wants, and what it holds back" columns={columns(setTesting)} rows={page.items} rowKey={(row) => row.channel} empty="" />
            ) : (
              <Empty>
                Nobody is told of anything yet. Add <code>emails</code>, or a <code>[[alerts.channels]]</code> table, to <code>config/ENV.toml</code> and deploy; docs/alerts-and-reports.md shows
                each kind.
              </Empty>
            )
          }
        </Shown>
      </Card>
      <History />
      <Deliveries />
      {testing === null ? null : (
        <Confirm title={testing ? `Test ${testing}` : "Test every channel"} verb="Send the test" act={(_) => test(testing)} onClose={() => setTesting(null)}>
          <p>A test goes the way of every alert, past quiet hours and limits. What became of it stands under “Sent lately” within a minute.</p>
        </Confirm>
      )}
    </div>
  );
}

async function test(channel: string): Promise<void> {
  await act("POST", "/api/alerts/test", { channel });
  say(channel ? `A test is on its way to ${channel}.` : "A test is on its way to every channel.", "good");
}

function columns(test: (channel: string) => void): readonly Column<ChannelDocument>[] {
  return [
    { title: "Channel", by: (row) => row.channel, cell: (row) => row.channel },
    { title: "Kind", by: (row) => row.kind, cell: (row) => row.kind },
    { title: "From", cell: (row) => <Badge tone={TONES[row.severity] ?? "plain"}>{row.severity.toLowerCase()}</Badge> },
    { title: "Topics", minor: true, cell: (row) => row.topics.join(", ") || "all" },
    { title: "Quiet", minor: true, cell: (row) => (row.quiet ? `${row.quiet} ${row.zone}` : "never") },
    { title: "In an hour", number: true, cell: (row) => (row.hourly ? `${row.sent_lately} of ${row.hourly}` : decimal(row.sent_lately)) },
    { title: "Held back", number: true, cell: (row) => (row.held ? <Badge tone="warn">{row.held}</Badge> : "–") },
    {
      title: "",
      cell: (row) =>
        may("admin") ? (
          <button onClick={() => test(row.channel)} aria-label={`Test ${row.channel}`}>
            Test
          </button>
        ) : null,
    },
  ];
}

const ALERTS: readonly Column<AlertDocument>[] = [
  { title: "When", cell: (row) => <span class="nowrap">{moment(row.ts)}</span> },
  { title: "Severity", cell: (row) => <Badge tone={TONES[row.severity] ?? "plain"}>{row.severity.toLowerCase()}</Badge> },
  { title: "What", cell: (row) => words(row.kind) },
  { title: "Instrument", minor: true, cell: (row) => (row.instrument ? symbolOf(row.instrument) : "–") },
  { title: "Text", cell: (row) => row.text },
];

function History() {
  const severity = SEVERITIES.find(([value]) => value === query.value.get("severity"))?.[0] ?? "INFO";
  const journal = query.value.get("journal") === "system" ? "system" : "";
  const alerts = useLive("/api/alerts", { journal: journal || account.value, severity, limit: 100 });
  const aside = (
    <>
      <Select
        label="Of"
        quiet
        value={journal}
        options={[
          ["", "The account"],
          ["system", "The system"],
        ]}
        onChange={(value) => setQuery({ journal: value || null })}
      />
      <Segments label="Severity" value={severity} options={SEVERITIES} onChange={(value) => setQuery({ severity: value === "INFO" ? null : value })} />
    </>
  );
  return (
    <Card title="History" span="all" aside={aside}>
      <Shown of={alerts} lines={8}>
        {(page) => (
          <Table
            caption="What was announced, newest first"
            columns={ALERTS}
            rows={page.items}
            rowKey={(row) => row.id}
            empty={severity === "INFO" ? "Nothing has happened yet that anybody would be told of." : "Nothing as serious as that has happened."}
            height="32rem"
          />
        )}
      </Shown>
    </Card>
  );
}

const DELIVERIES: readonly Column<DeliveryDocument>[] = [
  { title: "Event", cell: (row) => <span class="nowrap">{moment(row.ts)}</span> },
  { title: "Topic", cell: (row) => row.topic },
  { title: "Text", cell: (row) => row.text },
  { title: "Channels", cell: (row) => <Outcomes of={row.outcomes} /> },
];

function Outcomes({ of }: { readonly of: Readonly<Record<string, string>> }) {
  const rows = Object.entries(of);
  if (rows.length === 0) return <span class="muted">nobody wanted it</span>;
  return (
    <>
      {rows.map(([name, outcome]) => (
        <span key={name}>
          {name} <Badge tone={outcome === "sent" ? "good" : outcome.startsWith("failed") ? "bad" : "plain"}>{outcome}</Badge>{" "}
        </span>
      ))}
    </>
  );
}

function Deliveries() {
  const deliveries = useLive("/api/alerts/deliveries", { limit: 30 });
  return (
    <Card title="Sent lately" span="all" aside="and what became of it">
      <Shown of={deliveries} lines={4}>
        {(page) => (
          <Table caption="What was sent lately, and what became of it on each channel" columns={DELIVERIES} rows={page.items} rowKey={(row) => `${row.ts} ${row.id}`} empty="Nothing was sent in the last ninety days." height="24rem" />
        )}
      </Shown>
    </Card>
  );
}
