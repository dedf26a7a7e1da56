import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { DEMO_FILES } from "../../src/cli/demo-files.ts";
import { verifies } from "../requirements.ts";
import { CHROMIUM, NARROW, openConsole, type TestConsole, WIDE } from "./open-console.ts";

verifies("console:works");

describe.skipIf(CHROMIUM === undefined)("in a browser", () => {
  let site: TestConsole;
  beforeAll(async () => {
    site = await openConsole();
    for (const [path, text] of Object.entries(DEMO_FILES)) {
      mkdirSync(join(site.workspace, path, ".."), { recursive: true });
      writeFileSync(join(site.workspace, path), text);
    }
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test("the token leaves the address at once, and the tab alone keeps it", async () => {
    const page = await site.openTab();
    expect(page.url()).toBe(`${site.url}/#/`);
    const kept = await page.evaluate(
      "[sessionStorage.length, JSON.stringify({ ...localStorage }), document.cookie]",
    );
    expect(kept).toEqual([1, "{}", ""]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").fill("some-other-token-0000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("does not take that token").waitFor();
    // The browser tells of every 401.
    site.complaints.splice(0);
    await page.context().close();
  });

  test("a run that another program starts is there at once, with its steps, and can be taken back", async () => {
    const page = await site.openTab("#/runs");
    await page.getByText("No run yet.").waitFor();
    const { run } = await site.run({ target: "tidy_inbox" });
    await page.getByRole("link", { name: "tidy_inbox" }).click();
    await page.getByRole("heading", { name: "tidy_inbox" }).waitFor();
    expect(page.url()).toContain(run);
    await page.getByRole("button", { name: "archive[1]/move, io.fs.move: completed" }).click();
    await page.getByText('"destination": "archive/note-lighthouse-hotel.txt"').waitFor();
    expect(existsSync(join(site.workspace, "report.md"))).toBe(true);

    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByLabel("Reason").fill("only a try");
    await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
    await page.getByText("rolled back", { exact: true }).waitFor();
    expect(existsSync(join(site.workspace, "report.md"))).toBe(false);
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test.for([
    ["light", WIDE],
    ["dark", NARROW],
  ] as const)("nothing stands in the way of anybody, %s", async ([theme, size]) => {
    const { run } = await site.run({ target: "load_test_paused" });
    const page = await site.openTab("#/", size, theme);
    for (const view of ["#/", "#/runs", `#/runs/${run}`]) {
      await page.goto(`${site.url}/${view}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".loading").first().waitFor({ state: "detached" });
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      const found = violations.map(({ id, nodes }) => ({
        id,
        at: nodes.map(({ target, failureSummary }) => [target, failureSummary]),
      }));
      expect(found).toEqual([]);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow).toBeLessThanOrEqual(0);
    }
    await page.context().close();
  });
});
