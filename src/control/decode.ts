import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import { pointerStep } from "../contract/json-pointer.ts";
import { readJson } from "../contract/read-json.ts";
import { readBody } from "../operate/read-body.ts";
import { Refusal } from "./problem.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** The body of a request, read as JSON and held against its schema. @throws Refusal, INPUT_INVALID */
export async function decodeBody(request: Request, schema: z.ZodObject): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new Refusal(
      415,
      "INPUT_INVALID",
      `The content type is "${type.slice(0, 100)}"; it must be application/json.`,
    );
  if (request.headers.has("content-encoding"))
    throw new Refusal(415, "INPUT_INVALID", "A body with a content encoding is not read.");
  return check(schema, readTree(await readText(request)), "body");
}

/** Takes the texts of a path or a query for what the schema says they are. @throws INPUT_INVALID */
export function decodeTexts(
  schema: z.ZodObject,
  texts: Iterable<readonly [string, string]>,
  where: "path" | "query",
): unknown {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, text] of texts) {
    if (name in values) throw new RuntimeError("INPUT_INVALID", `${where}: "${show(name)}" is given twice.`);
    values[name] = valueOf(schema.shape[name], text);
  }
  return check(schema, { ...values }, where);
}

function valueOf(field: unknown, text: string): unknown {
  const kind = kindOf(field);
  if (kind === "number") return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return kind === "array" ? text.split(",") : text;
}

function kindOf(field: unknown): string {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable)
    return kindOf(field.unwrap());
  if (field instanceof z.ZodNumber) return "number";
  if (field instanceof z.ZodBoolean) return "boolean";
  return field instanceof z.ZodArray ? "array" : "text";
}

function check(schema: z.ZodObject, value: unknown, where: string): unknown {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const faults = error.issues.map(({ path, message }) => `${where}${pointer(path)}: ${message}`);
  throw new RuntimeError("INPUT_INVALID", faults.slice(0, 10).join("; ").slice(0, 2000));
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => pointerStep(typeof part === "number" ? part : show(String(part)))).join("");
}

function readTree(text: string): unknown {
  const tree = readJson(text);
  if (tree === undefined) throw new Refusal(400, "INPUT_INVALID", "The body is not JSON.");
  const [fault] = tree.faults;
  if (fault !== undefined)
    throw new Refusal(
      400,
      "INPUT_INVALID",
      `The body has a fault at character ${fault.offset}: ${fault.message}.`,
    );
  return tree.value;
}

async function readText(request: Request): Promise<string> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === "too long")
    throw new Refusal(413, "LIMIT_EXCEEDED", `The body has more than ${MAX_BODY_BYTES} bytes.`, {
      connection: "close",
    });
  if (body === "no text") throw new Refusal(400, "INPUT_INVALID", "The body is not UTF-8.");
  return body.text;
}

function show(text: string): string {
  return text.slice(0, 100);
}
