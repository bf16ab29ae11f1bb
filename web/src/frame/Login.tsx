import { useEffect, useState } from "preact/hooks";
import { Field } from "../components/Form.tsx";
import { Problem } from "../components/Shown.tsx";
import { Failure } from "../lib/failure.ts";
import { navigate, query, wayBack } from "../lib/router.ts";
import { type Asked, login, standing } from "../lib/session.ts";
import { Brand } from "./Brand.tsx";

/** What a challenge asks for, in words. */
const QUESTIONS: Readonly<Record<string, { label: string; hint: string; autocomplete: string }>> = {
  NEW_PASSWORD_REQUIRED: {
    label: "New password",
    hint: "This is your first login: choose a password of twelve characters, with small, capital, digit and sign.",
    autocomplete: "new-password",
  },
  SOFTWARE_TOKEN_MFA: { label: "Code", hint: "The six digits that your app shows now.", autocomplete: "one-time-code" },
};

export function Login() {
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [open, setOpen] = useState<Asked | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const inside = standing.value.is === "in";
  useEffect(() => {
    document.title = "Log in · Tradewind";
    if (inside) navigate(wayBack(query.value.get("next")), { replace: true });
  }, [inside]);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure("");
    try {
      setOpen(await login(name.trim(), secret, open));
      setSecret("");
    } catch (error) {
      setFailure(error instanceof Failure ? error.message : "That did not work: try it again.");
    }
    setBusy(false);
  };
  const asked = open ? QUESTIONS[open.challenge] : undefined;
  return (
    <main class="door">
      <form class="card stack" onSubmit={submit}>
        <Brand />
        <h1>Log in</h1>
        {open ? null : <Field label="Name" value={name} onInput={setName} autocomplete="username" required />}
        <Field
          key={open?.challenge ?? "password"}
          label={asked?.label ?? "Password"}
          hint={asked?.hint}
          type={open?.challenge === "SOFTWARE_TOKEN_MFA" ? "text" : "password"}
          value={secret}
          onInput={setSecret}
          autocomplete={asked?.autocomplete ?? "current-password"}
          required
        />
        {failure ? <Problem>{failure}</Problem> : null}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Asking…" : open ? "Go on" : "Log in"}
        </button>
        <small>
          Who may log in is decided on the command line: <code>tradewind user add NAME --role trader</code>
        </small>
      </form>
    </main>
  );
}
