import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { CHROMIUM, openConsole, type TestConsole } from "./open-console.ts";
import { CHANGE_TERMS, FAILS, LONG, prepare } from "./scenario.ts";

verifies("console:works", "console:closed");

describe.skipIf(CHROMIUM === undefined)("in a browser", () => {
  let site: TestConsole;
  beforeAll(async () => {
    site = await openConsole();
    await prepare(site);
  });
  afterAll(() => site[Symbol.asyncDispose]());
  beforeEach(() => void site.complaints.splice(0));

  const fileIn = (path: string): string => readFileSync(join(site.workspace, path), "utf8");

  test("the token leaves the address at once, and the tab alone keeps it", async () => {
    const page = await site.openTab();
    expect(page.url()).toBe(`${site.url}/#/`);
    const kept = "[sessionStorage.length, JSON.stringify({ ...localStorage }), document.cookie]";
    expect(await page.evaluate(kept)).toEqual([1, "{}", ""]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").fill("some-other-token-0000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("does not take that token").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
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
    expect(existsSync(join(site.workspace, "archive/note-lighthouse-hotel.txt"))).toBe(true);
    await page.getByRole("button", { name: "Undo this step" }).click();
    await page.getByLabel("Reason").fill("this note stays");
    await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
    await page.getByText("5 effects").waitFor();
    expect(existsSync(join(site.workspace, "inbox/note-lighthouse-hotel.txt"))).toBe(true);

    expect(existsSync(join(site.workspace, "report.md"))).toBe(true);
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await page.getByLabel("Reason").fill("only a try");
    await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
    await page.getByText("rolled back", { exact: true }).waitFor();
    expect(existsSync(join(site.workspace, "report.md"))).toBe(false);
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("a run is planned and started by its form, and its file has a history that can be restored", async () => {
    const page = await site.openTab("#/start/capabilities/io.fs.write_file");
    await page.getByLabel("content").fill("first\n");
    await page.getByLabel("path", { exact: false }).first().fill("note.txt");
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByText("It would complete.").waitFor();
    expect(await page.locator(".plan .diff .plus").textContent()).toContain("+first");
    expect(existsSync(join(site.workspace, "note.txt"))).toBe(false);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { name: "io.fs.write_file" }).waitFor();
    await page.getByText("completed", { exact: true }).waitFor();
    await site.run({ target: "io.fs.write_file", inputs: { path: "note.txt", content: "second\n" } });

    await page.goto(`${site.url}/#/files?path=note.txt`);
    await page.getByText("second").waitFor();
    await page.getByRole("button", { name: "Look" }).last().click();
    await page.getByText("first").waitFor();
    await page.getByRole("button", { name: "Restore" }).last().click();
    await page.getByLabel("Reason").fill("the first was right");
    await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
    await page.getByText("completed", { exact: true }).waitFor();
    expect(fileIn("note.txt")).toBe("first\n");
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("over plain http from another machine, where browsers give a page less, a run can be started", async () => {
    const page = await site.openTab();
    await page.evaluate(
      "delete Crypto.prototype.randomUUID; delete Navigator.prototype.clipboard; Object.defineProperty(window, 'isSecureContext', { value: false })",
    );
    await page.goto(`${site.url}/#/start/capabilities/sys.info.get_time`);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("completed", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: page.url().split("/").at(-1) ?? "" }).click();
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("what asks is shown as the runtime rendered it, with its diff; approved it goes on, rejected it does not", async () => {
    const page = await site.openTab();
    const { run } = await site.run(CHANGE_TERMS);
    await page.getByRole("heading", { name: "1 question waits for an answer." }).waitFor();
    await page
      .getByRole("link", { name: /io\.fs\.write_file/ })
      .first()
      .click();
    const consent = page.getByRole("group", { name: "What you approve" });
    expect(await consent.textContent()).toContain("customers rely on the terms of delivery");
    expect(await page.locator(".document .diff .minus").allTextContents()).toContain(
      "-2. Invoices are due within 30 days.\n",
    );
    await page.getByLabel("Reason").fill("agreed with sales");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("approved and used").first().waitFor();
    expect(await site.settled(run)).toMatchObject({ status: "completed" });
    expect(fileIn("terms.md")).toContain("14 days");

    const other = { ...CHANGE_TERMS, inputs: { path: "terms.md", content: "none\n" } };
    const refused = await site.run(other);
    await page.goto(`${site.url}/#/approvals?run=${refused.run}`);
    await page.getByLabel("Reason").fill("no");
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("Nothing waits for an answer.").waitFor();
    expect(fileIn("terms.md")).toContain("14 days");
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("what is read stays where a newer question comes in", async () => {
    const before = await site.run(CHANGE_TERMS);
    const page = await site.openTab("#/approvals");
    await page.getByLabel("Reason").fill("half a reas");
    const after = await site.run(CHANGE_TERMS);
    await page.locator(".list li").nth(1).waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("half a reas");
    await page.getByRole("link", { name: before.run.slice(0, 13) }).waitFor();
    for (const { run } of [before, after])
      await site.ask("POST", `/v1/runs/${run}/cancel`, { reason: "only a try", rollback: true });
    await page.getByText("Nothing waits").waitFor();
    await page.context().close();
  });

  test("texts of others are texts: none runs, hides, or turns the line around", async () => {
    const hostile = '<img src=x onerror="document.title=1">\u202egnp.exe\u200b';
    const { run } = await site.run({
      workflow: JSON.stringify({
        name: hostile,
        version: "1.0.0",
        description: hostile,
        metadata: { owner: "somebody" },
        steps: [
          {
            name: "write",
            capability_name: "io.fs.write_file",
            inputs: { path: "odd.txt", content: hostile },
          },
        ],
      }),
    });
    const page = await site.openTab(`#/runs/${run}`);
    const shown = hostile.replace("\u202e", "\\u{202e}").replace("\u200b", "\\u{200b}");
    await page.getByRole("heading", { name: shown }).waitFor();
    await page.getByRole("button", { name: /^write,/ }).click();
    await page.locator(".diff .plus", { hasText: "<img src=x" }).waitFor();
    await page.goto(`${site.url}/#/files?path=odd.txt`);
    await page.locator("pre", { hasText: shown }).waitFor();
    for (const view of ["#/", "#/ledger"]) {
      await page.goto(`${site.url}/${view}`);
      await page.locator("bdi", { hasText: "<img src=x" }).first().waitFor();
      expect(await page.locator("main").innerText()).not.toMatch(/[\u202e\u200b]/);
      expect(await page.locator("main img").count()).toBe(0);
    }
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("a failure is seen with what was taken back, and a run that goes on can be cancelled", async () => {
    const { run } = await site.run(FAILS);
    const page = await site.openTab(`#/runs/${run}`);
    await page.getByText("FILE_NOT_FOUND").first().waitFor();
    const taken = page.locator(".note.undone");
    expect(await taken.textContent()).toMatch(/Restored.*prices\.md|prices\.md.*index\.md/);
    await page.getByRole("button", { name: /^read_discounts.*: failed$/ }).waitFor();

    const long = await site.start(LONG);
    await page.goto(`${site.url}/#/runs/${long}`);
    await page.getByRole("button", { name: "Roll back" }).click();
    await page.getByLabel("Reason").fill("the wrong parcels");
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    await page.getByText("rolled back", { exact: true }).waitFor();
    expect(existsSync(join(site.workspace, "labels"))).toBe(false);
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("the browser verifies the ledger, remembers it, and proves one entry", async () => {
    const page = await site.openTab("#/ledger");
    await page.getByRole("button", { name: "Verify here" }).click();
    await page.getByText("The ledger is whole").waitFor();
    await page.getByText("Remembered from now on").waitFor();
    await page.getByRole("button", { name: "Verify here" }).click();
    await page.getByText("All that this browser saw before is still there").waitFor();
    await page.goto(`${site.url}/#/ledger/12`);
    await page.getByRole("button", { name: "Prove it here" }).click();
    await page.getByRole("group", { name: "The bytes that are proved" }).waitFor();
    await page.getByText("The root is signed by the ledger's key").waitFor();
    expect(await page.locator(".checks .glyph.bad").count()).toBe(0);

    // What the server would have to explain.
    await page.evaluate(
      "for (const key of Object.keys(localStorage)) if (key.startsWith('airun-seen:')) localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), root: 'other' }))",
    );
    await page.goto(`${site.url}/#/ledger`);
    await page.getByRole("button", { name: "Verify here" }).click();
    await page.getByText("The ledger is not as it must be.").waitFor();
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("a panic stops everything, is seen in every view, and is lifted", async () => {
    const page = await site.openTab("#/memory");
    await page.getByRole("button", { name: "Stop everything" }).click();
    await page.getByLabel("Reason").fill("a drill");
    await page.getByRole("button", { name: "Stop now" }).click();
    // Not the text in the dialog, which is still open for a moment.
    const banner = page.locator(".panic", { hasText: "a drill" });
    await banner.waitFor();
    expect(await site.ask("POST", "/v1/runs", { target: "sys.info.get_time" })).toMatchObject({
      code: "PANIC",
    });
    await page.getByRole("button", { name: "Lift" }).click();
    await page.getByLabel("Reason").fill("over");
    await page.getByRole("dialog").getByRole("button", { name: "Lift" }).click();
    await banner.waitFor({ state: "detached" });
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });

  test("the constitution is asked, another rule is held against the past, and a pack is frozen", async () => {
    const page = await site.openTab("#/policies");
    await page.getByLabel("Capability").selectOption("io.fs.write_file");
    await page.getByLabel("Inputs").fill('{"path": "terms.md", "content": "x"}');
    await page.getByRole("button", { name: "Ask the constitution" }).click();
    await page.getByText("asks a human").waitFor();

    await page.getByRole("combobox", { name: /^Rule/ }).selectOption("ask.terms");
    await page.getByLabel("Its text").fill("");
    await page.getByRole("button", { name: "Decide again" }).click();
    await page.getByText(/of \d+ recorded requests would be decided otherwise/).waitFor();

    await page.goto(`${site.url}/#/catalogue/packs/demo/1.0.0`);
    await page.getByRole("button", { name: "Freeze" }).click();
    await page.getByLabel("Reason").fill("for now");
    await page.getByRole("dialog").getByRole("button", { name: "Freeze" }).click();
    await page.locator(".document").getByText("frozen").waitFor();
    expect(site.complaints).toEqual([]);
    await page.context().close();
  });
});
