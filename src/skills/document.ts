import type { CapabilitySpec } from "../contract/capability.ts";
import { isObject } from "../contract/json.ts";

type Schema = { readonly [keyword: string]: unknown };

/** The reference section of a capability in Markdown: inputs, outputs, risk, effects, undo and examples, derived from its spec alone. */
export function documentCapability(spec: CapabilitySpec): string {
  return [
    `## ${spec.id}`,
    spec.description,
    factTable(spec),
    "### Inputs",
    schemaTable(spec.inputs),
    "### Outputs",
    schemaTable(spec.outputs),
    "### Examples",
    ...spec.examples.map(documentExample),
  ].join("\n\n");
}

function factTable(spec: CapabilitySpec): string {
  const { risk, undo } = spec;
  const approval = risk.requires_approval ? ", always asks a human" : "";
  const facts: [string, string | undefined][] = [
    ["Version", spec.version],
    ["Risk", `${risk.level}${approval}: ${risk.justification}`],
    ["Effects", spec.side_effects.map(code).join(", ")],
    [
      "Undo",
      [undo.kind, undo.description, undo.compensation && code(undo.compensation)].filter(Boolean).join(": "),
    ],
    ["Idempotent", spec.idempotent ? "yes" : "no"],
    ["Timeout", `${spec.timeout_seconds} s`],
    ["Size limit", spec.limits.max_bytes === undefined ? undefined : `${spec.limits.max_bytes} bytes`],
    ["Hosts", spec.network?.hosts.map(code).join(", ")],
    ["Commands", spec.process?.commands.map(code).join(", ")],
  ];
  const rows = facts
    .filter(([, value]) => value !== undefined)
    .map(([name, value = ""]) => [name, cell(value)]);
  return table(["", ""], rows);
}

function schemaTable(schema: Schema): string {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const rows = Object.entries(properties).map(([name, value]) => {
    const property = isObject(value) ? value : {};
    return [
      code(name),
      cell(typeOf(property)),
      required.includes(name) ? "yes" : defaultOf(property),
      cell(describe(property)),
    ];
  });
  return rows.length === 0 ? "None." : table(["Name", "Type", "Required or default", "Meaning"], rows);
}

function typeOf(schema: Schema): string {
  if (Array.isArray(schema["enum"]))
    return schema["enum"].map((value) => code(JSON.stringify(value))).join(" or ");
  if ("const" in schema) return code(JSON.stringify(schema["const"]));
  const types = [schema["type"] ?? "any"].flat().map(String).join(" or ");
  return isObject(schema["items"]) ? `${types} of ${typeOf(schema["items"])}` : types;
}

function defaultOf(schema: Schema): string {
  return "default" in schema ? cell(code(JSON.stringify(schema["default"]))) : "no";
}

function describe(schema: Schema): string {
  const bounds = [
    ["at least", schema["minimum"]],
    ["at most", schema["maximum"]],
    ["characters at most:", schema["maxLength"]],
  ].filter(([, bound]) => bound !== undefined);
  const members = isObject(schema["items"]) ? schema["items"]["properties"] : schema["properties"];
  return [
    schema["description"],
    schema["x-sensitive"] === true ? "Secret." : undefined,
    bounds.length > 0 ? `(${bounds.map((bound) => bound.join(" ")).join(", ")})` : undefined,
    isObject(members) ? `Members: ${Object.entries(members).map(describeMember).join("; ")}.` : undefined,
  ]
    .filter(Boolean)
    .join(" ");
}

function describeMember([name, value]: [string, unknown]): string {
  const member = isObject(value) ? value : {};
  const meaning =
    typeof member["description"] === "string" ? `: ${member["description"].replace(/\.$/, "")}` : "";
  return `${code(name)} (${typeOf(member)})${meaning}`;
}

function documentExample(example: CapabilitySpec["examples"][number]): string {
  const result = example.error === undefined ? { outputs: example.outputs ?? {} } : { error: example.error };
  const files = example.files === undefined ? {} : { files: example.files };
  const after = example.files_after === undefined ? {} : { files_after: example.files_after };
  return `${example.name}:\n\n${fence({ ...files, inputs: example.inputs, ...result, ...after })}`;
}

function fence(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}json\n${text}\n${mark}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

function code(text: string): string {
  return `\`${text}\``;
}
