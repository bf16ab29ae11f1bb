import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

// `npm run dev` asks the local stack's dashboard server for /api; the built dashboard shares its address anyway.
const local = process.env["TRADEWIND_DASHBOARD"] ?? "http://127.0.0.1:4567";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    manifest: true,
    // Nothing inline: the content security policy admits files of this origin and nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  server: { port: 5173, strictPort: true, proxy: { "/api": { target: local } }, headers: headers() },
});

function headers(): Record<string, string> {
  const all = JSON.parse(readFileSync(new URL("./headers.json", import.meta.url), "utf8")) as Record<string, string>;
  // The development server writes styles into the page.
  delete all["Content-Security-Policy"];
  return all;
}
