import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

import { median } from "./statistics.ts";

const CHROMIUM = "/usr/bin/chromium";

export type ConsoleTimes = {
  /** Until the first view has its heading and its runs, and takes input. */
  readonly readyMs: number;
  /** First contentful paint, as the browser says. */
  readonly paintMs: number;
  readonly loads: number;
};

/**
 * How long the console takes to be ready in a real browser that has nothing of it yet: medians over several loads.
 * Null where there is no Chromium.
 */
export async function measureConsole(
  url: string,
  token: string,
  loads: number,
): Promise<ConsoleTimes | null> {
  if (!existsSync(CHROMIUM)) return null;
  await using browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const ready: number[] = [];
  const paint: number[] = [];
  for (let load = 0; load <= loads; load++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const startedAt = performance.now();
    await page.goto(`${url}/#token=${token}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("main .loading").first().waitFor({ state: "detached" });
    await page.getByRole("main").getByRole("link").first().waitFor();
    await page.getByRole("button").first().click({ trial: true });
    const ms = performance.now() - startedAt;
    const painted = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    );
    await context.close();
    // The first one also starts what the browser starts once.
    if (load === 0) continue;
    ready.push(ms);
    paint.push(painted);
  }
  return { readyMs: median(ready), paintMs: median(paint), loads };
}
