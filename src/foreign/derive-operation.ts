import { RuntimeError } from "../contract/errors.ts";
import type { HeaderSecret, Parameter } from "../contract/foreign.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import { adoptSchema, isPlainName, type Schema } from "./adopt-schema.ts";
import type { DerivedTool } from "./derived.ts";
import { hostOf, riskOf } from "./derived-risk.ts";
import { mergeSchemas } from "./merge-schemas.ts";
import { type OpenApiDocument, type Operation, baseUrl } from "./read-operations.ts";
import { resolveObject } from "./pointer.ts";
import { secretFor } from "./derive-secret.ts";
import { textOr } from "./text-or.ts";

export type OperationOptions = {
  readonly id: string;
  readonly version: string;
  readonly document: OpenApiDocument;
  readonly documentUrl: string | undefined;
  /** In place of the servers that the document names. */
  readonly server: string | undefined;
  readonly packName: string;
};

const IGNORED_HEADERS = /^(?:accept|content-type|authorization)$/i;
const HEADER = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_DESCRIPTION = 1000;
const READS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

type Part = { readonly name: string; readonly schema: Schema; readonly isRequired: boolean };

/** The contract of one operation. @throws SPEC_INVALID where it cannot be called as it is described */
export function deriveOperation(operation: Operation, options: OperationOptions): DerivedTool {
  const { id, version, document, documentUrl, server, packName } = options;
  const notes: string[] = [];
  const base = server ?? baseUrl(operation.servers, documentUrl);
  const { parameters, parts } = readParameters(operation, document, notes);
  const body = readBody(operation, document, new Set(parts.map(({ name }) => name)), notes);
  const secret = readSecret(operation, document, packName, notes);
  const url = templateOf(base, operation.path, parameters);
  const isRead = READS.includes(operation.method);
  const host = hostOf(url);
  notes.unshift(
    isRead
      ? `${operation.method} reads from ${host}: nothing to undo`
      : `${operation.method} changes something at ${host}, and nothing here can take it back`,
  );
  if (url.startsWith("http:")) notes.push("the address is not encrypted");
  const own = textOr(operation.node["summary"], "") || textOr(operation.node["description"], "");
  const said = quoted(own, MAX_DESCRIPTION);
  const spec = {
    id,
    version,
    name: quoted(operation.key, 100),
    description: said === "" ? `${operation.method} ${quoted(operation.path, 200)}` : said,
    operation: "NETWORK" as const,
    risk: riskOf(isRead ? "MEDIUM" : "CRITICAL", notes[0] ?? ""),
    side_effects: [isRead ? ("network_read" as const) : ("network_write" as const)],
    undo: { kind: isRead ? ("none" as const) : ("irreversible" as const) },
    data_classes: ["untrusted"],
    idempotent: isRead || operation.method === "PUT" || operation.method === "DELETE",
    network: { hosts: [host] },
    foreign: {
      kind: "http" as const,
      method: operation.method as "GET",
      url,
      parameters,
      ...(body === undefined ? {} : { body: { input: body.name, media_type: body.mediaType } }),
      ...(secret === undefined ? {} : { secret }),
    },
    inputs: mergeSchemas(body === undefined ? parts : [...parts, body]),
    outputs: outputsOf(operation, document, notes),
  };
  const claims = said === "" ? [] : [said];
  const called = `${operation.method} ${quoted(operation.path, 200)}`;
  return { name: called, spec, notes, claims };
}

