import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { visible } from "../kernel/consent.ts";
import type { Registry } from "../kernel/registry.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import { renderTable } from "./render-table.ts";
import type { Action, Session } from "./session.ts";
import { visibleLines } from "./text.ts";

/** A capability's contract, or the text of a workflow. */
export const inspect: Action = async (session) => {
  const [name = ""] = session.args;
  const { registry } = await session.io.openRegistry(session.io.env);
  const found = find(registry, name);
  if ("text" in found)
    session.emit(found, () => [`# ${visible(found.file)}`, ...visibleLines(found.text.trimEnd())]);
  else
    session.emit({ ...found.spec, specHash: found.specHash, origin: found.origin }, () =>
      renderCapability(found, session),
    );
  return 0;
};

function find(registry: Registry, name: string) {
  try {
    return registry.capability(name);
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === "CAPABILITY_UNKNOWN")) throw error;
    try {
      return registry.workflow(name);
    } catch (other) {
      // A name with a dot is meant as a capability; its error knows the nearest one.
      throw name.includes(".") ? error : other;
    }
  }
}

function renderCapability(
  { spec, specHash, origin, hasHandler }: LoadedCapability,
  session: Session,
): string[] {
  const { colors } = session.style;
  const { risk, undo } = spec;
  return [
    `${colors.bold(spec.id)} ${spec.version}  ${visible(spec.name)}`,
    ...visibleLines(spec.description.trim()),
    "",
    `  operation  ${spec.operation}`,
    `  risk       ${risk.level}${risk.requires_approval ? ", always asks a human" : ""}: ${visible(risk.justification)}`,
    `  effects    ${spec.side_effects.join(", ")}`,
    `  undo       ${undo.kind}${undo.compensation === undefined ? "" : ` by ${undo.compensation}`}${undo.description === undefined ? "" : `: ${visible(undo.description)}`}`,
    `  repeats    ${spec.idempotent ? "idempotent" : "not idempotent"}; at most ${spec.timeout_seconds} s`,
    `  spec       ${visible(origin)}, sha256 ${specHash}`,
    ...(hasHandler ? [] : ["  handler    none in this installation"]),
    ...fieldsOf("inputs", spec.inputs, session),
    ...fieldsOf("outputs", spec.outputs, session),
    ...spec.examples.flatMap(({ name, inputs }) => [
      "",
      `example: ${visible(name)}`,
      `  ${exampleCommand(spec.id, inputs, session)}`,
    ]),
  ];
}

function exampleCommand(id: string, inputs: Readonly<Record<string, unknown>>, session: Session): string {
  return Object.keys(inputs).length === 0
    ? session.command("run", id)
    : session.command("run", id, "--input-json", JSON.stringify(inputs));
}

function fieldsOf(title: string, schema: LoadedCapability["spec"]["inputs"], { style }: Session): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    `  ${visible(name)}`,
    typeOf(field),
    schema.required?.includes(name) === true
      ? "required"
      : "default" in field
        ? `= ${visible(JSON.stringify(field["default"]) ?? "")}`
        : "",
    visible(typeof field["description"] === "string" ? field["description"] : ""),
  ]);
  if (rows.length === 0) return ["", `${title}: none`];
  return [
    "",
    `${title}:`,
    ...renderTable({ columns: ["  NAME", "TYPE", "", "MEANING"], rows }, style.columns, style.colors.dim),
  ];
}

function typeOf(field: Readonly<Record<string, unknown>>): string {
  const { type, enum: values, items } = field;
  if (Array.isArray(values)) return values.map((value) => visible(JSON.stringify(value) ?? "")).join(" | ");
  if (type === "array" && isObject(items) && typeof items["type"] === "string")
    return `array of ${visible(items["type"])}`;
  return visible(Array.isArray(type) ? type.join(" | ") : typeof type === "string" ? type : "any");
}
