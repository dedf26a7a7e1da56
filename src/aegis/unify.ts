import { isObject } from "../contract/json.ts";
import type { CapabilitySpec } from "../contract/capability.ts";
import { templatesIn } from "../workflow/template.ts";
import type { Filling } from "./goal-grammar.ts";

/** What an earlier step of the plan gives. */
export type Given = {
  readonly step: string;
  /** The goal's own name for it. */
  readonly name: string | undefined;
  readonly outputs: Readonly<Record<string, Schema>>;
  /** Whether "it" can mean what it gives: what only wrote something gives nothing to go on with. */
  readonly isSource: boolean;
};

export type Scope = {
  /** The quest's inputs. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** In the order of the plan. */
  readonly given: readonly Given[];
};

type Schema = Readonly<Record<string, unknown>>;

/** A value for the workflow, where it comes from, and its types where they are known. */
export type Resolved = {
  readonly value: unknown;
  readonly from: string;
  readonly types: readonly string[] | undefined;
};

export type Unresolved = { readonly problem: string; readonly missing: string };

/** The outputs of each kind of words, and what a step mainly gives: the first that it has. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  content: ["content", "text", "body", "rendered"],
  body: ["body"],
  hash: ["checksum_sha256", "hash", "checksum"],
  time: ["timestamp"],
  list: ["entries", "matches", "rows", "values"],
  table: ["extracted_tables"],
  archive: ["archive_path"],
};

const WORDS: Readonly<Record<string, keyof typeof CALLED>> = {
  content: "content",
  contents: "content",
  text: "content",
  内容: "content",
  文本: "content",
  文字: "content",
  body: "body",
  answer: "body",
  page: "body",
  response: "body",
  网页: "body",
  页面: "body",
  响应: "body",
  hash: "hash",
  checksum: "hash",
  digest: "hash",
  "sha-256": "hash",
  sha256: "hash",
  哈希: "hash",
  哈希值: "hash",
  校验和: "hash",
  摘要: "hash",
  time: "time",
  timestamp: "time",
  时间: "time",
  list: "list",
  entries: "list",
  files: "list",
  列表: "list",
  清单: "list",
  table: "table",
  tables: "table",
  表格: "table",
  archive: "archive",
  压缩包: "archive",
};

const MAIN = [
  "content",
  "text",
  "body",
  "rendered",
  "checksum_sha256",
  "hash",
  "timestamp",
  "csv_string",
  "json_string",
  "yaml_string",
  "calculated_metrics",
  "extracted_tables",
  "entries",
  "matches",
  "rows",
  "values",
  "value",
  "diff",
  "stdout",
  "base64",
  "uuid",
  "archive_path",
  "extracted",
  "file_path",
];

const IT = new Set(["it", "this", "that", "result", "output", "它", "其", "结果", "输出"]);

/** The value that a goal's words fill an input with. */
export function fill(filling: Filling, scope: Scope): Resolved | Unresolved {
  if ("value" in filling) {
    const unknown = templatesIn(filling.value).find(({ path }) => !isKnown(path, scope));
    return unknown === undefined
      ? { value: filling.value, from: filling.from ?? "goal", types: undefined }
      : { problem: `nothing defines {{ ${unknown.path} }}`, missing: unknown.path };
  }
  const word = filling.reference.replace(/^(?:the|its) /, "").trim();
  return (
    refer(word, scope) ?? {
      problem: `"${filling.reference}" names nothing that is known by then`,
      missing: word,
    }
  );
}

/** What fills a required input that the goal does not mention: by its name, or as the one thing that is left. */
export function unify(name: string, schema: unknown, scope: Scope, isOnly: boolean): Resolved | undefined {
  const wanted = typesOf(schema);
  const fits = (found: Resolved | undefined): Resolved | undefined =>
    found !== undefined && areCompatible(found.types, wanted) ? found : undefined;
  if (Object.hasOwn(scope.inputs, name)) return fits(ofQuest(name, scope));
  const named = scope.given.findLast(({ outputs }) => Object.hasOwn(outputs, name));
  if (named !== undefined) return fits(outputOf(named, name));
  return isOnly ? fits(lastResult(scope)) : undefined;
}

/** What a step with this contract gives to later ones. */
export function givenBy(
  step: string,
  name: string | undefined,
  { outputs: { properties: outputs = {} }, operation }: CapabilitySpec,
): Given {
  const writes = operation === "WRITE" || operation === "DELETE";
  const isSource = !writes || MAIN.some((output) => Object.hasOwn(outputs, output));
  return { step, name, outputs, isSource };
}

export function typesOf(schema: unknown): readonly string[] | undefined {
  const type = isObject(schema) ? schema["type"] : undefined;
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.map(String) : undefined;
}

/** Whether a value of one of these types can be one of those; what is not known may. */
export function areCompatible(
  given: readonly string[] | undefined,
  wanted: readonly string[] | undefined,
): boolean {
  if (given === undefined || wanted === undefined) return true;
  return given.some((type) => wanted.includes(type) || (type === "integer" && wanted.includes("number")));
}

function refer(word: string, scope: Scope): Resolved | undefined {
  if (IT.has(word)) return lastResult(scope);
  const named = scope.given.findLast(({ name }) => name === word);
  if (named !== undefined) return mainOf(named);
  if (Object.hasOwn(scope.inputs, word)) return ofQuest(word, scope);
  const outputs = Object.hasOwn(WORDS, word) ? (CALLED[WORDS[word] ?? ""] ?? []) : [word];
  for (const given of scope.given.toReversed()) {
    const output = outputs.find((each) => Object.hasOwn(given.outputs, each));
    if (output !== undefined) return outputOf(given, output);
  }
  return undefined;
}

function lastResult({ given }: Scope): Resolved | undefined {
  const last = given.findLast(({ isSource }) => isSource);
  return last === undefined ? undefined : mainOf(last);
}

function mainOf(given: Given): Resolved | undefined {
  const known = MAIN.find((output) => Object.hasOwn(given.outputs, output));
  if (known !== undefined) return outputOf(given, known);
  const [only, another] = Object.keys(given.outputs).filter((output) => output !== "success");
  return only === undefined || another !== undefined ? undefined : outputOf(given, only);
}

function outputOf({ step, outputs }: Given, output: string): Resolved {
  return { value: `{{ ${step}.${output} }}`, from: `${step}.${output}`, types: typesOf(outputs[output]) };
}

function ofQuest(name: string, { inputs }: Scope): Resolved {
  return { value: `{{ ${name} }}`, from: `quest.inputs.${name}`, types: typesOfValue(inputs[name]) };
}

function typesOfValue(value: unknown): readonly string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value];
}

const OF_THE_RUN = new Set(["run_id", "workflow_id", "workflow_name"]);

function isKnown(path: string, { inputs, given }: Scope): boolean {
  const [first = "", output] = path.split(".");
  if (OF_THE_RUN.has(first) || Object.hasOwn(inputs, first)) return true;
  const step = given.find((each) => each.step === first);
  return step !== undefined && (output === undefined || Object.hasOwn(step.outputs, output));
}
