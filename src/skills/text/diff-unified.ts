import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { limitResult } from "../result-size.ts";

type Input = {
  readonly old_text: string;
  readonly new_text: string;
  readonly old_name: string;
  readonly new_name: string;
  readonly context: number;
};

const LIMIT_MS = 1000;

/** The unified diff from one text to another; empty where they are equal. @throws LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { old_text, new_text, old_name, new_name, context }) => {
  if (old_text === new_text) return { diff: "", added: 0, removed: 0, success: true };
  const options = { context, timeout: LIMIT_MS, headerOptions: FILE_HEADERS_ONLY } as const;
  const diff = createTwoFilesPatch(old_name, new_name, old_text, new_text, undefined, undefined, options);
  if (diff === undefined)
    throw new RuntimeError("LIMIT_EXCEEDED", `the texts differ too much to compare in ${LIMIT_MS} ms`);
  const lines = diff.split("\n").slice(2);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { diff: limitResult(diff, "diff"), added: count("+"), removed: count("-"), success: true };
};
