import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { PackSpec } from "../contract/pack.ts";
import { parseSpec } from "../contract/parse-spec.ts";
import { visible } from "../kernel/consent.ts";
import { packFileOf, type PackFiles, readPackDirectory } from "../kernel/pack-files.ts";
import { PACK_LOCK, signPack, verifyPack } from "../kernel/pack-lock.ts";
import type { Action } from "./session.ts";

/** Writes the digests of all files of a pack beside them, signed with the key of this installation. */
export const signPackDirectory: Action = async (session) => {
  const directory = resolve(session.io.cwd, session.args[0] ?? "");
  const files = readPackDirectory(directory);
  const name = nameOf(directory, files);
  await using home = await session.io.openHome(session.io.env);
  const signer = home.keys.signer(`pack/${encodeURIComponent(name)}`);
  const path = join(directory, PACK_LOCK);
  try {
    writeFileSync(path, signPack(files, signer));
  } catch (error) {
    throw fromSystem(error, `The file "${path}"`);
  }
  session.emit({ path, key: signer.verifier }, () => [
    `${session.style.colors.green("✓ signed")}  ${visible(path)}`,
    `  key  ${signer.verifier}`,
  ]);
  return 0;
};

/** Whether a pack is as it was signed. */
export const verifyPackDirectory: Action = async (session) => {
  const directory = resolve(session.io.cwd, session.args[0] ?? "");
  const key = verifyPack(readPackDirectory(directory), session.text("key"));
  if (key === undefined)
    throw new RuntimeError("SPEC_INVALID", `${directory}: the pack is not signed; it has no ${PACK_LOCK}.`);
  session.emit({ directory, key }, () => [
    `${session.style.colors.green("✓")} every file is as it was signed`,
    `  key  ${visible(key)}`,
  ]);
  return 0;
};

function nameOf(directory: string, files: PackFiles): string {
  const found = packFileOf(files);
  if (found === undefined) throw new RuntimeError("SPEC_INVALID", `${directory}: there is no pack.yaml.`);
  const [file, text] = found;
  return parseSpec(text, join(directory, file), PackSpec).value.name;
}
