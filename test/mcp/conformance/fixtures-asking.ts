import { sleep } from "./fixtures-content.ts";
import { type Fixture, fieldIn, form, responsesIn, text } from "./fixture.ts";

const NAME = form("What is your name?", { name: { type: "string" } });
const OK = form("Please confirm", { ok: { type: "boolean" } });
const ROOTS = { method: "roots/list", params: {} };
const sample = (prompt: string) => ({
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 },
});

type Asks = Readonly<Record<string, unknown>>;

/** Asks until all of it was answered, and then shows what. */
function asking(name: string, asks: Asks, more: Partial<Fixture> = {}): Fixture {
  return {
    name,
    description: "Asks the client.",
    run(given) {
      const responses = responsesIn(given);
      const isAnswered = Object.keys(asks).every((key) => responses[key] !== undefined);
      return isAnswered
        ? text(JSON.stringify(responses))
        : { input_requests: asks, input_state: { asked: true } };
    },
    ...more,
  };
}

/** Asks again where the answer has no such text. */
function askingForName(name: string): Fixture {
  return {
    name,
    description: "Asks for a name.",
    run(given) {
      const answer = fieldIn(given, "user_name", "name");
      return typeof answer === "string" ? text(`Hello, ${answer}!`) : { input_requests: { user_name: NAME } };
    },
  };
}

const ELICITED = (message: string, properties: Asks, required: readonly string[] = []) =>
  form(message, properties, required);

const titled = (...values: readonly string[]) =>
  values.map((value) => ({ const: value, title: `The ${value}` }));

/** Tools that need something of the client or of its person. */
export const ASKING_FIXTURES: readonly Fixture[] = [
  askingForName("test_input_required_result_elicitation"),
  asking("test_input_required_result_sampling", {
    capital_question: sample("What is the capital of France?"),
  }),
  asking("test_input_required_result_list_roots", { client_roots: ROOTS }),
  asking("test_input_required_result_request_state", { confirm: OK }),
  asking("test_input_required_result_tampered_state", { confirm: OK }),
  asking("test_input_required_result_multiple_inputs", {
    user_name: NAME,
    greeting: sample("Generate a greeting"),
    client_roots: ROOTS,
  }),
  {
    name: "test_input_required_result_capabilities",
    description: "Asks for what the client does.",
    run: (given) =>
      Object.keys(responsesIn(given)).length > 0
        ? text("answered")
        : {
            input_requests: {
              elicit_input: form("A value", { value: { type: "string" } }),
              sample_input: sample("Sample request"),
            },
          },
  },
  {
    name: "test_input_required_result_multi_round",
    description: "Asks twice.",
    run(given) {
      const { round, name } = (given["input_state"] ?? {}) as { round?: number; name?: string };
      const answer = fieldIn(given, "step1", "name");
      if (round === 1 && typeof answer === "string")
        return {
          input_requests: {
            step2: form("Step 2: What is your favorite color?", { color: { type: "string" } }),
          },
          input_state: { round: 2, name: answer },
        };
      const color = fieldIn(given, "step2", "color");
      if (round === 2 && typeof color === "string") return text(`${name} likes ${color}`);
      return {
        input_requests: { step1: form("Step 1: What is your name?", { name: { type: "string" } }) },
        input_state: { round: 1 },
      };
    },
  },
  {
    name: "test_tool_with_task",
    description: "Asks, and takes its time then.",
    timeoutSeconds: 7200,
    async run(given, ctx) {
      const answer = fieldIn(given, "user_name", "name");
      if (typeof answer !== "string") return { input_requests: { user_name: NAME } };
      await sleep(ctx, 1500);
      return text(`Hello, ${answer}!`);
    },
  },
  asking("test_missing_capability", { sampled: sample("Anything") }),
  {
    name: "test_sampling",
    description: "Asks the client's model.",
    state: { prompt: "" },
    run: (given) =>
      responsesIn(given)["model"] === undefined
        ? { input_requests: { model: sample(String(given["prompt"])) } }
        : text(`LLM response: ${JSON.stringify(responsesIn(given)["model"])}`),
  },
  {
    name: "test_elicitation",
    description: "Asks the client's person.",
    state: { message: "" },
    run: (given) =>
      responsesIn(given)["user"] === undefined
        ? { input_requests: { user: form(String(given["message"]), { response: { type: "string" } }) } }
        : text(`User response: ${JSON.stringify(responsesIn(given)["user"])}`),
  },
  asking("test_elicitation_sep1034_defaults", {
    user: ELICITED("Please review and update the form fields with defaults", {
      name: { type: "string", description: "User name", default: "John Doe" },
      age: { type: "integer", description: "User age", default: 30 },
      score: { type: "number", description: "User score", default: 95.5 },
      status: {
        type: "string",
        description: "User status",
        enum: ["active", "inactive", "pending"],
        default: "active",
      },
      verified: { type: "boolean", description: "Verification status", default: true },
    }),
  }),
  asking("test_elicitation_sep1330_enums", {
    user: ELICITED("Please select options from the enum fields", {
      untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
      titledSingle: { type: "string", oneOf: titled("value1", "value2", "value3") },
      legacyEnum: {
        type: "string",
        enum: ["opt1", "opt2", "opt3"],
        enumNames: ["Option One", "Option Two", "Option Three"],
      },
      untitledMulti: {
        type: "array",
        minItems: 1,
        maxItems: 3,
        items: { type: "string", enum: ["option1", "option2", "option3"] },
      },
      titledMulti: {
        type: "array",
        minItems: 1,
        maxItems: 3,
        items: { anyOf: titled("value1", "value2", "value3") },
      },
    }),
  }),
  {
    name: "confirm_delete",
    description: "Waits for a yes.",
    state: { filename: "" },
    asks: true,
    run: ({ filename }) => text(`Deleted ${String(filename)}`),
  },
  { name: "multi_input", description: "Waits for two.", steps: 2, asks: true, run: () => text("confirmed") },
];