function readParameters(
  operation: Operation,
  { root, dialect }: OpenApiDocument,
  notes: string[],
): { readonly parameters: Parameter[]; readonly parts: Part[] } {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  for (const each of operation.parameters) {
    const parameter = resolveObject(root, each);
    found.set(`${textOr(parameter["in"], "")} ${textOr(parameter["name"], "")}`, parameter);
  }
  const parameters: Parameter[] = [];
  const parts = new Map<string, Part>();
  for (const parameter of found.values()) {
    const name = textOr(parameter["name"], "");
    const place = textOr(parameter["in"], "");
    const isRequired = parameter["required"] === true || place === "path";
    const shown = JSON.stringify(quoted(name, 60));
    if (place === "header" && IGNORED_HEADERS.test(name)) continue;
    const fault = faultOf(name, place);
    if (fault !== undefined) {
      if (isRequired) throw invalid(`It needs the parameter ${shown}, which ${fault}`);
      notes.push(`the parameter ${shown} is left out: it ${fault}`);
      continue;
    }
    const content = isObject(parameter["content"]) ? Object.values(parameter["content"])[0] : undefined;
    const schema = isObject(content) ? content["schema"] : parameter["schema"];
    const adopted = adoptSchema(schema ?? {}, { root, dialect, use: "input" });
    notes.push(...adopted.notes);
    const described = parameter["description"];
    let input = name;
    for (let number = 2; parts.has(input); number++) input = `${name}_${number}`;
    if (input !== name) notes.push(`${shown} in the ${place} is the input ${input}`);
    parts.set(input, {
      name: input,
      isRequired,
      schema:
        typeof described === "string" && described.trim() !== ""
          ? { description: quoted(described, 300), ...adopted.schema }
          : adopted.schema,
    });
    parameters.push({
      input,
      name,
      in: place as Parameter["in"],
      ...styleOf(parameter, place as Parameter["in"], content !== undefined),
    });
  }
  return { parameters, parts: [...parts.values()] };
}

function faultOf(name: string, place: string): string | undefined {
  if (place === "cookie") return "is a cookie";
  if (!["path", "query", "header"].includes(place)) return `lies in ${JSON.stringify(quoted(place, 20))}`;
  if (!isPlainName(name) || name === "") return "has no plain name";
  return place === "header" && !HEADER.test(name) ? "is no header name" : undefined;
}

function styleOf(
  parameter: Readonly<Record<string, unknown>>,
  place: Parameter["in"],
  isContent: boolean,
): Pick<Parameter, "style" | "explode"> {
  if (isContent) return { style: "json", explode: false };
  const known = {
    path: ["simple"],
    header: ["simple"],
    query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  };
  const style = textOr(parameter["style"], place === "query" ? "form" : "simple");
  if (!known[place].includes(style))
    throw invalid(
      `The parameter ${JSON.stringify(quoted(textOr(parameter["name"], ""), 60))} has the style ${quoted(style, 20)}, which is not known in the ${place}`,
    );
  const explode = typeof parameter["explode"] === "boolean" ? parameter["explode"] : style === "form";
  return { style: style as Parameter["style"], explode };
}

type Body = Part & { readonly mediaType: string };

function readBody(
  operation: Operation,
  { root, dialect }: OpenApiDocument,
  taken: ReadonlySet<string>,
  notes: string[],
): Body | undefined {
  const given = operation.node["requestBody"];
  if (given === undefined || READS.includes(operation.method)) return undefined;
  const body = resolveObject(root, given);
  const content = isObject(body["content"]) ? body["content"] : {};
  const types = Object.keys(content);
  const mediaType =
    types.find(isJson) ?? types.find((type) => FORM.test(type)) ?? types.find((type) => TEXT.test(type));
  const isRequired = body["required"] === true;
  if (mediaType === undefined) {
    const shown = types.map((type) => quoted(type, 60)).join(", ") || "nothing";
    if (isRequired) throw invalid(`Its body can be sent only as ${shown}, which is not supported`);
    if (types.length > 0) notes.push(`the body is left out: it can be sent only as ${shown}`);
    return undefined;
  }
  const media = content[mediaType];
  const schema = isObject(media) ? (media["schema"] ?? {}) : {};
  const adopted = adoptSchema(schema, { root, dialect, use: "input" });
  notes.push(...adopted.notes);
  let name = "body";
  for (let number = 2; taken.has(name); number++) name = `body_${number}`;
  const plain = isJson(mediaType)
    ? adopted.schema
    : FORM.test(mediaType)
      ? { type: "object", ...adopted.schema }
      : { type: "string" };
  return { name, isRequired, schema: plain, mediaType: mediaType.toLowerCase() };
}

