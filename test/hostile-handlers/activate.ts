import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openHome } from "../../src/installation.ts";
import { AS_AGENT, chainIn } from "../import/chain.ts";
import { makeActive } from "../red-line.ts";
import type { HostileHandler } from "./hostile-handler.ts";
import { type HostileTool, serverText } from "./tools.ts";

/** An active pack, and what of it is to be run. */
export type Active = { readonly pack: string; readonly target: string };

type Environment = Readonly<Record<string, string>>;

/** Proposes, approves and activates a pack of one handler below a directory. */
export async function activateHandler(
  env: Environment,
  site: string,
  number: number,
  handler: HostileHandler,
): Promise<Active> {
  const {
    effects,
    ends,
    body,
    top = "",
    code = `${top}\nexport async function run(ctx, input) { ${body} }`,
  } = handler;
  const pack = join(site, "pack");
  const write = (file: string, text: string) => {
    mkdirSync(join(pack, file, ".."), { recursive: true });
    writeFileSync(join(pack, file), text);
  };
  write(
    "pack.yaml",
    `{ pack_id: pack.hostile${number}, name: hostile${number}, version: 1.0.0, description: Hostile., includes: { capabilities: [hostile.case${number}.act] } }`,
  );
  const isNetwork = effects.some((effect) => effect.startsWith("network"));
  write(
    `capabilities/hostile_case${number}_act.yaml`,
    `id: hostile.case${number}.act
version: 1.0.0
name: Act
description: ${isNetwork ? "Asks." : "Acts."}
operation: ${isNetwork ? "NETWORK" : "WRITE"}
risk: { level: MEDIUM, justification: A test. }
side_effects: [${effects.join(", ")}]
undo: { kind: ${effects.includes("filesystem_write") ? "reversible" : "none"} }
timeout_seconds: ${ends === "TIMED_OUT" ? 2 : 60}
${isNetwork ? "network: { hosts: [listed.example] }" : ""}
inputs: { type: object, additionalProperties: false }
outputs: { type: object, additionalProperties: false, required: [n], properties: { n: { type: integer }, s: { type: string } } }
`,
  );
  write(`handlers/hostile_case${number}_act.mjs`, code);
  await using home = await openHome(env);
  await makeActive(home, pack);
  return { pack: `hostile${number}`, target: `hostile.case${number}.act` };
}

/** Writes a server, imports it, approves and activates what came of that. */
export async function activateTool(
  env: Environment,
  site: string,
  number: number,
  tool: HostileTool,
): Promise<Active> {
  const pack = `tool${number}`;
  const file = join(site, "server", "hostile-tool.cjs");
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, serverText(tool));
  const chain = chainIn(site, env);
  const importing = ["import", "mcp", pack, "--command", "node", "--files", tool.files, "--reason", "a test"];
  const { id } = await chain.ok([...importing, "--", file], AS_AGENT);
  await chain.activate(String(id), pack);
  if (tool.ends !== "TIMED_OUT") return { pack, target: `${pack}.act` };
  // An imported contract gives a minute.
  const text = `name: impatient
version: 1.0.0
description: Waits for a short time.
metadata: { owner: test }
steps:
  - { name: act, capability_name: ${pack}.act, inputs: {}, timeout_seconds: 3, max_retries: 0 }
`;
  const workflow = join(site, "impatient.yaml");
  writeFileSync(workflow, text);
  return { pack, target: workflow };
}
