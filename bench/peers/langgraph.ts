import { join } from "node:path";

import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import Database from "better-sqlite3";

import type { Engine, EngineOptions } from "../engine.ts";
import { createWork, type Work } from "../work.ts";

/** LangGraph.js with its SQLite checkpointer: as it comes, or told to have every checkpoint on the disk first. */
export function openLangGraph({ syncFiles }: EngineOptions, mode: "default" | "full"): Engine {
  const work = createWork({ syncFiles });
  let database: Database.Database;
  let graph: ReturnType<typeof buildGraph>;

  return {
    durability:
      mode === "full"
        ? "SQLite WAL, synchronous=FULL, checkpoint before the next step (durability: sync)"
        : "SQLite WAL, synchronous=NORMAL (default of better-sqlite3), checkpoint beside the next step (durability: async)",
    survivesPowerCut: mode === "full",
    async start({ storage }) {
      database = new Database(join(storage, "checkpoints.db"));
      const saver = new SqliteSaver(database);
      // The first read makes the tables and, in WAL mode, brings better-sqlite3's default of NORMAL into force.
      await saver.getTuple({ configurable: { thread_id: "none" } });
      if (mode === "full") database.pragma("synchronous=FULL");
      const expected = mode === "full" ? 2 : 1;
      const found = database.pragma("synchronous", { simple: true });
      if (found !== expected) throw new Error(`PRAGMA synchronous is ${String(found)}, not ${expected}.`);
      graph = buildGraph(work, saver);
    },
    async runOne(index, directory) {
      const options = mode === "full" ? { durability: "sync" as const } : {};
      const input = { runId: `r${index}`, directory };
      const state = await graph.invoke(input, { configurable: { thread_id: `r${index}` }, ...options });
      return state.hash;
    },
    async stop() {
      database.close();
    },
  };
}

const State = Annotation.Root({
  runId: Annotation<string>,
  directory: Annotation<string>,
  timestamp: Annotation<string>,
  content: Annotation<string>,
  path: Annotation<string>,
  hash: Annotation<string>,
});

function buildGraph(work: Work, checkpointer: SqliteSaver) {
  return new StateGraph(State)
    .addNode("get_time", () => ({ timestamp: work.getTime() }))
    .addNode("render_content", ({ runId, timestamp }) => ({ content: work.render(runId, timestamp) }))
    .addNode("write_file", async ({ directory, content }) => ({ path: await work.write(directory, content) }))
    .addNode("hash_file", async ({ directory }) => ({ hash: await work.hash(directory) }))
    .addEdge(START, "get_time")
    .addEdge("get_time", "render_content")
    .addEdge("render_content", "write_file")
    .addEdge("write_file", "hash_file")
    .addEdge("hash_file", END)
    .compile({ checkpointer });
}
