import { existsSync } from "node:fs";

import { type Browser, chromium, type Page } from "playwright-core";

import { Run, StartedRun } from "../../src/contract/rest/run.ts";
import { listen } from "../../src/control/listen.ts";
import { openTestControl } from "../control/open.ts";
import { scratch } from "../scratch.ts";
import { openIssuer } from "../issuer.ts";

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

type Size = { readonly width: number; readonly height: number };
type Look = {
  readonly size?: Size;
  readonly scheme?: "light" | "dark";
  readonly scale?: number;
  readonly token?: string;
};

/** A served workspace and a browser that looks at it. What the pages complained about is in `complaints`. */
export async function openConsole() {
  await using opened = new AsyncDisposableStack();
  const directory = opened.use(scratch());
  const issuer = await openIssuer(directory.path);
  const control = opened.use(await openTestControl({ AIF_RUNTIME_API_TOKEN: TOKEN, ...issuer.env }));
  const server = opened.adopt(
    await listen((request) => control.app.fetch(request), { host: "127.0.0.1", port: 0 }),
    (each) => {
      control.endStreams();
      return each.close(1000);
    },
  );
  control.setPort(server.port);
  const url = `http://127.0.0.1:${server.port}`;
  const browser = opened.adopt(
    await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] }),
    (each: Browser) => each.close(),
  );
  const complaints: string[] = [];

  const ask = async (method: string, path: string, body?: unknown, token = TOKEN): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };

  const start = async (body: unknown, token?: string): Promise<string> =>
    StartedRun.parse(await ask("POST", "/v1/runs", body, token)).run;

  const settled = async (run: string): Promise<Run> => {
    for (;;) {
      const shown = Run.parse(await ask("GET", `/v1/runs/${run}`));
      if (!["running", "pending", "rolling_back"].includes(shown.status)) return shown;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  const resources = opened.move();
  return {
    url,
    runtime: control.station.runtime,
    workspace: control.station.runtime.workspace,
    complaints,
    tokenOf: issuer.tokenOf,
    ask,
    start,

    /** A tab that is signed in by the address, at a view. */
    openTab: async (view = "#/", look: Look = {}): Promise<Page> => {
      const { size = WIDE, scheme = "light", scale = 1, token = TOKEN } = look;
      const context = await browser.newContext({
        viewport: size,
        colorScheme: scheme,
        deviceScaleFactor: scale,
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on("console", (message) => {
        if (message.type() !== "log" && message.type() !== "debug")
          complaints.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      page.on("request", (request) => {
        if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("data:"))
          complaints.push(`request: ${request.url()}`);
      });
      await page.goto(`${url}/#token=${token}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (view !== "#/") await page.goto(`${url}/${view}`);
      return page;
    },

    settled,
    /** Starts a run and waits until it has ended or waits for somebody. */
    run: async (body: unknown, token?: string): Promise<Run> => settled(await start(body, token)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
export type TestConsole = Awaited<ReturnType<typeof openConsole>>;

/** Waits until everything that a view asks for is there. */
export async function isLoaded(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  while ((await page.locator(".loading").count()) > 0) await page.waitForTimeout(10);
}
