import { createRequire } from "node:module";

import type * as Yaml from "yaml";
import type { Alias, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from "yaml";

import {
  faultOfKey,
  faultOfText,
  MAX_DEPTH,
  MAX_FAULTS,
  type SourceFault,
  type SourceNode,
  type SourceTree,
} from "./source-node.ts";

/** With every alias counted as often as it is used. */
const MAX_VALUES = 100_000;
const TOO_DEEP = `more than ${MAX_DEPTH} levels of nesting`;
const EMPTY: SourceNode = { start: 0, keyStart: 0, children: new Map() };

type Node = ParsedNode | Alias | Scalar | YAMLMap | YAMLSeq | null;
// The option `stringKeys` refuses every other key.
type Member = Pair<Scalar.Parsed, Node>;
type Read = { readonly value: unknown; readonly source: SourceNode; readonly size: number };

/** One YAML 1.2 document of the core schema, read as JSON values: no tags, no merge keys, no cycles. */
export function readYaml(text: string): SourceTree {
  // Loaded only when it is needed: specs in JSON and the start of the program do without.
  const yaml = createRequire(import.meta.url)("yaml") as typeof Yaml;
  const document = yaml.parseDocument(text, {
    version: "1.2",
    schema: "core",
    stringKeys: true,
    // The library compares every key with every other one; the reader below looks them up.
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const faults: SourceFault[] = [...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
    offset: pos[0],
    message: code === "RESOURCE_EXHAUSTION" ? TOO_DEEP : message,
  }));
  if (document.directives.yaml.version !== "1.2")
    faults.push({ offset: 0, message: "only YAML 1.2 is supported" });
  if (faults.length > 0) return { value: null, root: EMPTY, faults };
  const { value, source } = new Reader(yaml, faults).read(document.contents, 0, undefined);
  return { value, root: source, faults };
}

class Reader {
  readonly #yaml: typeof Yaml;
  readonly #faults: SourceFault[];
  readonly #anchors = new Map<string, Read>();
  #values = 0;

  constructor(yaml: typeof Yaml, faults: SourceFault[]) {
    this.#yaml = yaml;
    this.#faults = faults;
  }

  read(node: Node, depth: number, keyStart: number | undefined): Read {
    const start = node?.range?.[0] ?? keyStart ?? 0;
    const place = { start, keyStart: keyStart ?? start };
    if (this.#faults.length >= MAX_FAULTS) return nothingAt(place);
    if (depth > MAX_DEPTH) return this.#refuse(place, TOO_DEEP);
    if (this.#yaml.isAlias(node)) return this.#alias(node, place);
    const before = this.#values++;
    const children = new Map<string, SourceNode>();
    const value = this.#content(node, depth, children, start);
    const read = { value, source: { ...place, children }, size: this.#values - before };
    // Only now: an alias inside its own anchor would be a cycle.
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, read);
    return read;
  }

  #content(
    node: Exclude<Node, Alias>,
    depth: number,
    children: Map<string, SourceNode>,
    start: number,
  ): unknown {
    if (this.#yaml.isSeq(node)) {
      return node.items.map((item, index) => {
        const { value, source } = this.read(item as Node, depth + 1, undefined);
        children.set(String(index), source);
        return value;
      });
    }
    if (this.#yaml.isMap(node)) {
      const object: Record<string, unknown> = {};
      for (const member of node.items as Member[]) this.#member(member, depth, children, object);
      return object;
    }
    const value = node?.value ?? null;
    const fault = typeof value === "string" ? faultOfText(value) : undefined;
    if (fault !== undefined) this.#faults.push({ offset: start, message: fault });
    if (typeof value === "number" && !Number.isFinite(value))
      this.#faults.push({ offset: start, message: `${value} is not a JSON value` });
    return value;
  }

  #member(
    { key, value }: Member,
    depth: number,
    children: Map<string, SourceNode>,
    object: Record<string, unknown>,
  ): void {
    const [keyStart] = key.range;
    const name = String(key.value);
    const fault = faultOfKey(name, children);
    if (fault !== undefined) {
      this.#faults.push({ offset: keyStart, message: fault });
      return;
    }
    const read = this.read(value, depth + 1, keyStart);
    children.set(name, read.source);
    object[name] = read.value;
  }

  #alias(node: Alias, place: { start: number; keyStart: number }): Read {
    const target = this.#anchors.get(node.source);
    if (target === undefined) return this.#refuse(place, `the alias *${node.source} has no anchor before it`);
    this.#values += target.size;
    if (this.#values > MAX_VALUES)
      return this.#refuse(place, `aliases make it larger than ${MAX_VALUES} values`);
    return {
      value: structuredClone(target.value),
      source: { ...target.source, ...place },
      size: target.size,
    };
  }

  #refuse(place: { start: number; keyStart: number }, message: string): Read {
    this.#faults.push({ offset: place.start, message });
    return nothingAt(place);
  }
}

function nothingAt(place: { start: number; keyStart: number }): Read {
  return { value: null, source: { ...place, children: new Map() }, size: 1 };
}
