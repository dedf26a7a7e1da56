import { RuntimeError } from "../../../src/contract/errors.ts";
import type { Context } from "../../../src/contract/handler.ts";
import { type Fixture, text } from "./fixture.ts";
import { PNG, WAV } from "./media.ts";

/** Resolves after so long, or rejects when the call is over. */
export async function sleep({ signal }: Context, ms: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(new RuntimeError("CANCELLED", "called off"));
      },
      { once: true },
    );
  });
}

const resource = (uri: string, mimeType: string, value: string) => ({
  type: "resource",
  resource: { uri, mimeType, text: value },
});

/** Tools that only give something. */
export const CONTENT_FIXTURES: readonly Fixture[] = [
  {
    name: "test_simple_text",
    description: "Gives a text.",
    run: () => text("This is a simple text response for testing."),
  },
  {
    name: "test_image_content",
    description: "Gives an image.",
    run: () => ({ content: [{ type: "image", data: PNG, mimeType: "image/png" }] }),
  },
  {
    name: "test_audio_content",
    description: "Gives a sound.",
    run: () => ({ content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] }),
  },
  {
    name: "test_embedded_resource",
    description: "Gives a resource.",
    run: () => ({
      content: [resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
    }),
  },
  {
    name: "test_multiple_content_types",
    description: "Gives a text, an image and a resource.",
    run: () => ({
      content: [
        { type: "text", text: "Multiple content types test:" },
        { type: "image", data: PNG, mimeType: "image/png" },
        resource("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`),
      ],
    }),
  },
  { name: "test_tool_with_logging", description: "Has steps to log.", steps: 3, run: () => text("logged") },
  { name: "test_tool_with_progress", description: "Has steps to count.", steps: 3, run: () => text("done") },
  {
    name: "test_streaming_elicitation",
    description: "Has steps to stream.",
    steps: 2,
    run: () => text("done"),
  },
  {
    name: "test_logging_tool",
    description: "Logs only for whom asks.",
    run: () => text("Logging evaluated"),
  },
  {
    name: "test_error_handling",
    description: "Fails.",
    run: () => {
      throw new Error("This tool intentionally returns an error for testing");
    },
  },
  {
    name: "greet",
    description: "Greets, at once.",
    state: { name: "" },
    run: ({ name }) => text(`Hello, ${String(name)}!`),
  },
  {
    name: "slow_compute",
    description: "Takes some seconds.",
    state: { seconds: 0, label: "" },
    timeoutSeconds: 120,
    async run({ seconds, label }, ctx) {
      await sleep(ctx, Number(seconds) * 1000);
      return text(`computed ${String(label)}`);
    },
  },
  {
    name: "failing_job",
    description: "Fails after a second.",
    // Longer than any client waits: it is to be had as a task alone.
    timeoutSeconds: 7200,
    async run(_, ctx) {
      await sleep(ctx, 1000);
      throw new Error("The job failed.");
    },
  },
  {
    name: "protocol_error_job",
    description: "Breaks after a second.",
    timeoutSeconds: 120,
    async run(_, ctx) {
      await sleep(ctx, 1000);
      throw new RuntimeError("INTERNAL", "The job broke.");
    },
  },
];
