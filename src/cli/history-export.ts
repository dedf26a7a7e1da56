import { resolve } from "node:path";

import { history } from "../bridge/history.ts";
import { RuntimeError } from "../contract/errors.ts";
import { writeFile, writeOut } from "./audit-export.ts";
import type { Action } from "./session.ts";
import { showBytes } from "./text.ts";

/** Every run as the record that the bridge would print, to a new file or to the standard output. */
export const historyExport: Action = async (session) => {
  const out = session.text("out");
  if (out === undefined && session.json)
    throw new RuntimeError("USAGE", "With --json, an export needs --out FILE.");
  await using runtime = await session.open();
  const lines = history(runtime, session.text("since")).map((record) => `${JSON.stringify(record)}\n`);
  if (out === undefined) await writeOut(session, lines);
  else {
    const bytes = writeFile(resolve(session.io.cwd, out), out, lines);
    session.emit({ file: out, bytes }, () => [
      `${session.style.colors.green("✓")} ${out}  ${showBytes(bytes)}`,
    ]);
  }
  return 0;
};
