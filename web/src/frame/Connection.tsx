import { connection } from "../lib/feed.ts";
import { span } from "../lib/format.ts";
import { EVERY, useNow } from "../lib/live.ts";

/** Whether the API answers, in a word. */
export function ConnectionState() {
  const now = useNow();
  const { heard, lost } = connection.value;
  const [tone, text] = lost ? ["bad", "no connection"] : heard && now - heard < 4 * EVERY ? ["good", "live"] : ["warn", "waiting"];
  const title = heard ? `Heard ${span(now - heard)} ago` : "Nothing heard yet";
  return (
    <span class={`connection ${tone}`} title={title}>
      <i aria-hidden="true" />
      <span>{text}</span>
    </span>
  );
}

/** What an outage means for what is on the page; said once, not at every card. */
export function Outage() {
  const { heard, lost } = connection.value;
  const now = useNow();
  if (!lost) return null;
  return (
    <div class="outage" role="alert">
      <strong>Tradewind does not answer.</strong>{" "}
      {heard ? <span aria-hidden="true">Everything here is as of {span(now - heard)} ago; it is tried again.</span> : <span>It is tried again.</span>}
    </div>
  );
}
