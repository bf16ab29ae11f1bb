import type { SymbolDocument } from "../../generated/api.ts";
import { Segments, Select } from "../../components/Form.tsx";
import { day } from "../../lib/format.ts";
import { setQuery } from "../../lib/router.ts";
import { type Frame, lengthOf } from "./frames.ts";
import { STUDIES, type Study } from "./studies.ts";

interface Props {
  readonly symbols: readonly SymbolDocument[];
  readonly name: string;
  readonly frames: readonly Frame[];
  readonly frame: Frame | undefined;
  readonly studies: readonly Study[];
  readonly until: number;
}

/** Bars right of the day that somebody goes to: what came of it belongs to the picture. */
const AFTER = 60;

/** What is shown: instrument, length of bars, studies, and when. All of it is in the address. */
export function Toolbar({ symbols, name, frames, frame, studies, until }: Props) {
  const goTo = (text: string) => {
    const ts = Date.parse(`${text}T00:00:00Z`);
    if (frame && Number.isFinite(ts)) setQuery({ until: String(ts + AFTER * lengthOf(frame)) });
  };
  const turn = (study: Study) => {
    const ids = studies.map((one) => one.id);
    const next = ids.includes(study.id) ? ids.filter((id) => id !== study.id) : [...ids, study.id];
    setQuery({ studies: next.join(",") || "none" });
  };
  return (
    <div class="toolbar">
      <Select label="Instrument" quiet value={name} options={symbols.map((one) => [one.instrument, one.instrument])} onChange={(symbol) => setQuery({ symbol })} />
      {frame ? <Segments label="Length of a bar" value={frame} options={frames.map((one) => [one, one])} onChange={(interval) => setQuery({ interval })} /> : null}
      <details class="menu-box">
        <summary>Studies ({studies.length})</summary>
        <ul>
          {STUDIES.map((study) => (
            <li key={study.id}>
              <label>
                <input type="checkbox" checked={studies.includes(study)} onChange={() => turn(study)} /> {study.title}
              </label>
            </li>
          ))}
        </ul>
      </details>
      <label class="go">
        Go to
        <input type="date" value={until && frame ? day(until - AFTER * lengthOf(frame)) : ""} onChange={(event) => goTo(event.currentTarget.value)} />
      </label>
      {until ? (
        <button type="button" class="small" onClick={() => setQuery({ until: null })}>
          Latest
        </button>
      ) : null}
    </div>
  );
}
