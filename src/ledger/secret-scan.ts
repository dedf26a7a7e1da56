// Each pattern matches a string's own text and its JSON form alike: it has no character that JSON escapes, and no
// word boundary in front, where the JSON form may have the `n` of a `\n`.
const SHAPES = new RegExp(
  [
    "(?:AKIA|ASIA)[A-Z0-9]{16}",
    "AIza[0-9A-Za-z_-]{35}",
    "ya29\\.[0-9A-Za-z_-]{20}",
    "gh[pousr]_[A-Za-z0-9]{36}",
    "github_pat_[A-Za-z0-9_]{22}",
    "glpat-[0-9A-Za-z_-]{20}",
    "xox[abeoprs]-[A-Za-z0-9-]{10}",
    "hooks\\.slack\\.com/services/[A-Za-z0-9]",
    "sk-[A-Za-z0-9_-]{20}",
    "npm_[A-Za-z0-9]{36}",
    "hf_[A-Za-z0-9]{30}",
    "(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16}",
    "SG\\.[0-9A-Za-z_-]{16,64}\\.[0-9A-Za-z_-]{16}",
    "eyJ[A-Za-z0-9_-]{8,4096}\\.eyJ[A-Za-z0-9_-]{8}",
    "-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY",
    // The same in base64.
    "LS0tLS1CRUdJTi",
    "AGE-SECRET-KEY-1",
  ].join("|"),
);
// User and password in a URL; the bounds keep a hostile text from taking quadratic time.
const URL_WITH_PASSWORD = /:\/\/[^\s/?#"'@:\\]{0,100}:[^\s/?#"'@]{1,200}@/;

// What a text has that names a secret. `author` names a person; the two keys are members of entries.
const SECRET_NAME =
  "(?:token|(?<!idempotency_?|public_?)key|pass(?:w|phrase)|pwd|secret|credential|auth(?!ors?\\b|ored)|bearer)";
const HAS_SECRET_NAME = new RegExp(SECRET_NAME, "i");
const IS_SECRET_NAME = new RegExp(`${SECRET_NAME}[^]{0,100}$`, "i");
const HAS_SECRET_MEMBER = new RegExp(`${SECRET_NAME}(?:[^"\\\\]|\\\\.){0,100}":"(?:[^"\\\\]|\\\\.){8}`, "i");
const ASSIGNMENT =
  /bearer +[A-Za-z0-9._~+/=-]{16}|(?:api[_-]?key|(?:access|account|secret|private|encryption|signing)[_-]?key|passw(?:or)?d|passphrase|pwd|secret|token|credentials?|authorization)[\\"' ]{0,8}[:=][\\"' ]{0,8}(?:(?:basic|digest|token) +)?[^\s"',;&]{8}/i;

const MIN_VALUE_LENGTH = 8;
// The value of a member that is called just "key" is a secret only when it is as long as one.
const MIN_KEY_LENGTH = 20;

/** Whether a string, as the value of a member of this name, looks like a secret. */
export function looksSecret(text: string, member: string): boolean {
  if (SHAPES.test(text) || URL_WITH_PASSWORD.test(text) || ASSIGNMENT.test(text)) return true;
  const minLength = member.toLowerCase() === "key" ? MIN_KEY_LENGTH : MIN_VALUE_LENGTH;
  return text.length >= minLength && IS_SECRET_NAME.test(member);
}

/** `false` only where no string in this JSON text looks like a secret. */
export function mayHoldSecret(json: string): boolean {
  if (SHAPES.test(json) || URL_WITH_PASSWORD.test(json)) return true;
  return HAS_SECRET_NAME.test(json) && (HAS_SECRET_MEMBER.test(json) || ASSIGNMENT.test(json));
}
