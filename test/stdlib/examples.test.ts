import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { HANDLERS } from "../../src/skills/handlers.ts";
import { startServer } from "../local-server.ts";
import { openStdlib, readSpec } from "./stdlib-context.ts";
import { verifies } from "../requirements.ts";

verifies("stdlib:contract");

const specs = Object.keys(HANDLERS)
  .map(readSpec)
  .filter(({ side_effects }) => side_effects.some((effect) => effect !== "read_only"));

describe.for(specs)("$id", ({ id, examples }) => {
  test.for(examples)("$name", async ({ files = {}, inputs, outputs, error, files_after = {} }) => {
    await using server = await startServer((request, response) =>
      response.writeHead(request.url === "/missing" ? 404 : 200).end("{}"),
    );
    using stdlib = openStdlib(server.port);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(stdlib.path, dirname(path)), { recursive: true });
      writeFileSync(join(stdlib.path, path), content ?? "");
    }
    const outcome = stdlib.run(id, inputs);
    if (error === undefined) expect(await outcome).toMatchObject(outputs ?? {});
    else await expect(outcome).rejects.toMatchObject({ code: error });
    for (const [path, content] of Object.entries(files_after))
      expect(existsSync(join(stdlib.path, path)) ? readFileSync(join(stdlib.path, path), "utf8") : null).toBe(
        content,
      );
  });
});
