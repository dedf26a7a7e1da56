import { RuntimeError } from "../../contract/errors.ts";
import { limitResult } from "../result-size.ts";
import { lookUp, showValue } from "./template-value.ts";

const TAG = /\{\{[ \t]{0,16}([A-Za-z0-9_.-]{1,256})[ \t]{0,16}\}\}/g;

/**
 * Replaces every `{{ path }}`; other text stays.
 *
 * @throws INPUT_INVALID for a path that the variables do not have; LIMIT_EXCEEDED
 */
export function renderSimple(
  template: string,
  variables: { readonly [name: string]: unknown },
  escape: (text: string) => string,
): string {
  let rendered = "";
  let end = 0;
  for (const match of template.matchAll(TAG)) {
    const [tag, path = ""] = match;
    const value = lookUp(variables, path);
    if (value === undefined) throw new RuntimeError("INPUT_INVALID", `variables has no "${path}"`);
    rendered = limitResult(
      rendered + template.slice(end, match.index) + escape(showValue(value)),
      "rendered",
    );
    end = match.index + tag.length;
  }
  return rendered + template.slice(end);
}
