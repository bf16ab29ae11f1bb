/* What risk says of an order while it is written. */
import { useEffect, useState } from "preact/hooks";
import type { TradePreview } from "../../generated/api.ts";
import { inquire } from "../../lib/act.ts";
import { Failure } from "../../lib/failure.ts";
import { may } from "../../lib/session.ts";

export type Asked = { readonly is: "idle" } | { readonly is: "asking" } | { readonly is: "told"; readonly key: string; readonly preview: TradePreview } | { readonly is: "failed"; readonly why: string };

/** Wait so long after the last key before risk is asked. */
const REST = 350;
/** How often the answer is renewed while the form stays as it is: prices move. */
const AGAIN = 5_000;

/** Ask risk about an order as it is written, each time it changes and every few seconds while it does not. */
export function useRisk(key: string): Asked {
  const [asked, setAsked] = useState<Asked>({ is: "idle" });
  useEffect(() => {
    if (!key || !may("trader")) {
      setAsked({ is: "idle" });
      return;
    }
    const call = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const preview = await inquire<TradePreview>("/api/manual-trade/preview", JSON.parse(key), call.signal);
        setAsked({ is: "told", key, preview });
      } catch (error) {
        if (call.signal.aborted) return;
        setAsked({ is: "failed", why: error instanceof Failure ? error.message : "Risk could not be asked." });
      }
      timer = setTimeout(() => void ask(), AGAIN);
    };
    setAsked((now) => (now.is === "told" ? now : { is: "asking" }));
    timer = setTimeout(() => void ask(), REST);
    return () => {
      clearTimeout(timer);
      call.abort();
    };
  }, [key]);
  return asked;
}
