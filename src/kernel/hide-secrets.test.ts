import { expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:plan");

const secret = { type: "string", "x-sensitive": true };
const spec = specOf({
  inputs: {
    type: "object",
    properties: {
      token: secret,
      auth: { type: "object", properties: { "a/b": secret, user: {} } },
      list: { type: "array", items: secret },
      url: {},
    },
  },
});

test.for([
  [
    { token: "t", url: "u" },
    { token: "(secret)", url: "u" },
  ],
  [{ auth: { "a/b": "t", user: "u" } }, { auth: { "a/b": "(secret)", user: "u" } }],
  [{ auth: "no mapping" }, { auth: "no mapping" }],
  [{ list: ["a", "b"] }, { list: "(secret)" }],
  [{}, {}],
] as const)("%j is shown as %j", ([inputs, shown]) => {
  expect(hideSecrets(spec, inputs)).toEqual(shown);
});
