import { RuntimeError } from "../contract/errors.ts";
import type { RunCode } from "../contract/handler.ts";
import { type Bubblewrap, findBubblewrap } from "./bubblewrap.ts";
import { sandboxed } from "./run-handler.ts";
import { LAYERS, type Layers } from "./start-child.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What runs the code of packs: in bubblewrap, or where AI_FIRST_SANDBOX accepts less, under Node's permission model. */
export function openSandbox(env: Environment): RunCode {
  return async (code) => sandboxed(layersOf(env), code);
}

/** Which sandbox this installation has. @throws SANDBOX_UNAVAILABLE for a value of AI_FIRST_SANDBOX that is none */
export async function describeSandbox(
  env: Environment,
): Promise<{ readonly layers: Layers; readonly bubblewrap: Bubblewrap }> {
  return { layers: layersOf(env), bubblewrap: await findBubblewrap() };
}

function layersOf(env: Environment): Layers {
  const asked = env["AI_FIRST_SANDBOX"] || "bubblewrap";
  const found = LAYERS.find((each) => each === asked);
  if (found !== undefined) return found;
  throw new RuntimeError(
    "SANDBOX_UNAVAILABLE",
    `AI_FIRST_SANDBOX is ${JSON.stringify(asked)}; it can be ${LAYERS.join(" or ")}.`,
  );
}
