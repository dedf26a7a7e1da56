import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { oneIn } from "../one-in.ts";
import { verifies } from "../requirements.ts";
import { CHROMIUM, isLoaded, NARROW, openConsole, type TestConsole, WIDE } from "./open-console.ts";
import { CHANGE_TERMS, FAILS, prepare } from "./scenario.ts";

verifies("console:works", "console:closed");

describe.skipIf(CHROMIUM === undefined)("in a browser", () => {
  let site: TestConsole;
  let views: readonly string[];
  beforeAll(async () => {
    site = await openConsole();
    await prepare(site);
    const { run } = await site.run({ target: "tidy_inbox" });
    const failed = await site.run(FAILS);
    await site.run(CHANGE_TERMS);
    views = [
      "#/",
      `#/runs/${run}`,
      `#/runs/${failed.run}`,
      "#/approvals",
      "#/ledger",
      "#/files?path=report.md",
      "#/policies",
      "#/memory",
      "#/runs",
      "#/start/capabilities/io.fs.write_file",
      "#/catalogue/packs/demo/1.0.0",
      "#/catalogue/capabilities/io.fs.copy",
      "#/ledger/3",
      "#/nowhere",
    ];
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test.for([
    ["light", WIDE],
    ["dark", NARROW],
  ] as const)("nothing stands in the way of anybody: %s", { timeout: 120_000 }, async ([scheme, size]) => {
    const page = await site.openTab("#/", { size, scheme });
    const troubles: Record<string, unknown> = {};
    // The colours of the other half are those of this one.
    for (const view of oneIn(3, scheme === "light" ? views : views.slice(0, 8))) {
      await page.goto(`${site.url}/${view}`);
      await isLoaded(page);
      const found = await troublesOf(page);
      if (found.length > 0) troubles[view] = found;
    }
    expect(troubles).toEqual({});
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("language and appearance are switched, and stay", async () => {
    const page = await site.openTab("#/runs");
    await page.getByLabel("Language").selectOption("zh");
    await page.getByRole("heading", { name: "运行" }).waitFor();
    await page.getByLabel("外观").selectOption("dark");
    const ground = "getComputedStyle(document.documentElement).backgroundColor";
    expect(await page.evaluate(ground)).toBe("rgb(18, 20, 25)");
    await page.reload();
    await page.getByRole("heading", { name: "运行" }).waitFor();
    expect(await page.evaluate(`[document.documentElement.lang, ${ground}]`)).toEqual([
      "zh-CN",
      "rgb(18, 20, 25)",
    ]);
    await page.getByLabel("外观").selectOption("light");
    expect(await page.evaluate(ground)).toBe("rgb(246, 244, 238)");
    await page.context().close();
  });

  test("whoever may only look is offered nothing else, and sees everything", async () => {
    const page = await site.openTab("#/", { token: await site.tokenOf("vera", ["viewer"]) });
    await page.getByText("vera").waitFor();
    for (const view of oneIn(3, views.slice(0, 12))) {
      await page.goto(`${site.url}/${view}`);
      await isLoaded(page);
      const offered = await page.locator("main button:enabled:not(.id, .step, .quiet)").allTextContents();
      const looks = ["Verify here", "Prove it here", "Look", "Show more"];
      expect(offered.filter((text) => !looks.includes(text))).toEqual([]);
    }
    await page.goto(`${site.url}/#/ledger`);
    await page.getByRole("button", { name: "Verify here" }).click();
    await page.getByText("The ledger is whole").waitFor();
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("a forged proof is shown as one", async () => {
    const page = await site.openTab("#/ledger/3");
    await page.route("**/v1/ledger/entries/3/proof", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), text: "{not json" } });
    });
    await page.getByRole("button", { name: "Prove it here" }).click();
    await page.getByText("{not json").waitFor();
    expect(await page.locator(".checks li .unseen").allTextContents()).toEqual(["✗", "✗", "✓"]);
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("a view that cannot be shown says so, and leaves the rest of the page", async () => {
    const page = await site.openTab("#/runs");
    await isLoaded(page);
    await page.route(/\/v1\/policies/, (route) => route.fulfill({ json: { digest: 1 } }));
    await page.goto(`${site.url}/#/policies`);
    await page.getByRole("alert").waitFor();
    await page.getByRole("link", { name: "Runs" }).first().click();
    await page.getByRole("heading", { name: "Runs", level: 1 }).waitFor();
    site.complaints.length = 0;
    await page.context().close();
  });

  test("everything can be reached by the keyboard alone, also where the screen is small", async () => {
    const page = await site.openTab("#/", { size: NARROW });
    await isLoaded(page);
    const press = async (key: string, times = 1): Promise<void> => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    await press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await press("Tab", 2);
    await press("Enter");
    await press("Tab", 2);
    await press("Enter");
    await page.getByRole("heading", { name: "Runs", level: 1 }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await press("Tab");
    await press("ArrowRight", 3);
    await page.waitForURL(/status=paused/);
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });
});

async function troublesOf(page: Page): Promise<unknown[]> {
  // Going from view to view stays in the page, where axe is there already; it takes long to be put there.
  const isThere = await page.evaluate<boolean>("'axe' in window");
  const { violations } = await new AxeBuilder({ page, ...(isThere ? { axeSource: ";" } : {}) })
    .setLegacyMode(true)
    .options({ resultTypes: ["violations"] })
    // Each row is like those before it.
    .exclude(".entries > :nth-child(n + 8)")
    .exclude(".list > :nth-child(n + 6)")
    .exclude("select > :nth-child(n + 3)")
    .analyze();
  const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  return [
    ...violations.map(({ id, nodes }) => ({
      id,
      at: nodes.map(({ target, failureSummary }) => [target, failureSummary]),
    })),
    ...(overflow > 0 ? [{ overflow }] : []),
  ];
}
