// Usage: node stale-undo-driver.ts DIRECTORY
// Writes "own" to the file "file" and undoes that. It is held between the look of the undo and the commit of its
// intent. Then it prints the code of the error that the undo ended with.
import { RuntimeError } from "../src/index.ts";
import { holdCommit } from "./hold-commit.ts";
import { openIn } from "./installation.ts";

const [directory = ""] = process.argv.slice(2);
await using runtime = await openIn(directory);
const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "file", content: "own" } });
await runtime.ledger.flush();
// The first commit is that of the order to undo.
holdCommit(directory, 1);
try {
  await runtime.undo(run);
} catch (error) {
  process.stdout.write(`${error instanceof RuntimeError ? error.code : String(error)}\n`);
}
