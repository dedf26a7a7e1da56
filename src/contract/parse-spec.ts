import type { z } from "zod";

import { RuntimeError } from "./errors.ts";
import { readJson } from "./read-json.ts";
import { readYaml } from "./read-yaml.ts";
import { MAX_FAULTS, type SourceNode, type SourceTree } from "./source-node.ts";
import { type Path, type Problem, problemsOf } from "./spec-problems.ts";

/** Counted from 1, in UTF-16 units. */
type Place = { readonly line: number; readonly column: number };

export type SpecSource = {
  readonly file: string;
  readonly value: unknown;
  /** Place of a value (or of its key); of the nearest existing parent where there is none. */
  readonly locate: (path: Path, part?: "key" | "value") => Place;
};

const MAX_CHARACTERS = 1024 * 1024;

/**
 * A spec in YAML 1.2 or JSON that matches its schema, together with the places of its values.
 *
 * @throws SPEC_INVALID with every problem of the file
 */
export function parseSpec<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
): SpecSource & { readonly value: z.output<Schema> } {
  const source = readSpec(text, file);
  return { ...source, value: checkSpec(source, schema) };
}

/** The value of a spec file before any schema. @throws SPEC_INVALID */
export function readSpec(text: string, file: string): SpecSource {
  if (text.length > MAX_CHARACTERS)
    throw specError({ file, locate: () => ({ line: 1, column: 1 }) }, [
      { path: [], message: `is larger than ${MAX_CHARACTERS} characters` },
    ]);
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const { value, root, faults } = readText(body);
  const places = createPlaces(body);
  if (faults.length > 0)
    throw faultsError(
      file,
      faults.map(({ offset, message }) => ({ path: [], message, place: places(offset) })),
    );
  return { file, value, locate: (path, part = "value") => places(offsetOf(root, path, part)) };
}

/** The value of a source, checked and with its defaults. @throws SPEC_INVALID */
export function checkSpec<Schema extends z.ZodType>(source: SpecSource, schema: Schema): z.output<Schema> {
  // Without compiling the schema: it costs more than it saves on values that are read once.
  const result = schema.safeParse(source.value, { reportInput: true, jitless: true });
  if (!result.success) throw specError(source, problemsOf(result.error.issues, schema));
  return result.data;
}

/** One error for all problems of a file, in the order of the file. */
export function specError(
  source: Pick<SpecSource, "file" | "locate">,
  problems: readonly Problem[],
): RuntimeError {
  const placed = problems.map(({ path, message, part }) => ({
    path,
    message,
    place: source.locate(path, part),
  }));
  return faultsError(source.file, placed);
}

/** One line: where a problem is, and what it is. */
export function showProblem(
  source: Pick<SpecSource, "file" | "locate">,
  { path, message, part }: Problem,
): string {
  return showFault(source.file, { path, message, place: source.locate(path, part) });
}

/** A path as people write it: `steps[2].inputs.path`. */
export function showPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

function readText(text: string): SourceTree {
  const json = /^\s*[{[]/.test(text) ? readJson(text) : undefined;
  return json ?? readYaml(text);
}

type PlacedFault = { readonly path: Path; readonly message: string; readonly place: Place };

function faultsError(file: string, faults: readonly PlacedFault[]): RuntimeError {
  const all = faults.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const inOrder = all.slice(0, MAX_FAULTS);
  const more = all.length > MAX_FAULTS ? [`${file}: and ${all.length - MAX_FAULTS} more`] : [];
  const details = inOrder.map(({ path, message, place }) => ({
    file,
    ...place,
    path: showPath(path),
    message,
  }));
  const lines = [...inOrder.map((fault) => showFault(file, fault)), ...more];
  return new RuntimeError("SPEC_INVALID", lines.join("\n"), { details });
}

function showFault(file: string, { path, message, place: { line, column } }: PlacedFault): string {
  const subject = path.length === 0 ? "" : `${showPath(path)}: `;
  return `${file}:${line}:${column}: ${subject}${message}`;
}

function offsetOf(root: SourceNode, path: Path, part: "key" | "value"): number {
  let node = root;
  for (const [index, step] of path.entries()) {
    const child = node.children.get(String(step));
    if (child === undefined) return node.start;
    node = child;
    if (part === "key" && index === path.length - 1) return node.keyStart;
  }
  return node.start;
}

function createPlaces(text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
    const line = countUpTo(starts, offset);
    return { line, column: offset - Number(starts[line - 1]) + 1 };
  };
}

/** How many numbers of a sorted list are not above a limit. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(sorted[middle]) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
