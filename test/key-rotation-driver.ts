// Usage: node --import crash/points.mjs key-rotation-driver.ts DIRECTORY
// Rotates the keys of the installation in a directory, as the command line does.
import { runFake } from "./cli/run-fake.ts";

const [directory = ""] = process.argv.slice(2);
const { exitCode, stderr } = await runFake(["keys", "rotate", "--yes"], { directory });
process.stderr.write(stderr);
process.exitCode = exitCode;
