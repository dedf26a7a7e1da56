import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The four steps of `load_test_quick` as a careful author writes them for an engine without file effects of its own. */
export type Work = {
  getTime(): string;
  render(runId: string, timestamp: string): string;
  write(directory: string, content: string): Promise<string>;
  hash(directory: string): Promise<string>;
};

export function createWork(options: { readonly syncFiles: boolean }): Work {
  return {
    getTime: () => new Date().toISOString(),
    render: renderContent,
    async write(directory, content) {
      const path = join(directory, FILE_NAME);
      await using file = await open(path, "w");
      await file.writeFile(content);
      if (options.syncFiles) await file.sync();
      return path;
    },
    hash: (directory) => hashFile(join(directory, FILE_NAME)),
  };
}

export const FILE_NAME = "out.txt";

export function renderContent(runId: string, timestamp: string): string {
  return `run_id=${runId}\nts=${timestamp}\n`;
}

export async function hashFile(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}
