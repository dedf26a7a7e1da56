import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { CapabilitySpec } from "../contract/capability.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { readSpec } from "../contract/parse-spec.ts";
import { quoted } from "../contract/visible.ts";
import { deriveOperations } from "../foreign/derive-all.ts";
import { hostOf } from "../foreign/derived-risk.ts";
import { openDocument } from "../foreign/read-operations.ts";
import { privateHostsOf } from "../kernel/home.ts";
import { parseEndpoint } from "../workspace/egress.ts";
import { parseTarget } from "../workspace/target.ts";
import { importName, importVersion, proposeImport } from "./import-pack.ts";
import { openImportNet } from "./import-net.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action, Session } from "./session.ts";

const MAX_BYTES = 20 * 1024 * 1024;

/** Reads an OpenAPI document, and proposes a pack of its operations. Nothing of it is called. */
export const importOpenApi: Action = async (session) => {
  const reason = session.flag("check") ? null : requiredReason(session);
  await using home = await session.io.openHome(session.io.env);
  const name = importName(session, home);
  const source = session.args[1] ?? "";
  const isUrl = /^https?:\/\//i.test(source);
  const text = isUrl ? await fetchText(session, source) : readText(resolve(session.io.cwd, source));
  const document = openDocument(parse(text, source), source);
  const version = importVersion(session, home, name);
  const server = serverOf(session);
  const chosen = session.list("operations").flatMap((each) => each.split(",").map((part) => part.trim()));
  const place = { documentUrl: isUrl ? source : undefined, server };
  const derived = deriveOperations(document, place, {
    name,
    version,
    chosen: chosen.filter((each) => each !== ""),
  });
  const { tools, refused } = onlyReachable(session, derived);
  return await proposeImport(
    session,
    home,
    { name, version, from: `the OpenAPI document ${quoted(source, 200)}`, tools, refused },
    reason,
  );
};

function serverOf(session: Session): string | undefined {
  const given = session.text("server");
  if (given === undefined) return undefined;
  const url = URL.parse(given);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "")
    return url.href.replace(/\/+$/, "");
  throw new RuntimeError(
    "INPUT_INVALID",
    `--server ${JSON.stringify(given.slice(0, 100))} is no plain address of http or https.`,
  );
}

/** An operation that leads where nothing may be reached is left out, so that nobody approves it unawares. */
function onlyReachable({ io: { env } }: Session, { tools, refused }: ReturnType<typeof deriveOperations>) {
  const privateEndpoints = new Set(privateHostsOf(env).map(parseEndpoint));
  const faults = tools.map(({ spec: { foreign } }) => {
    if (foreign?.kind !== "http") return undefined;
    const url = foreign.url.replaceAll(/\{[^{}]*\}/g, "x");
    try {
      parseTarget(url, {
        hosts: [{ kind: "any", host: "", port: Number(hostOf(url).split(":").at(-1)) }],
        privateEndpoints,
      });
      return undefined;
    } catch (error) {
      if (error instanceof RuntimeError) return error.message;
      throw error;
    }
  });
  return {
    tools: tools.filter((_, index) => faults[index] === undefined),
    refused: [
      ...refused,
      ...tools.flatMap(({ name }, index) =>
        faults[index] === undefined ? [] : [{ name, why: faults[index] }],
      ),
    ],
  };
}

async function fetchText(session: Session, url: string): Promise<string> {
  const spec = CapabilitySpec.parse({
    id: "import.openapi",
    version: "1.0.0",
    name: "Import",
    description: "Fetches an OpenAPI document.",
    operation: "NETWORK",
    risk: { level: "MEDIUM", justification: "Somebody asked for it." },
    side_effects: ["network_read"],
    undo: { kind: "none" },
    network: { hosts: [hostOf(url)] },
    inputs: { type: "object" },
    outputs: { type: "object" },
  });
  const net = openImportNet(session, spec, new AbortController().signal);
  const { status, body } = await net.request({ method: "GET", url, maxBytes: MAX_BYTES });
  if (status !== 200) throw new RuntimeError("SERVICE_REFUSED", `${url} was answered with status ${status}.`);
  return body.toString("utf8");
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES)
      throw new RuntimeError("LIMIT_EXCEEDED", `"${path}" has more than ${MAX_BYTES} bytes.`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `"${path}"`);
  }
}

/** JSON of any size is read as such; YAML as specs are, which are smaller. @throws SPEC_INVALID */
function parse(text: string, source: string): unknown {
  if (/^\s*\{/.test(text))
    try {
      return JSON.parse(text);
    } catch {
      // Where it is no JSON, the reader of specs names the place.
    }
  return readSpec(text, source).value;
}
