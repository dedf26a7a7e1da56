import { RuntimeError } from "../contract/errors.ts";
import type { ForeignOf } from "../contract/foreign.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import { adoptSchema, isPlainName, type Schema } from "./adopt-schema.ts";
import type { DerivedTool, DraftSpec } from "./derived.ts";
import { hostOf, riskOf } from "./derived-risk.ts";
import { definitionDigest, type ToolDefinition } from "./mcp-session.ts";

type StdioServer = Omit<ForeignOf<"mcp-stdio">, "tool" | "definition">;
type HttpServer = Omit<ForeignOf<"mcp-http">, "tool" | "definition">;

/** How a server is reached, and what of the run's files its program gets. */
export type McpServer =
  | { readonly server: HttpServer }
  | { readonly server: StdioServer; readonly files: "none" | "read" | "write" };

const MAX_DESCRIPTION = 1000;
const MAX_CLAIMS = 10;

/** The contract of one tool. @throws SPEC_INVALID where it has none that could be kept */
export function deriveTool(
  definition: ToolDefinition,
  id: string,
  version: string,
  from: McpServer,
): DerivedTool {
  const { name, inputSchema, outputSchema, description, annotations } = definition;
  if (!isPlainName(name) || name === "")
    throw new RuntimeError("SPEC_INVALID", "Its name has characters that cannot be seen.");
  const notes: string[] = [];
  const said = typeof description === "string" ? quoted(description, MAX_DESCRIPTION) : "";
  const spec: DraftSpec = {
    id,
    version,
    name: quoted(name, 100),
    description: said === "" ? `The tool ${quoted(name, 100)}, which says nothing about itself.` : said,
    ...effectsOf(from, notes),
    data_classes: ["untrusted"],
    timeout_seconds: 60,
    foreign: { ...from.server, tool: name, definition: definitionDigest(definition) },
    inputs: inputsOf(inputSchema, notes),
    outputs: outputsOf(outputSchema, notes),
  };
  return { name: quoted(name, 100), spec, notes, claims: claimsOf(annotations) };
}

function effectsOf(
  from: McpServer,
  notes: string[],
): Pick<DraftSpec, "operation" | "risk" | "side_effects" | "undo" | "network"> {
  if (!("files" in from)) {
    const host = hostOf(from.server.url);
    notes.push(`what it does at ${host} is not known here: it counts as a change that nothing can take back`);
    if (from.server.url.startsWith("http:")) notes.push("the address is not encrypted");
    if (from.server.secret !== undefined)
      notes.push(`gets the secret ${from.server.secret.name} in the header ${from.server.secret.header}`);
    return {
      operation: "NETWORK",
      risk: riskOf("CRITICAL", notes[0] ?? ""),
      side_effects: ["network_write"],
      undo: { kind: "irreversible" },
      network: { hosts: [host] },
    };
  }
  notes.push("a program of somebody else, started for each call in a sandbox without network");
  if (from.server.env.length > 0)
    notes.push(`gets the secrets ${from.server.env.join(", ")} in its environment`);
  if (from.files === "none") {
    notes.push("it gets no files: nothing to undo");
    return {
      operation: "EXECUTE",
      risk: riskOf("LOW", "it sees nothing and changes nothing"),
      side_effects: ["read_only"],
      undo: { kind: "none" },
    };
  }
  if (from.files === "read") {
    notes.push("it gets a copy of the run's directory to read: nothing to undo");
    return {
      operation: "READ",
      risk: riskOf("LOW", "it only reads the run's directory"),
      side_effects: ["filesystem_read"],
      undo: { kind: "none" },
    };
  }
  notes.push(
    "it works on a copy of the run's directory; what it changed is taken over as effects that can be undone",
  );
  return {
    operation: "WRITE",
    risk: riskOf(
      "MEDIUM",
      "it may change or remove any file of the run's directory, which the runtime restores",
    ),
    side_effects: ["filesystem_read", "filesystem_write", "filesystem_delete"],
    undo: { kind: "reversible" },
  };
}

function inputsOf(schema: unknown, notes: string[]): Schema & { readonly type: "object" } {
  if (schema === undefined) return { type: "object", properties: {} };
  const adopted = adoptSchema(schema, { root: schema, dialect: "2020-12", use: "input" });
  notes.push(...adopted.notes);
  const { description: _, ...inputs } = asObject(adopted.schema);
  return { ...inputs, type: "object" };
}

/** A root that is a reference or says nothing of a type is an object all the same: MCP has no other. */
function asObject(schema: Schema): Schema {
  if (schema["type"] === "object") return schema;
  if (schema["type"] === undefined && schema["properties"] !== undefined) return schema;
  throw new RuntimeError("SPEC_INVALID", "Its inputSchema does not describe an object.");
}

function outputsOf(schema: unknown, notes: string[]): Schema & { readonly type: "object" } {
  let structured: Schema = {};
  let defs: Schema = {};
  if (schema !== undefined)
    try {
      const adopted = adoptSchema(schema, { root: schema, dialect: "2020-12", use: "output" });
      const { $defs, ...rest } = adopted.schema;
      structured = rest;
      defs = $defs === undefined ? {} : { $defs };
      notes.push(...adopted.notes.map((note) => `answer: ${note}`));
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      notes.push(`the answer is not checked: ${error.message}`);
    }
  return {
    type: "object",
    properties: {
      content: {
        type: "array",
        items: { type: "object", properties: { type: { type: "string" } }, required: ["type"] },
      },
      structured,
    },
    required: schema === undefined ? ["content"] : ["content", "structured"],
    ...defs,
  };
}

function claimsOf(annotations: unknown): string[] {
  if (!isObject(annotations)) return [];
  return Object.entries(annotations)
    .slice(0, MAX_CLAIMS)
    .map(([name, value]) => `${quoted(name, 40)}: ${quoted(JSON.stringify(value) ?? "", 80)}`);
}
