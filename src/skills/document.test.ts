import { expect, test } from "vitest";

import { CapabilitySpec } from "../contract/capability.ts";
import { documentCapability } from "./document.ts";
import { verifies } from "../../test/requirements.ts";

verifies("stdlib:contract");

const spec = CapabilitySpec.parse({
  id: "io.demo.send",
  version: "1.2.3",
  name: "Send",
  description: "Sends a thing.",
  operation: "NETWORK",
  risk: { level: "HIGH", justification: "It leaves | the machine.", requires_approval: true },
  side_effects: ["network_write"],
  undo: { kind: "compensable", description: "Takes it back.", compensation: "io.demo.unsend" },
  limits: { max_bytes: 10 },
  network: { hosts: ["*"] },
  process: { commands: ["ls"] },
  inputs: {
    type: "object",
    required: ["kind"],
    properties: {
      kind: { type: "string", enum: ["a", "b"] },
      count: { type: "integer", minimum: 1, maximum: 9, default: 2, description: "How many." },
      token: { type: ["string", "null"], maxLength: 5, "x-sensitive": true },
      list: {
        type: "array",
        items: { type: "object", properties: { n: { type: "number", description: "Number." } } },
      },
    },
  },
  outputs: { type: "object", properties: { success: { const: true } } },
  examples: [
    {
      name: "Good",
      files: { a: "```" },
      inputs: { kind: "a" },
      outputs: { success: true },
      files_after: { a: null },
    },
    { name: "Bad", inputs: {}, error: "INPUT_INVALID" },
  ],
});

test("a section names everything that the spec says", () => {
  const text = documentCapability(spec);
  for (const line of [
    "## io.demo.send",
    "| Version | 1.2.3 |",
    "| Risk | HIGH, always asks a human: It leaves \\| the machine. |",
    "| Effects | `network_write` |",
    "| Undo | compensable: Takes it back.: `io.demo.unsend` |",
    "| Idempotent | no |",
    "| Timeout | 30 s |",
    "| Size limit | 10 bytes |",
    "| Hosts | `*` |",
    "| Commands | `ls` |",
    '| `kind` | `"a"` or `"b"` | yes |  |',
    "| `count` | integer | `2` | How many. (at least 1, at most 9) |",
    "| `token` | string or null | no | Secret. (characters at most: 5) |",
    "| `list` | array of object | no | Members: `n` (number): Number. |",
    "| `success` | `true` | no |  |",
    "Good:",
    '  "error": "INPUT_INVALID"',
    "````json",
  ])
    expect(text.split("\n")).toContain(line);
});

test("a capability without inputs and limits says so", () => {
  const { limits, network, process, ...rest } = spec;
  const text = documentCapability({ ...rest, limits: {}, inputs: { type: "object" }, idempotent: true });
  expect([limits, network, process]).not.toContain(undefined);
  expect(text).toContain("### Inputs\n\nNone.");
  expect(text).toContain("| Idempotent | yes |");
  expect(text).not.toContain("Hosts");
});
