import * as fc from "fast-check";

import { flow, GATE, MISSING, write } from "./run-bridge.ts";

const COMMANDS = [
  "exec-capability",
  "exec-workflow",
  "workflow-resume",
  "workflow-cancel",
  "workflow-rollback",
] as const;

const TEXT_OPTIONS = [
  "execution-id",
  "trace-id",
  "parent-trace-id",
  "user-id",
  "quest-id",
  "reason",
  "approver",
  "step",
  "approval",
];
const JSON_OPTIONS = ["input-json", "metadata-json", "governance-decisions-json"];
const PATH_OPTIONS = ["schema-path", "workflow-spec-path"];

// No NUL: the operating system takes none in an argument.
const text = fc.oneof(
  fc.constantFrom(
    "",
    "-",
    "--",
    "-1",
    "x",
    "../..",
    "é",
    "\u202e",
    "a b",
    "\n",
    "${HOME}",
    "@",
    "@/etc/passwd",
  ),
  fc.string({ unit: "binary", maxLength: 20 }).map((given) => given.replaceAll("\0", "0")),
);
const json = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "{",
    "[]",
    "null",
    "{}",
    '{"path":"."}',
    '{"path":1}',
    '{"pre_step":{"a":"PAUSE"}}',
    "[".repeat(3000),
  ),
  text,
);
const path = fc.oneof(
  fc.constantFrom(".", "/dev/null", "/proc/self/mem", "/nowhere", "fuzz.json", "loop"),
  text,
);
const spec = fc.constantFrom(
  JSON.stringify(flow([write("a", "a.txt")])),
  JSON.stringify(flow([write("a", "a.txt"), { ...MISSING, depends_on: ["a"] }])),
  JSON.stringify(flow([write("a", "../out.txt")])),
  JSON.stringify(flow([GATE])),
  JSON.stringify({ name: "x" }),
  "name: [",
);

const flag = (name: string, value: fc.Arbitrary<string>) =>
  fc.oneof(
    value.map((given) => [`--${name}`, given]),
    value.map((given) => [`--${name}=${given}`]),
    fc.constant([`--${name}`]),
  );

const option = fc.oneof(
  fc.constantFrom(...TEXT_OPTIONS).chain((name) => flag(name, text)),
  fc.constantFrom(...JSON_OPTIONS).chain((name) => flag(name, json)),
  fc.constantFrom(...PATH_OPTIONS).chain((name) => flag(name, path)),
  flag("workflow-spec-json", fc.oneof(spec, json)),
  flag("workflow-execution-id", fc.oneof(fc.uuid(), text)),
  flag("decision", fc.oneof(fc.constantFrom("approve", "reject"), text)),
  flag(
    "capability-name",
    fc.oneof(fc.constantFrom("io.fs.list_dir", "io.fs.read_file", "sys.exec.run"), text),
  ),
  flag(
    "governance-hook-url",
    fc.oneof(fc.constantFrom("http://127.0.0.1:1/", "ftp://x", "http://u:p@h/"), text),
  ),
  flag("governance-hook-timeout-ms", fc.oneof(fc.constantFrom("50", "0", "-1", "1e9", "NaN"), text)),
  flag("governance-hook-fail-mode", fc.oneof(fc.constantFrom("ALLOW", "DENY", "PAUSE"), text)),
  fc.constantFrom(["--rollback"], ["--enable-governance-hooks"], ["--json"], ["--unknown"], ["stray"]),
);

/** A command line of the bridge: most make no sense. Help and version are for people, and are left out. */
export const line: fc.Arbitrary<string[]> = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...COMMANDS) }, text),
    fc.array(option, { maxLength: 6 }),
  )
  .map(([command, options]) => [command, ...options.flat()])
  .filter((words) => !words.some((word) => /^(-h|-V|--help|--version|help)/.test(word)));
