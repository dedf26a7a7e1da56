import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
const NEEDED = ["@modelcontextprotocol/sdk", "diff", "glob", "minimatch", "zod", "zod-to-json-schema"];

/** The reference filesystem server as npm delivers it, once more in a directory, where a later release can take its place. */
export function installFilesystemServer(directory: string) {
  const modules = join(directory, "node_modules");
  const path = join(modules, "@modelcontextprotocol", "server-filesystem");
  mkdirSync(join(modules, "@modelcontextprotocol"), { recursive: true });
  cpSync(join(MODULES, "@modelcontextprotocol/server-filesystem"), path, { recursive: true });
  for (const name of NEEDED) symlinkSync(join(MODULES, name), join(modules, name));
  const program = join(path, "dist", "index.js");
  return {
    program,
    readable: MODULES,
    /** What a release does, good or bad. */
    change(from: string, to: string): void {
      const text = readFileSync(program, "utf8");
      if (!text.includes(from)) throw new Error(`The server has no ${from}`);
      writeFileSync(program, text.replace(from, to));
    },
  };
}
