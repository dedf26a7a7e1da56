import { existsSync } from "node:fs";

import { type Browser, chromium, type Page } from "playwright-core";

import { Run, StartedRun } from "../../src/contract/rest/run.ts";
import { serve } from "../../src/serve.ts";
import { scratch } from "../scratch.ts";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A browser of this machine; the tests of the console are skipped without one, and say so. */
export const CHROMIUM = [process.env["CHROMIUM"] ?? "", ...PROGRAMS].find(
  (path) => path !== "" && existsSync(path),
);
if (CHROMIUM === undefined)
  process.stderr.write(
    "SKIPPED: there is no Chromium, so nothing of the web console is tested. CHROMIUM names one.\n",
  );

const TOKEN = "a-token-of-the-tests-0001";

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 844 };

/** A served workspace and a browser that looks at it. What the pages complained about is in `complaints`. */
export async function openConsole() {
  await using opened = new AsyncDisposableStack();
  const directory = opened.use(scratch());
  const served = opened.adopt(
    await serve({
      workspace: `${directory.path}/workspace`,
      env: { AI_FIRST_HOME: `${directory.path}/home`, AIF_RUNTIME_API_TOKEN: TOKEN },
      host: "127.0.0.1",
      port: 0,
      onFault: (error) => complaints.push(`fault: ${String(error)}`),
    }),
    (each) => each.close(),
  );
  const browser = opened.adopt(
    await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] }),
    (each: Browser) => each.close(),
  );
  const complaints: string[] = [];

  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(served.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };

  /** A tab that is signed in by the address, at a view. */
  const openTab = async (
    view = "#/",
    size = WIDE,
    colorScheme: "light" | "dark" = "light",
  ): Promise<Page> => {
    const context = await browser.newContext({
      viewport: size,
      colorScheme,
      locale: "en-GB",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("console", (message) => {
      if (message.type() !== "log" && message.type() !== "debug")
        complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${served.url}/`) && !request.url().startsWith("data:"))
        complaints.push(`request: ${request.url()}`);
    });
    await page.goto(`${served.url}/#token=${TOKEN}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    if (view !== "#/") await page.goto(`${served.url}/${view}`);
    return page;
  };

  const resources = opened.move();
  return {
    url: served.url,
    workspace: `${directory.path}/workspace`,
    complaints,
    ask,
    openTab,
    /** Starts a run and waits until it has ended or waits for somebody. */
    run: async (body: unknown): Promise<Run> => {
      const { run } = StartedRun.parse(await ask("POST", "/v1/runs", body));
      for (;;) {
        const shown = Run.parse(await ask("GET", `/v1/runs/${run}`));
        if (!["running", "pending", "rolling_back"].includes(shown.status)) return shown;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
export type TestConsole = Awaited<ReturnType<typeof openConsole>>;
