import { RuntimeError } from "../contract/errors.ts";
import { quoted } from "../contract/visible.ts";
import { deriveTool, type McpServer } from "./derive-mcp.ts";
import { deriveOperation } from "./derive-operation.ts";
import type { Derivation, DerivedTool, Refused } from "./derived.ts";
import { legalIds } from "./legal-id.ts";
import type { ToolDefinition } from "./mcp-session.ts";
import { type OpenApiDocument, operationsOf } from "./read-operations.ts";

type Target = {
  readonly name: string;
  readonly version: string;
  /** Only these; all, where it is empty. */ readonly chosen: readonly string[];
};

/** The contracts of a server's tools. @throws INPUT_INVALID where one that was chosen is not there */
export function deriveTools(
  definitions: readonly ToolDefinition[],
  from: McpServer,
  target: Target,
): Derivation {
  return deriveEach(
    definitions.map((definition) => ({ key: definition.name, value: definition })),
    target,
    (definition, id) => deriveTool(definition, id, target.version, from),
  );
}

/** The contracts of a document's operations. @throws INPUT_INVALID as above */
export function deriveOperations(
  document: OpenApiDocument,
  place: { readonly documentUrl: string | undefined; readonly server: string | undefined },
  target: Target,
): Derivation {
  const { name: packName, version } = target;
  return deriveEach(
    operationsOf(document).map((operation) => ({ key: operation.key, value: operation })),
    target,
    (operation, id) => deriveOperation(operation, { id, version, document, packName, ...place }),
  );
}

/** Ids are given to all of them, so that they do not depend on what was chosen. */
function deriveEach<Value>(
  found: readonly { readonly key: string; readonly value: Value }[],
  { name, chosen }: Target,
  derive: (value: Value, id: string) => DerivedTool,
): Derivation {
  const ids = legalIds(
    name,
    found.map(({ key }) => key),
  );
  const missing = chosen.find((each) => !found.some(({ key }) => key === each));
  if (missing !== undefined)
    throw new RuntimeError(
      "INPUT_INVALID",
      `There is no ${JSON.stringify(quoted(missing, 80))} among the ${found.length} that ${name} offers.`,
    );
  const tools: DerivedTool[] = [];
  const refused: Refused[] = [];
  for (const [index, { key, value }] of found.entries()) {
    if (chosen.length > 0 && !chosen.includes(key)) continue;
    const { id = "", note } = ids[index] ?? {};
    try {
      const tool = derive(value, id);
      tools.push(note === undefined ? tool : { ...tool, notes: [note, ...tool.notes] });
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      refused.push({ name: quoted(key, 100), why: error.message });
    }
  }
  return { tools, refused };
}
