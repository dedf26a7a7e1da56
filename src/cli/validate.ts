import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { CATEGORIES, type Failure, fromSystem, RuntimeError, toFailure } from "../contract/errors.ts";
import { FacadeSpec, PackSpec, ProposalSpec } from "../contract/pack.ts";
import { checkSpec, readSpec, type SpecSource } from "../contract/parse-spec.ts";
import { visible } from "../kernel/consent.ts";
import { loadCapability } from "../kernel/load-capability.ts";
import type { Registry } from "../kernel/registry.ts";
import { kindOfSpec, type SpecKind } from "../kernel/spec-kind.ts";
import { loadWorkflow } from "../workflow/load-workflow.ts";
import { renderFailure } from "./render-error.ts";
import type { Action, Session } from "./session.ts";
import { count } from "./text.ts";

type Checked = {
  readonly file: string;
  readonly kind: SpecKind | null;
  readonly warnings: readonly string[];
  readonly failure: Failure | null;
};

const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Checks files of every kind, and reports all errors of all of them. */
export const validate: Action = async (session) => {
  const { registry } = await session.io.openRegistry(session.io.env);
  const checked: Checked[] = [];
  for (const file of session.args) checked.push(await check(file, session, registry));
  session.emit(checked, () => checked.flatMap((each) => render(each, session)));
  return Math.max(
    0,
    ...checked.map(({ failure }) => (failure === null ? 0 : CATEGORIES[failure.category].exit)),
  );
};

async function check(file: string, { io }: Session, registry: Registry): Promise<Checked> {
  let kind: SpecKind | null = null;
  try {
    const text = readText(resolve(io.cwd, file), file);
    const source = readSpec(text, file);
    kind = kindOfSpec(source);
    const warnings = await checkKind(kind, source, text, registry);
    return { file, kind, warnings, failure: null };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { file, kind, warnings: [], failure: toFailure(error) };
  }
}

async function checkKind(
  kind: SpecKind,
  source: SpecSource,
  text: string,
  registry: Registry,
): Promise<readonly string[]> {
  switch (kind) {
    case "workflow":
      return (await loadWorkflow(text, source.file, registry)).warnings;
    case "capability":
      loadCapability(text, source.file);
      return [];
    case "pack":
      checkSpec(source, PackSpec);
      return [];
    case "facade":
      checkSpec(source, FacadeSpec);
      return [];
    case "proposal":
      checkSpec(source, ProposalSpec);
      return [];
    default:
      return kind satisfies never;
  }
}

function render({ file, kind, warnings, failure }: Checked, { style: { colors } }: Session): string[] {
  if (failure !== null)
    return [
      `${colors.red("✗")} ${visible(file)}`,
      ...renderFailure(failure, colors).map((line) => `  ${line}`),
    ];
  const noted = warnings.length === 0 ? "" : `, ${count(warnings.length, "warning")}`;
  return [
    `${colors.green("✓")} ${visible(file)}  ${kind}${noted}`,
    ...warnings.map((warning) => `  ${colors.yellow("warning:")} ${visible(warning)}`),
  ];
}

function readText(path: string, file: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `"${file}" has ${size} bytes; a spec has at most ${MAX_FILE_BYTES}.`,
      );
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `The file "${file}"`);
  }
}
