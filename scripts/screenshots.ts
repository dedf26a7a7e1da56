import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Page } from "playwright-core";

import { isLoaded, NARROW, openConsole, WIDE } from "../test/console/open-console.ts";
import { CHANGE_TERMS, FAILS, LONG, prepare } from "../test/console/scenario.ts";

// The pictures of the console in the documents, from a workspace in which all of this really happens.
const IMAGES = fileURLToPath(new URL("../docs/images", import.meta.url));

await using site = await openConsole();
await prepare(site);
const ann = await site.tokenOf("ann", ["admin"]);
const agent = await site.tokenOf("ann", ["operator"], "office-agent");
await site.ask("PUT", "/v1/principals/ann", { roles: ["admin", "approver", "operator"] });

const note = (path: string, content: string) => ({ target: "io.fs.write_file", inputs: { path, content } });
for (const [index, day] of ["mon", "tue", "wed", "thu", "fri"].entries())
  await site.run(note(`${day}.md`, `# Orders of ${day}\n\n- ${index + 2} parcels\n`), agent);
await site.run(FAILS, agent);
const { run: tidied } = await site.run({ facade: "tidy-inbox" }, agent);
const { run: taken } = await site.run(note("draft.md", "not this\n"), agent);
await site.ask("POST", `/v1/runs/${taken}/undo`, { reason: "not asked for" }, ann);
await site.run({ target: "io.fs.read_file", inputs: { path: "missing.csv" } }, agent);
await site.run({ target: "sys.exec.run", inputs: { command: "git", args: ["push"] } }, agent);
await site.run(CHANGE_TERMS, agent);

for (const [name, look] of [
  ["light", { size: WIDE, scheme: "light" }],
  ["dark", { size: WIDE, scheme: "dark" }],
  ["narrow", { size: NARROW, scheme: "light" }],
] as const) {
  const page = await site.openTab("#/", { ...look, token: ann, scale: look.size === NARROW ? 1.5 : 1 });
  const live = await site.start(LONG, agent);
  await page.locator(".strip.active").waitFor();
  await page.waitForTimeout(300);
  await take(page, `overview-${name}`);
  await site.ask("POST", `/v1/runs/${live}/rollback`, { reason: "labels are printed on Monday" }, ann);

  await page.goto(`${site.url}/#/runs/${tidied}`);
  await isLoaded(page);
  await page.getByRole("button", { name: /^write_report,/ }).click();
  await page.mouse.move(0, 0);
  await take(page, `run-${name}`);

  await page.goto(`${site.url}/#/approvals`);
  await isLoaded(page);
  await page.locator(".document").waitFor();
  await page.getByLabel("Reason").fill("Agreed with sales on the phone.");
  await page.setViewportSize({ ...look.size, height: 1120 });
  await take(page, `approval-${name}`);
  await page.setViewportSize(look.size);

  await page.goto(`${site.url}/#/ledger`);
  await page.getByRole("button", { name: "Verify here" }).click();
  await page.getByText("The ledger is whole").waitFor();
  await take(page, `ledger-${name}`);
  await page.context().close();
}
if (site.complaints.length > 0) throw new Error(site.complaints.join("\n"));

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
  await page.screenshot({ path: join(IMAGES, `console-${name}.png`) });
}
