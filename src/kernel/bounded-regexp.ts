import { checkPattern } from "../contract/pattern-cost.ts";
import { runWithTimeLimit } from "../contract/time-limit.ts";

const TIME_LIMIT_MS = 200;
const MAX_DIRECT_TEXT = 2000;

export type BoundedRegExp = {
  test(text: string): boolean;
  /** ajv keeps one of those whose `toString` is the same, so it must tell them apart. */
  toString(): string;
};

/**
 * A regular expression that cannot run for long, whatever pattern and text are: one that could take more than about
 * the square of the text's length is stopped after a time.
 *
 * @throws SyntaxError for a pattern that is none; `test` throws LIMIT_EXCEEDED
 */
export function boundedRegExp(pattern: string, flags: string): BoundedRegExp {
  const expression = new RegExp(pattern, flags);
  let isChecked = false;
  const checkOnce = () => {
    if (!isChecked) checkPattern(pattern, `The pattern ${pattern}`);
    isChecked = true;
  };
  const isHarmless =
    !/[)][*+{?]/.test(pattern) && (pattern.match(/[*+{]/g) ?? []).length <= 2 && !/\\[1-9k]/.test(pattern);
  return {
    toString: () => String(expression),
    test(text) {
      checkOnce();
      return isHarmless && text.length <= MAX_DIRECT_TEXT
        ? expression.test(text)
        : runWithTimeLimit(TIME_LIMIT_MS, `The pattern ${pattern}`, () => expression.test(text));
    },
  };
}
