import { parse, tokenize } from "@huggingface/jinja";

import { RuntimeError } from "../../contract/errors.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";
import { runStatements } from "./jinja-statements.ts";
import { createScope, type Rendering } from "./jinja-scope.ts";
import type { JinjaNode } from "./jinja-node.ts";
import { createWork } from "./work.ts";

const MAX_LENGTH = 1024 * 1024;
const LIMIT_MS = 1000;

/**
 * Renders the common part of Jinja: if, for (with `loop`, else, break, continue), set, macro, filter blocks,
 * expressions, filters, tests. The library only parses; evaluating here keeps the work and the memory of a hostile
 * template within bounds and nothing but the variables within its reach.
 *
 * @throws CONTENT_INVALID for a faulty template; INPUT_INVALID for a member of something undefined; LIMIT_EXCEEDED
 */
export function renderJinja(
  template: string,
  variables: { readonly [name: string]: unknown },
  escape: (text: string) => string,
): string {
  if (template.length > MAX_LENGTH)
    throw new RuntimeError("LIMIT_EXCEEDED", `template is longer than ${MAX_LENGTH} characters`);
  return runWithTimeLimit(LIMIT_MS, "template", () => {
    const program = parseTemplate(template);
    const rendering: Rendering = { parts: [], work: createWork("template"), escape };
    runStatements(program, createScope(undefined, Object.entries(variables)), rendering);
    return rendering.parts.join("");
  });
}

function parseTemplate(template: string): readonly JinjaNode[] {
  try {
    // The library types its tree by a base class; `JinjaNode` lists what its parser really makes.
    return parse(tokenize(template)).body as readonly unknown[] as readonly JinjaNode[];
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const reason = cause instanceof Error ? cause.message : "";
    throw new RuntimeError("CONTENT_INVALID", `template is not Jinja: ${reason.slice(0, 200)}`, { cause });
  }
}
