import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

import { fromSystem } from "../contract/errors.ts";

const CHUNK_BYTES = 1024 * 1024;

/** The lines of a file, without their line feeds, of which only one chunk is in memory. @throws FILE_NOT_FOUND, OS_PERMISSION */
export function* readLines(path: string): Generator<string> {
  const file = open(path);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    rest += decoder.end();
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw fromSystem(error, `The file "${path}"`);
  }
}
