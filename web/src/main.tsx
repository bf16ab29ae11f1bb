import { render } from "preact";
import { App } from "./frame/App.tsx";
import { startSession } from "./lib/session.ts";
import { startRouting } from "./lib/router.ts";
import { startTheme } from "./frame/theme.ts";

startTheme();
startRouting();
void startSession();

const root = document.getElementById("app");
if (root) render(<App />, root);