const FORM = /^application\/x-www-form-urlencoded$/i;
const TEXT = /^text\/plain$/i;

function isJson(type: string): boolean {
  return /^application\/(?:[a-z0-9.-]+\+)?json$/i.test(type);
}

function readSecret(
  operation: Operation,
  { root }: OpenApiDocument,
  packName: string,
  notes: string[],
): HeaderSecret | undefined {
  const wanted = operation.node["security"] ?? root["security"];
  if (!Array.isArray(wanted) || wanted.length === 0) return undefined;
  const components = isObject(root["components"]) ? root["components"] : {};
  const schemes = isObject(components["securitySchemes"]) ? components["securitySchemes"] : {};
  for (const alternative of wanted) {
    const names = isObject(alternative) ? Object.keys(alternative) : [];
    const [name] = names;
    if (name === undefined) return undefined;
    if (names.length > 1 || !Object.hasOwn(schemes, name)) continue;
    const secret = secretFor(packName, name, resolveObject(root, schemes[name]));
    if (secret === undefined) continue;
    notes.push(`gets the secret ${secret.name} in the header ${secret.header}`);
    return secret;
  }
  throw invalid(
    "It asks for a key in the URL, a cookie, or several at once; only a secret in a header can be given",
  );
}

function templateOf(base: string, path: string, parameters: readonly Parameter[]): string {
  const names = parameters.filter((each) => each.in === "path").map(({ name }) => name);
  const inPath = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  const missing = inPath.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw invalid(`Its path has {${quoted(missing, 60)}}, and no parameter of that name`);
  const unused = names.find((name) => !inPath.includes(name));
  if (unused !== undefined)
    throw invalid(`Its path has no {${quoted(unused, 60)}}, which is a parameter of it`);
  const fixed = path.replaceAll(/\{[^{}]*\}/g, "x");
  const isPlain =
    /^\/[\w\-.~!$&'()*+,;=:@%/]*$/.test(fixed) && !/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(fixed);
  if (!isPlain) throw invalid(`Its path ${JSON.stringify(quoted(path, 100))} is no plain path`);
  return base + path;
}

function outputsOf(
  operation: Operation,
  { root, dialect }: OpenApiDocument,
  notes: string[],
): Schema & { readonly type: "object" } {
  const responses = isObject(operation.node["responses"]) ? operation.node["responses"] : {};
  const good = Object.entries(responses).filter(([status]) => /^2(?:\d\d|XX)$/i.test(status));
  let body: Schema = {};
  let defs: Schema = {};
  const [only] = good;
  if (good.length === 1 && only !== undefined) {
    const content = resolveObject(root, only[1])["content"];
    const json = isObject(content) ? Object.entries(content).find(([type]) => isJson(type))?.[1] : undefined;
    try {
      const schema = isObject(json) ? (json["schema"] ?? {}) : {};
      const adopted = adoptSchema(schema, { root, dialect, use: "output" });
      const { $defs, ...rest } = adopted.schema;
      body = rest;
      defs = $defs === undefined ? {} : { $defs };
      notes.push(...adopted.notes.map((note) => `answer: ${note}`));
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      notes.push(`the answer is not checked: ${error.message}`);
    }
  } else if (good.length > 1) notes.push("the answer is not checked: it can have several forms");
  return {
    type: "object",
    properties: {
      status: { type: "integer" },
      media_type: { type: "string" },
      encoding: { enum: ["json", "text", "base64", "none"] },
      body: without(body, "description"),
    },
    required: ["status", "media_type", "encoding", "body"],
    ...defs,
  };
}

function without(schema: Schema, keyword: string): Schema {
  const { [keyword]: _, ...rest } = schema;
  return rest;
}

function invalid(message: string): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `${message}.`);
}
