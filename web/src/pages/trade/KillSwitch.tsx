import { useState } from "preact/hooks";
import type { TradingState } from "../../generated/api.ts";
import { Card } from "../../components/Card.tsx";
import { Confirm } from "../../components/Dialog.tsx";
import { Badge, type Tone } from "../../components/Figures.tsx";
import { Shown } from "../../components/Shown.tsx";
import { say } from "../../components/Toasts.tsx";
import { account } from "../../lib/account.ts";
import { act } from "../../lib/act.ts";
import { useLive } from "../../lib/live.ts";
import { may } from "../../lib/session.ts";

const WORDS: Readonly<Record<string, readonly [tone: Tone, text: string, meaning: string]>> = {
  NORMAL: ["good", "trading", "Strategies and people may enter, within the limits."],
  REDUCING: ["warn", "exits only", "Nothing new is entered; exits and stops go on."],
  HALTED: ["bad", "halted", "Nothing new is entered; exits stay allowed."],
};

/** Stop new risk with the very next order; letting it go on takes an admin. */
export function KillSwitch() {
  const switches = useLive("/api/kill-switch", {});
  const [asked, setAsked] = useState<TradingState | null>(null);
  return (
    <Card title="Kill switch">
      <Shown of={switches}>
        {(page) => {
          const one = page.items.find((row) => row.account === account.value) ?? page.items[0];
          if (!one) return <p class="empty">There is no account.</p>;
          const [tone, text, meaning] = WORDS[one.state] ?? ["plain", one.state, ""];
          return (
            <>
              <p>
                <b>{one.account}</b> <Badge tone={tone}>{text}</Badge>
              </p>
              <p class="muted">
                {meaning} {one.reason ? `Reason: ${one.reason}.` : ""}
              </p>
              {one.state === "NORMAL" ? (
                may("trader") ? (
                  <div class="row">
                    <button type="button" class="danger" onClick={() => setAsked("HALTED")}>
                      Stop trading
                    </button>
                    <button type="button" onClick={() => setAsked("REDUCING")}>
                      Exits only
                    </button>
                  </div>
                ) : (
                  <p class="muted">To stop trading you need the role trader.</p>
                )
              ) : may("admin") ? (
                <div class="row">
                  <button type="button" class="primary" onClick={() => setAsked("NORMAL")}>
                    Let trading go on
                  </button>
                </div>
              ) : (
                <p class="muted">An admin lets trading go on.</p>
              )}
              {asked ? <Ask state={asked} name={one.account} onClose={() => setAsked(null)} /> : null}
            </>
          );
        }}
      </Shown>
    </Card>
  );
}

function Ask({ state, name, onClose }: { readonly state: TradingState; readonly name: string; readonly onClose: () => void }) {
  const stops = state !== "NORMAL";
  const verb = { HALTED: "Stop trading", REDUCING: "Exits only", NORMAL: "Let it go on" }[state];
  const title = { HALTED: `Stop trading of ${name}`, REDUCING: `Let ${name} only exit`, NORMAL: `Let ${name} trade` }[state];
  const set = async (reason: string) => {
    await act("PUT", "/api/kill-switch", { state, account: name, reason });
    const done = state === "HALTED" ? `Trading of ${name} is stopped` : `${name} only exits`;
    say(stops ? `${done}: the very next entry is denied.` : `${name} trades again.`, stops ? "bad" : "good");
  };
  return (
    <Confirm title={title} verb={verb} danger={stops} reason="" act={set} onClose={onClose}>
      {stops
        ? "The very next entry is denied, whoever asks for it. Positions stay, with their stops; exits stay allowed. Only an admin lets trading go on."
        : "Strategies may enter again with their next bar."}
    </Confirm>
  );
}
