import { useEffect } from "preact/hooks";
import { Toasts } from "../components/Toasts.tsx";
import { navigate, path } from "../lib/router.ts";
import { standing, trouble } from "../lib/session.ts";
import { Brand } from "./Brand.tsx";
import { Login } from "./Login.tsx";
import { Shell } from "./Shell.tsx";

/** Whoever is logged in sees the dashboard; whoever is not, the login; nobody ever sees an empty page. */
export function App() {
  const { is } = standing.value;
  const outside = !path.value.startsWith("/dashboard");
  useEffect(() => {
    // Asked anew: the login, whose effects come first, may have led somewhere by now.
    const at = path.value;
    const isOutside = !at.startsWith("/dashboard");
    if (is === "out" && at !== "/login") {
      const next = isOutside ? "/dashboard" : location.pathname + location.search;
      navigate(`/login?next=${encodeURIComponent(next)}`, { replace: true });
    }
    if (is === "in" && isOutside && at !== "/login") navigate("/dashboard", { replace: true });
  }, [is, outside]);
  return (
    <>
      {is === "unknown" ? <Waiting /> : is === "out" || path.value === "/login" ? <Login /> : <Shell />}
      <Toasts />
    </>
  );
}

function Waiting() {
  return (
    <main class="door">
      <Brand />
      <p role="status">{trouble.value ? `${trouble.value.message}` : "Opening the dashboard…"}</p>
    </main>
  );
}
