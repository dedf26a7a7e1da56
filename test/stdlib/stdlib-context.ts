import { readFileSync, realpathSync } from "node:fs";

import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

import { CapabilitySpec } from "../../src/contract/capability.ts";
import { canonicalJson } from "../../src/contract/json.ts";
import type { Net } from "../../src/contract/handler.ts";
import { HANDLERS } from "../../src/skills/handlers.ts";
import { createNet } from "../../src/workspace/egress.ts";
import { createFiles } from "../../src/workspace/files.ts";
import { createProcesses } from "../../src/workspace/process.ts";
import { ReadMarks } from "../../src/workspace/read-marks.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { scratch } from "../scratch.ts";

const folder = new URL("../../assets/capabilities/validated/stdlib/", import.meta.url);

export function readSpec(id: string): CapabilitySpec {
  return CapabilitySpec.parse(
    parse(readFileSync(new URL(`${id.replaceAll(".", "_")}.yaml`, folder), "utf8")),
  );
}

export type Stdlib = Disposable & {
  readonly path: string;
  /** The number of effects on files that were intended so far. */
  readonly effects: () => number;
  /** Runs a capability with its real contract and real files, programs and requests. */
  readonly run: (id: string, inputs: Record<string, unknown>) => Promise<Record<string, unknown>>;
};

/** A workspace that capabilities run in. `api` is the port of a local server that answers as `http://api.example.com`. */
export function openStdlib(api?: number): Stdlib {
  const directory = scratch();
  const path = realpathSync(directory.path);
  const workspace = openWorkspace(path, "test");
  const ajv = new Ajv2020({ useDefaults: true, strict: true, allowUnionTypes: true, strictTypes: false });
  let effects = 0;
  return {
    path,
    effects: () => effects,
    async run(id, given) {
      const spec = readSpec(id);
      const inputs = structuredClone(given);
      if (!ajv.validate(spec.inputs, inputs)) throw new Error(`${id}: ${ajv.errorsText()}`);
      const signal = new AbortController().signal;
      const files = createFiles({
        workspace,
        directory: workspace.root,
        prefix: [],
        run: "run",
        reads: new ReadMarks(),
        maxBytes: spec.limits.max_bytes ?? 64 * 1024 * 1024,
        signal,
        needs: (...anyOf) => {
          if (!anyOf.some((effect) => spec.side_effects.includes(effect)))
            throw new Error(`${id} does not declare ${anyOf.join(", ")}`);
        },
        lastSeq: () => 0,
        intend: async () => {
          effects++;
          return async () => {};
        },
      });
      const net = createNet({
        spec,
        signal,
        intend: async () => {},
        allowPrivateHosts: api === undefined ? [] : [`127.0.0.1:${api}`],
      });
      const handler = await HANDLERS[id]?.();
      if (handler === undefined) throw new Error(`${id} has no handler`);
      const outputs = await handler(
        {
          fs: files,
          net: api === undefined ? net : asExample(net, api),
          process: createProcesses({ spec, cwd: path, signal, intend: async () => {} }),
          now: Date.now,
          signal,
          idempotencyKey: "key-1",
          spec,
        },
        inputs,
      );
      if (!ajv.validate(spec.outputs, outputs)) throw new Error(`${id}: ${ajv.errorsText()}`);
      canonicalJson(outputs);
      return outputs;
    },
    [Symbol.dispose]() {
      workspace.close();
      directory[Symbol.dispose]();
    },
  };
}

function asExample(net: Net, port: number): Net {
  return {
    request: (request) =>
      net.request({
        ...request,
        url: request.url.replace("http://api.example.com", `http://127.0.0.1:${port}`),
      }),
  };
}
