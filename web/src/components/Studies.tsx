import type { ComponentChildren } from "preact";
import type { StudyRow } from "../generated/api.ts";
import { linked } from "../lib/account.ts";
import { moment } from "../lib/format.ts";
import { useLive } from "../lib/live.ts";
import { query } from "../lib/router.ts";
import { Card } from "./Card.tsx";
import { Empty, Shown } from "./Shown.tsx";
import { type Column, Table } from "./Table.tsx";

type Shelf = "backtests" | "research";

interface Props {
  readonly shelf: Shelf;
  readonly title: string;
  readonly caption: string;
  /** What follows name and time of each. */
  readonly columns: readonly Column<StudyRow>[];
  /** What to say, and to do, where there is none. */
  readonly none: ComponentChildren;
  /** Shows one of them whole. */
  readonly children: (name: string, summary: unknown) => ComponentChildren;
}

/** What was published from a laptop, newest first, and the chosen one whole. */
export function Studies({ shelf, title, caption, columns, none, children }: Props) {
  const list = useLive(`/api/${shelf}`, { limit: 200 });
  const chosen = query.value.get("name") ?? list.data?.items[0]?.name;
  const every: readonly Column<StudyRow>[] = [
    { title: "Name", by: (row) => row.name, cell: (row) => <a href={linked(`/dashboard/${shelf}`, { name: row.name })}>{row.name}</a> },
    { title: "Published", by: (row) => row.ts, cell: (row) => <span class="nowrap">{moment(row.ts)}</span> },
    ...columns,
  ];
  return (
    <div class="cards">
      <Card title={title} span="all">
        <Shown of={list} lines={4}>
          {(page) =>
            page.items.length ? (
              <Table caption={caption} columns={every} rows={page.items} rowKey={(row) => row.name} empty="" height="16rem" rowClass={(row) => (row.name === chosen ? "chosen" : "")} />
            ) : (
              <Empty>{none}</Empty>
            )
          }
        </Shown>
      </Card>
      {chosen ? <Whole shelf={shelf} name={chosen} show={children} /> : null}
    </div>
  );
}

function Whole({ shelf, name, show }: { readonly shelf: Shelf; readonly name: string; readonly show: Props["children"] }) {
  const study = useLive(`/api/${shelf}/{name}`, { name });
  if (study.data !== undefined) return <>{show(name, study.data.summary)}</>;
  return (
    <Card title={name} span="all">
      <Shown of={study} lines={10}>
        {() => null}
      </Shown>
    </Card>
  );
}
