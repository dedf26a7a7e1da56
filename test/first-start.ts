// Usage: node --import crash/points.mjs first-start.ts DIRECTORY
// Opens and closes a runtime in an empty directory: the very first start of an installation.
import { openIn } from "./installation.ts";

const [directory = ""] = process.argv.slice(2);
const runtime = await openIn(directory);
await runtime.close();
