/** Whether a file holds secrets by its name. */
export function namesSecrets(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return SECRET_NAMES.some((pattern) => pattern.test(name)) || SECRET_DIRECTORIES.test(path);
}

const SECRET_NAMES = [
  /^\.env(?:\.(?!example$|sample$|template$).*)?$/i,
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk)$/i,
  /^id_(?:rsa|dsa|ecdsa|ed25519)$/i,
  /^\.(?:netrc|npmrc|pypirc|pgpass|git-credentials|htpasswd)$/i,
  /(?:^|[._-])(?:secrets?|credentials?|passwords?|passwd|tokens?)(?:[._-]|$)/i,
];
const SECRET_DIRECTORIES = /(?:^|\/)(?:\.ssh|\.aws|\.gnupg|\.kube|\.docker|secrets?)\//i;
