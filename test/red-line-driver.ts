// Usage: node red-line-driver.ts DIRECTORY CALLS [held]
// Asks the facade "desk" for so many runs, all at once, and that three times: prints "under way" once a run of the first
// round has completed, and makes the last round when a file "frozen" is in the directory. With "held" the commit of the
// first intent of an effect is held, and only one round made. Prints the code of each run at the end.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { createRuntime, RuntimeError } from "../src/index.ts";
import { holdCommit } from "./hold-commit.ts";
import { Site } from "./red-line.ts";

const [directory = "", calls = "1", held] = process.argv.slice(2);
const site = new Site(directory);
await using runtime = await createRuntime({ workspace: site.workspace, env: site.env });
const codes: string[] = [];
let isUnderWay = false;
const ask = async (name: string): Promise<void> => {
  try {
    const { status, failure } = await runtime.run("", { facade: "desk", inputs: { name } });
    codes.push(failure?.code ?? status);
    if (status !== "COMPLETED" || isUnderWay) return;
    isUnderWay = true;
    if (held === undefined) process.stdout.write("under way\n");
  } catch (error) {
    codes.push(error instanceof RuntimeError ? error.code : String(error));
  }
};
const askForAll = (round: number) =>
  Promise.all(Array.from({ length: Number(calls) }, (_, index) => ask(`${round}-${index}`)));

// Until the effect everything goes into one commit.
if (held !== undefined) holdCommit(site.path, 0);
await askForAll(1);
// Nobody freezes anything before a run has completed.
if (held === undefined && isUnderWay) {
  await askForAll(2);
  while (!existsSync(join(site.path, "frozen"))) await sleep(5);
  await askForAll(3);
}
process.stdout.write(`${JSON.stringify(codes)}\n`);
