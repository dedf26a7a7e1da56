import type { Handler } from "../../contract/handler.ts";
import { canonicalJson } from "../../contract/json.ts";
import { checkJsonValue } from "../json-text.ts";
import { limitResult } from "../result-size.ts";

type Input = { readonly data: unknown; readonly pretty: boolean };

/** Canonical JSON, so that equal values give equal texts; indented on request. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { data, pretty }) => {
  checkJsonValue(data, "data");
  const canonical = canonicalJson(data);
  const text = pretty ? JSON.stringify(JSON.parse(canonical), null, 2) : canonical;
  return { json_string: limitResult(text, "json_string"), success: true };
};
