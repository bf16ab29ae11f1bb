import { useEffect } from "preact/hooks";
import { Icon } from "../components/Icon.tsx";
import { Badge, type Tone } from "../components/Figures.tsx";
import { Select } from "../components/Form.tsx";
import { account, chooseAccount, knowAccounts, linked } from "../lib/account.ts";
import { useLive } from "../lib/live.ts";
import { logout, person } from "../lib/session.ts";
import { Brand } from "./Brand.tsx";
import { ConnectionState } from "./Connection.tsx";
import { type Theme, choose, theme } from "./theme.ts";

export function Header({ open, onMenu }: { readonly open: boolean; readonly onMenu: () => void }) {
  return (
    <header class="header">
      <button type="button" class="plain menu" aria-expanded={open} aria-controls="navigation" onClick={onMenu}>
        <Icon name={open ? "close" : "menu"} />
        <span class="quiet">Navigation</span>
      </button>
      <a class="home" href={linked("/dashboard")} aria-label="Tradewind, to the first page">
        <Brand />
      </a>
      <Engine />
      <div class="header-end">
        <ConnectionState />
        <ThemeButton />
        <Leave />
      </div>
    </header>
  );
}

const TRADING: Readonly<Record<string, Tone>> = { NORMAL: "good", REDUCING: "warn", HALTED: "bad" };

/** Which environment and account this is, and whether it may trade: the first thing to know of any page. */
function Engine() {
  const { data } = useLive("/api/engine-status", {});
  const names = Object.keys(data?.accounts ?? {});
  useEffect(() => knowAccounts(names), [data]);
  if (!data) return <div class="engine" />;
  const chosen = account.value ?? names[0] ?? "";
  const state = data.accounts[chosen] ?? "";
  return (
    <div class="engine">
      <Badge tone={data.environment === "local" ? "plain" : "info"}>{data.environment}</Badge>
      {names.length > 1 ? (
        <Select label="Account" quiet value={chosen} options={names.map((name) => [name, name])} onChange={chooseAccount} />
      ) : (
        <span class="account">{chosen}</span>
      )}
      <Badge tone={TRADING[state] ?? "plain"}>{state === "NORMAL" ? "trading" : state.toLowerCase()}</Badge>
    </div>
  );
}

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const LOOKS: Readonly<Record<Theme, readonly [icon: string, text: string]>> = {
  system: ["system", "as the system"],
  light: ["sun", "light"],
  dark: ["moon", "dark"],
};

function ThemeButton() {
  const [icon, text] = LOOKS[theme.value];
  return (
    <button type="button" class="plain" title={`Colours: ${text}`} onClick={() => choose(NEXT[theme.value])}>
      <Icon name={icon} />
      <span class="quiet">Colours: {text}. Change</span>
    </button>
  );
}

function Leave() {
  const who = person.value;
  return (
    <button type="button" class="plain" title={`Log out ${who?.name ?? ""}`} onClick={() => void logout()}>
      <span class="who">
        {who?.name}
        <small>{who?.role || "no role"}</small>
      </span>
      <Icon name="out" />
      <span class="quiet">Log out</span>
    </button>
  );
}
