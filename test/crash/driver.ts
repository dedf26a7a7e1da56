// Usage: node --import points.mjs driver.ts DIRECTORY SCENARIO prepare|act|recover
import { scenarios } from "./scenarios.ts";
import { openRuntime, recover } from "./stages.ts";

const [directory = "", name = "", stage = ""] = process.argv.slice(2);
const scenario = scenarios(directory).find((each) => each.name === name);
if (scenario === undefined) throw new Error(`no scenario ${name}`);

await using runtime = await openRuntime(directory);
if (stage === "prepare") await scenario.prepare?.(runtime);
if (stage === "act") await scenario.act(runtime);
if (stage === "recover") await recover(runtime);
