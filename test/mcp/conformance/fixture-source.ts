import { randomUUID } from "node:crypto";

import { type GetPromptResult, inputRequired, type InputRequests } from "@modelcontextprotocol/server";
import { z } from "zod";

import { defineCapability } from "../../../src/index.ts";
import type { Source } from "../../../src/mcp/source.ts";
import type { Station } from "../../../src/operate/station.ts";
import { fieldIn, form } from "./fixture.ts";
import { PNG } from "./media.ts";

type Given = Readonly<Record<string, unknown>>;

const CONTENTS: Readonly<Record<string, Given>> = {
  "test://static-text": {
    mimeType: "text/plain",
    text: "This is the content of the static text resource.",
  },
  "test://static-binary": { mimeType: "image/png", blob: PNG },
  "test://watched-resource": { mimeType: "text/plain", text: "Watched resource content" },
};

const read_only = {
  version: "1.0.0",
  risk: { level: "LOW", justification: "a fixture" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
} as const;

/** What stands behind the fixtures' resources and prompts: each request is a run. */
export const SOURCE_CAPABILITIES = [
  defineCapability({
    ...read_only,
    id: "mcp.fixture.resource",
    description: "Reads a resource.",
    input: z.strictObject({ uri: z.string() }),
    output: z.object({ contents: z.array(z.looseObject({ uri: z.string() })) }),
    run(_, { uri }) {
      const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
      const body = { id, templateTest: true, data: `Data for ID: ${id}` };
      const found =
        id === undefined ? CONTENTS[uri] : { mimeType: "application/json", text: JSON.stringify(body) };
      return Promise.resolve({ contents: found === undefined ? [] : [{ uri, ...found }] });
    },
  }),
  defineCapability({
    ...read_only,
    id: "mcp.fixture.prompt",
    description: "Makes a prompt.",
    input: z.looseObject({ name: z.string(), values: z.record(z.string(), z.string()) }),
    output: z.object({
      messages: z.array(z.looseObject({ role: z.string() })),
      input_requests: z.record(z.string(), z.unknown()).optional(),
    }),
    run(_, given) {
      const { name, values } = given;
      if (name !== "test_input_required_result_prompt")
        return Promise.resolve({ messages: messagesOf(name, values) });
      const context = fieldIn(given, "user_context", "context");
      const ask = form("What context should the prompt use?", { context: { type: "string" } });
      return Promise.resolve(
        typeof context === "string"
          ? { messages: [say(`Context: ${context}`)] }
          : { messages: [], input_requests: { user_context: ask } },
      );
    },
  }),
];

const say = (text: string) => ({ role: "user", content: { type: "text", text } });

function messagesOf(name: string, values: Readonly<Record<string, string>>) {
  switch (name) {
    case "test_prompt_with_arguments":
      return [say(`Prompt with arguments: arg1='${values["arg1"]}', arg2='${values["arg2"]}'`)];
    case "test_prompt_with_embedded_resource": {
      const text = "Embedded resource content for testing.";
      const resource = { uri: values["resourceUri"], mimeType: "text/plain", text };
      return [{ role: "user", content: { type: "resource", resource } }, say("Please process it.")];
    }
    case "test_prompt_with_image":
      return [
        { role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } },
        say("Please analyze the image above."),
      ];
    default:
      return [say("This is a simple prompt for testing.")];
  }
}

const PROMPTS: readonly (readonly [name: string, ...args: readonly string[]])[] = [
  ["test_simple_prompt"],
  ["test_prompt_with_arguments", "arg1", "arg2"],
  ["test_prompt_with_embedded_resource", "resourceUri"],
  ["test_prompt_with_image"],
  ["test_input_required_result_prompt"],
];

/** The resources and prompts that the suite asks for. */
export function fixtureSource(station: Station): Source {
  return {
    resources: () =>
      Object.entries(CONTENTS).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType: String(mimeType) })),
    templates: [{ name: "template", uriTemplate: "test://template/{id}/data", mimeType: "application/json" }],
    async read(uri, caller) {
      if (!uri.startsWith("test://")) return undefined;
      const { outputs } = await station.panelFor(caller).run("mcp.fixture.resource", { inputs: { uri } });
      const contents = outputs["contents"] as { uri: string; text: string }[];
      return contents.length === 0 ? undefined : contents;
    },
    prompts: () =>
      PROMPTS.map(([name, ...args]) => ({
        name,
        description: "A prompt of the suite.",
        arguments: args.map((each) => ({ name: each, required: true })),
      })),
    async prompt({ name, values, caller, responses, held, keep }) {
      if (!PROMPTS.some(([each]) => each === name)) return undefined;
      const inputs = { name, values, input_responses: held === undefined ? {} : responses };
      const { outputs } = await station.panelFor(caller).run("mcp.fixture.prompt", { inputs });
      const asks = outputs["input_requests"] as InputRequests | undefined;
      if (asks === undefined) return { messages: outputs["messages"] as GetPromptResult["messages"] };
      const requestState = await keep({ kind: "round", call: name, id: randomUUID() });
      return inputRequired({ inputRequests: asks, requestState });
    },
  };
}
