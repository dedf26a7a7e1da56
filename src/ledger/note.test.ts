import { createPrivateKey, generateKeyPairSync } from "node:crypto";

import { expect, test } from "vitest";

import { createSigner, isSignedBy, openNote, parseVerifier, signNote } from "./note.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:checkpoint");

// The example of the Go implementation (golang.org/x/mod/sumdb/note).
const VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE =
  "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

test("a note of another implementation is opened", () => {
  expect(openNote(`${TEXT}\n${SIGNATURE}`, VERIFIER)).toBe(TEXT);
});

test("what is signed here can be opened, also among other signatures", () => {
  const signer = createSigner("example.org/log", generateKeyPairSync("ed25519").privateKey);
  const other = createSigner("example.org/other", generateKeyPairSync("ed25519").privateKey);
  const note = signNote("text\n\nwith an empty line\n", signer);
  expect(openNote(note, signer.verifier)).toBe("text\n\nwith an empty line\n");
  const cosigned = note + signNote("text\n\nwith an empty line\n", other).split("\n").slice(-2).join("\n");
  expect(openNote(cosigned, signer.verifier)).toBe("text\n\nwith an empty line\n");
  expect(openNote(cosigned, other.verifier)).toBe("text\n\nwith an empty line\n");
  expect(isSignedBy(signer.verifier, "text", signer.sign("text"))).toBe(true);
  expect(isSignedBy(other.verifier, "text", signer.sign("text"))).toBe(false);
});

test.for<[string, string]>([
  ["its text was changed", `${TEXT.replace("answer", "question")}\n${SIGNATURE}`],
  ["its signature was changed", `${TEXT}\n${SIGNATURE.replace("ZJku", "ZJkv")}`],
  ["it has no signature", TEXT],
  ["it has no line feed at the end", `${TEXT}\n${SIGNATURE}`.slice(0, -1)],
  ["a signature line is malformed", `${TEXT}\n- x y\n${SIGNATURE}`],
  ["a signature line has more words", `${TEXT}\n${SIGNATURE.slice(0, -1)} more\n`],
  ["it is signed by another name", `${TEXT}\n${SIGNATURE.replace("Peter", "Petra")}`],
  ["the signature is cut", `${TEXT}\n\u2014 PeterNeumann x08go/ZJ\n`],
  ["it is empty", ""],
])("a note is refused when %s", ([, note]) => {
  expect(() => openNote(note, VERIFIER)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
});

test.for<[string, string]>([
  ["is empty", ""],
  ["has a wrong id", VERIFIER.replace("c74f20a3", "c74f20a4")],
  ["has another name", VERIFIER.replace("Peter", "Petra")],
  ["has another algorithm", VERIFIER.replace("+AR", "+AB")],
  ["is cut", VERIFIER.slice(0, -4)],
  ["has a space in its name", `a ${VERIFIER}`],
])("a verifier key is refused when it %s", ([, verifier]) => {
  expect(() => parseVerifier(verifier)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
});

test("the same key has another id under another name", () => {
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const [a, b] = ["a", "b"].map((name) => parseVerifier(createSigner(name, createPrivateKey(pem)).verifier));
  expect(a?.keyId).not.toEqual(b?.keyId);
});
