import { stringify } from "yaml";

import type { Handler } from "../../contract/handler.ts";
import { canonicalJson } from "../../contract/json.ts";
import { checkJsonValue } from "../json-text.ts";
import { limitResult } from "../result-size.ts";
import { runWithTimeLimit } from "../../contract/time-limit.ts";

type Input = { readonly data: unknown };

const LIMIT_MS = 1000;

/** YAML 1.2 without aliases, keys sorted, so that equal values give equal texts. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { data }) => {
  checkJsonValue(data, "data");
  const sorted: unknown = JSON.parse(canonicalJson(data));
  const options = { version: "1.2", lineWidth: 0, aliasDuplicateObjects: false } as const;
  const text = runWithTimeLimit(LIMIT_MS, "data", () => stringify(sorted, options));
  return { yaml_string: limitResult(text, "yaml_string"), success: true };
};
