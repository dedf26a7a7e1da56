import { join } from "node:path";

import { Mastra } from "@mastra/core/mastra";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { createClient } from "@libsql/client";
import { LibSQLStore, type SqliteClient } from "@mastra/libsql";
import { z } from "zod";

import type { Engine, EngineOptions } from "../engine.ts";
import { createWork, type Work } from "../work.ts";

/** Mastra with LibSQL: as it comes, or with every snapshot on the disk before the next step. */
export function openMastra({ syncFiles }: EngineOptions, mode: "default" | "full"): Engine {
  const work = createWork({ syncFiles });
  let workflow: ReturnType<typeof buildWorkflow>;
  let storage: LibSQLStore;

  return {
    durability:
      mode === "full"
        ? "LibSQL WAL, synchronous=FULL on every connection, snapshot after each step"
        : "LibSQL WAL, synchronous=NORMAL (default) on the connection that is used most, snapshot after each step",
    survivesPowerCut: mode === "full",
    async start(place) {
      const url = `file:${join(place.storage, "mastra.db")}`;
      const id = "bench";
      storage = new LibSQLStore(mode === "full" ? { id, client: createFullClient(url) } : { id, url });
      await storage.init();
      const mastra = new Mastra({
        workflows: { load_test_quick: buildWorkflow(work) },
        storage,
        logger: false,
      });
      workflow = mastra.getWorkflow("load_test_quick");
    },
    async runOne(index, directory) {
      const run = await workflow.createRun({ runId: `r${index}` });
      const result = await run.start({ inputData: { runId: `r${index}`, directory } });
      if (result.status !== "success") throw new Error(`Mastra ended with ${result.status}.`);
      return result.result.hash;
    },
    async stop() {
      await storage.close();
    },
  };
}

/** The store itself asks for synchronous=NORMAL; its new connections have SQLite's FULL. */
function createFullClient(url: string): SqliteClient {
  const client = createClient({ url, timeout: 10_000 });
  const execute = client.execute.bind(client);
  const executeUnlessWeaker = (...call: unknown[]) => {
    const [statement] = call;
    const weaker = typeof statement === "string" && /^PRAGMA synchronous\s*=\s*NORMAL/i.test(statement);
    return Reflect.apply(execute, client, weaker ? ["PRAGMA synchronous = FULL"] : call);
  };
  return Object.assign(client, { execute: executeUnlessWeaker }) as SqliteClient;
}

const Run = z.object({ runId: z.string(), directory: z.string() });
const Rendered = z.object({ directory: z.string(), content: z.string() });
const Written = z.object({ directory: z.string(), path: z.string() });

function buildWorkflow(work: Work) {
  const getTime = createStep({
    id: "get_time",
    inputSchema: Run,
    outputSchema: Run.extend({ timestamp: z.string() }),
    execute: async ({ inputData }) => ({ ...inputData, timestamp: work.getTime() }),
  });
  const renderContent = createStep({
    id: "render_content",
    inputSchema: Run.extend({ timestamp: z.string() }),
    outputSchema: Rendered,
    execute: async ({ inputData: { runId, directory, timestamp } }) => ({
      directory,
      content: work.render(runId, timestamp),
    }),
  });
  const writeFile = createStep({
    id: "write_file",
    inputSchema: Rendered,
    outputSchema: Written,
    execute: async ({ inputData: { directory, content } }) => ({
      directory,
      path: await work.write(directory, content),
    }),
  });
  const hashFile = createStep({
    id: "hash_file",
    inputSchema: Written,
    outputSchema: z.object({ hash: z.string() }),
    execute: async ({ inputData: { directory } }) => ({ hash: await work.hash(directory) }),
  });
  return createWorkflow({
    id: "load_test_quick",
    inputSchema: Run,
    outputSchema: z.object({ hash: z.string() }),
  })
    .then(getTime)
    .then(renderContent)
    .then(writeFile)
    .then(hashFile)
    .commit();
}
