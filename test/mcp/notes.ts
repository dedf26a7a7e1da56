import { z } from "zod";

import type { Context } from "../../src/contract/handler.ts";
import { defineCapability } from "../../src/index.ts";
import { makeActive } from "./make-active.ts";
import { openSite } from "./site.ts";

type Level = "LOW" | "HIGH";

function note(
  level: Level,
  requires_approval: boolean,
  name: string,
  during: (ctx: Context) => Promise<void>,
) {
  return defineCapability({
    id: `test.${name}`,
    version: "1.0.0",
    description: "Writes a note.",
    input: z.strictObject({ path: z.string(), text: z.string() }),
    output: z.strictObject({ path: z.string() }),
    risk: { level, justification: "a test", requires_approval },
    sideEffects: ["filesystem_write"],
    undo: { kind: "reversible" },
    timeoutSeconds: 60,
    async run(ctx, { path, text }) {
      await ctx.fs.write(path, text);
      await during(ctx);
      return { path };
    },
  });
}

const atOnce = () => Promise.resolve();

/** Files of the tools that the tests call: each writes a note, at the risk that its name says. */
function assets(): Record<string, string> {
  const names = ["low_note", "high_note", "slow_note"];
  const files: Record<string, string> = {
    "packs/notes/pack.yaml": JSON.stringify({
      pack_id: "pack.notes",
      name: "notes",
      version: "1.0.0",
      description: "Notes.",
      includes: { capabilities: [], workflows: names },
      risk_profile: { max_risk: "HIGH", justification: "a test" },
    }),
  };
  for (const name of names) {
    files[`workflows/${name}.yaml`] = JSON.stringify({
      workflow_id: name,
      name,
      version: "1.0.0",
      description: "Writes a note.",
      metadata: { owner: "test" },
      initial_state: { path: "note.txt", text: "hello" },
      steps: [
        {
          name: "write",
          capability_name: `test.${name}`,
          inputs: { path: "{{ path }}", text: "{{ text }}" },
          max_retries: 0,
        },
      ],
    });
    files[`specs/facades/${name}.yaml`] = JSON.stringify({
      name,
      version: "1.0.0",
      description: "Writes a note.",
      triggers: [`write a ${name}`],
      routes: { primary: { type: "workflow", ref: name } },
    });
  }
  return files;
}

/**
 * A site with notes of low and of high risk, which both take a person's yes, and with a slow one: `wasReached` resolves
 * when it has written its note, and it goes on until `goOn`.
 */
export async function openNotes(options: Parameters<typeof openSite>[0] = {}) {
  let reached = Promise.withResolvers<void>();
  let released = Promise.withResolvers<void>();
  const untilReleased = async ({ signal }: Context): Promise<void> => {
    reached.resolve();
    const stopped = new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("called off")), { once: true });
    });
    await Promise.race([released.promise, stopped]);
  };
  const site = await openSite({
    ...options,
    assets: assets(),
    capabilities: [
      note("LOW", true, "low_note", atOnce),
      note("HIGH", true, "high_note", atOnce),
      note("LOW", false, "slow_note", untilReleased),
    ],
  });
  if (site.control.station.chain.governance.state().governed.get("pack notes@1.0.0") === undefined)
    await makeActive(site.runtime, "notes");
  return {
    ...site,
    wasReached: () => reached.promise,
    goOn: () => released.resolve(),
    /** For the next call. */
    again() {
      reached = Promise.withResolvers();
      released = Promise.withResolvers();
    },
  };
}
export type Notes = Awaited<ReturnType<typeof openNotes>>;
