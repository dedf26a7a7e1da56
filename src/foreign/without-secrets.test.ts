import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { withoutSecrets } from "./without-secrets.ts";

verifies("import:secrets");

test.for<[unknown, readonly string[], unknown]>([
  [{ t: "token abc123-prod-key" }, ["abc123", "abc123-prod-key"], { t: "token [secret]" }],
  [[1234567890, 12], ["1234567890"], ["[secret]", 12]],
  [{ abc123: 'a "quoted" one: x\\"y' }, ["abc123", 'x"y'], { "[secret]": 'a "quoted" one: [secret]' }],
  ["nothing", [], "nothing"],
])("what a program says is shown without its secrets: %j", ([said, secrets, shown]) => {
  expect(withoutSecrets(said, secrets)).toEqual(shown);
});
