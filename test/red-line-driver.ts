// Usage: node red-line-driver.ts DIRECTORY CALLS [held]
// Asks the facade "desk" for so many runs, all at once and again as often; with "held" the commit of the first intent
// of an effect is held, and only one round made. Prints "under way" after the first hundred, and how many completed and were refused at the end.
import { setTimeout as sleep } from "node:timers/promises";

import { createRuntime, RuntimeError } from "../src/index.ts";
import { holdCommit } from "./hold-commit.ts";
import { Site } from "./red-line.ts";

const [directory = "", calls = "1", held] = process.argv.slice(2);
const site = new Site(directory);
await using runtime = await createRuntime({ workspace: site.workspace, env: site.env });
const codes: string[] = [];
const ask = async (name: string): Promise<void> => {
  try {
    const { status, failure } = await runtime.run("", { facade: "desk", inputs: { name } });
    codes.push(failure?.code ?? status);
  } catch (error) {
    codes.push(error instanceof RuntimeError ? error.code : String(error));
  }
};

// Until the effect everything goes into one commit.
if (held !== undefined) holdCommit(site.path, 0);
for (const round of [1, 2, 3]) {
  const asked = Array.from({ length: Number(calls) }, (_, index) => ask(`${round}-${index}`));
  if (round === 1) process.stdout.write("under way\n");
  await Promise.all(asked);
  if (held !== undefined) break;
  await sleep(1);
}
process.stdout.write(`${JSON.stringify(codes)}\n`);
