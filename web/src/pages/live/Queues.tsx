import { Card } from "../../components/Card.tsx";
import { Badge } from "../../components/Figures.tsx";
import { Pipeline } from "../../components/Pipeline.tsx";
import { Shown } from "../../components/Shown.tsx";
import { words } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";

/** What waits in queues, how far deciding is behind, and which checks fail. */
export function Queues() {
  const health = useLive("/api/health", {});
  return (
    <Card title="Pipeline" aside={health.data ? <Badge tone={health.data.status === "ok" ? "good" : "bad"}>{health.data.status}</Badge> : undefined}>
      <Shown of={health}>
        {(data) => (
          <>
            {Object.entries(data.failing).map(([name, text]) => (
              <p key={name} class="problem">
                <b>{words(name)}</b>: {text}
              </p>
            ))}
            <Pipeline of={data} />
          </>
        )}
      </Shown>
    </Card>
  );
}
