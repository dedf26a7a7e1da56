import {
  faultOfKey,
  faultOfText,
  MAX_DEPTH,
  type SourceFault,
  type SourceNode,
  type SourceTree,
} from "./source-node.ts";

/** A JSON text with the place of each of its values, or `undefined` where it is not JSON. */
export function readJson(text: string): SourceTree | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // The caller reads it as YAML, which names the place of the fault.
  }
  const faults: SourceFault[] = [];
  const root = new Scanner(text, faults).node(0, undefined);
  return { value: faults.length > 0 ? null : value, root, faults };
}

/** Walks a text that is known to be JSON, so that it need not check what it skips. */
class Scanner {
  readonly #text: string;
  readonly #faults: SourceFault[];
  #at = 0;

  constructor(text: string, faults: SourceFault[]) {
    this.#text = text;
    this.#faults = faults;
  }

  node(depth: number, keyStart: number | undefined): SourceNode {
    this.#skipSpace();
    const start = this.#at;
    const children = new Map<string, SourceNode>();
    const opening = this.#text[this.#at];
    if (opening === "{" || opening === "[") {
      if (depth === MAX_DEPTH) {
        this.#fault(start, `more than ${MAX_DEPTH} levels of nesting`);
        this.#at = this.#text.length;
      } else this.#members(opening === "{" ? "}" : "]", depth, children);
    } else if (opening === '"') {
      const fault = faultOfText(this.#string());
      if (fault !== undefined) this.#fault(start, fault);
    } else this.#skip(/[^,\]}\s]*/y);
    return { start, keyStart: keyStart ?? start, children };
  }

  #members(closing: "}" | "]", depth: number, children: Map<string, SourceNode>): void {
    this.#at++;
    this.#skipSpace();
    while (this.#at < this.#text.length && this.#text[this.#at] !== closing) {
      if (closing === "]") children.set(String(children.size), this.node(depth + 1, undefined));
      else this.#pair(depth, children);
      this.#skipSpace();
      if (this.#text[this.#at] === ",") this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  #pair(depth: number, children: Map<string, SourceNode>): void {
    const keyStart = this.#at;
    const key = this.#string();
    const fault = faultOfKey(key, children);
    if (fault !== undefined) this.#fault(keyStart, fault);
    this.#skipSpace();
    this.#at++;
    children.set(key, this.node(depth + 1, keyStart));
  }

  #string(): string {
    const start = this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #skipSpace(): void {
    this.#skip(/\s*/y);
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #fault(offset: number, message: string): void {
    this.#faults.push({ offset, message });
  }
}
