import { statSync } from "node:fs";
import { join } from "node:path";

import type { Home } from "./cli/io.ts";
import type { RunCode } from "./contract/handler.ts";
import type { PolicySet } from "./contract/policy-set.ts";
import type { Standing } from "./contract/reach.ts";
import { openPolicies, type Policies } from "./governance/constitution/activation.ts";
import { type Evaluations, openEvaluations } from "./governance/constitution/evaluations.ts";
import { openDecisionCache } from "./governance/constitution/decision-cache.ts";
import { readPolicyDirectory } from "./governance/constitution/policy-files.ts";
import { type Governance, openGovernance } from "./governance/governance.ts";
import { type Assets, findAssets } from "./kernel/assets.ts";
import type { Additions } from "./kernel/capabilities.ts";
import { type Environment, ensureHome, localPrincipal } from "./kernel/home.ts";
import { installedIn } from "./kernel/installed.ts";
import { PACKAGE_ROOT, packageVersion } from "./kernel/package-root.ts";
import { createRegistry, type Registry } from "./kernel/registry.ts";
import { openSecrets, type SecretStore } from "./kernel/secret-store.ts";
import { shippedWith } from "./kernel/shipped.ts";
import { type Keys, openKeys } from "./ledger/keys.ts";
import { createFormIndex, createKnownSecrets, type FormIndex } from "./ledger/known-secrets.ts";
import { type LedgerFile, openLedger } from "./ledger/open-ledger.ts";
import { createSealer } from "./ledger/seal.ts";
import { HANDLERS } from "./skills/handlers.ts";
import { processIdOfSelf } from "./workspace/liveness.ts";

/** What is the same for every workspace that is worked on under one home. */
export type Installation = {
  readonly home: string;
  readonly processId: string;
  readonly assets: Assets;
  readonly keys: Keys;
  readonly secrets: Secrets;
  /** The home's own. */
  readonly ledger: LedgerFile;
  readonly governance: Governance;
  readonly policies: Policies;
  readonly evaluations: Evaluations;
  readonly additions: Additions;
  /** What the specs define, with the handlers that come with the package. */
  readonly registry: Registry;
};

/** The secrets of a home and of its environment, as they are used. */
export type Secrets = {
  /** What every ledger of the installation hides: also a secret that was set later, before anybody gets its value. */
  readonly known: FormIndex;
  readonly value: SecretStore["value"];
};

/**
 * Opens the home, and makes it on first use, with `human` as its admin. Everybody in this process who has it open in
 * the same environment shares one; it is closed with the last of them.
 *
 * @throws OS_PERMISSION, DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_CORRUPT, ASSETS_INCOMPLETE
 */
export async function openInstallation(
  env: Environment,
  human: string,
): Promise<Installation & AsyncDisposable> {
  const home = ensureHome(env);
  const key = JSON.stringify([home, env]);
  const shared = presentAt(key, home) ?? shareNew(key, home, env);
  shared.users += 1;
  const leave = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (inUse.get(key) === shared) inUse.delete(key);
    await shared.installation.ledger.close();
  };
  try {
    shared.welcomed ??= welcome(shared.installation, human);
    await shared.welcomed;
  } catch (error) {
    shared.welcomed = undefined;
    await leave();
    throw error;
  }
  let left: Promise<void> | undefined;
  return { ...shared.installation, [Symbol.asyncDispose]: () => (left ??= leave()) };
}

type Shared = {
  readonly installation: Installation;
  /** Which file its ledger is. */
  readonly file: string;
  welcomed: Promise<void> | undefined;
  users: number;
};

const inUse = new Map<string, Shared>();

/** The home may have been moved away, and be another one now. */
function presentAt(key: string, home: string): Shared | undefined {
  const shared = inUse.get(key);
  return shared?.file === fileOf(home) ? shared : undefined;
}

function shareNew(key: string, home: string, env: Environment): Shared {
  const installation = open(home, env);
  const shared: Shared = { installation, file: fileOf(home), welcomed: undefined, users: 0 };
  inUse.set(key, shared);
  return shared;
}

function ledgerOf(home: string): string {
  return join(home, "home.db");
}

function fileOf(home: string): string {
  const stat = statSync(ledgerOf(home), { throwIfNoEntry: false });
  return `${stat?.dev}:${stat?.ino}`;
}

function open(home: string, env: Environment): Installation {
  const assets = findAssets(env);
  const keys = openKeys(home);
  const processId = processIdOfSelf();
  const secrets = secretsOf(home, env);
  const ledger = openLedgerAt(ledgerOf(home), "home", keys, processId, secrets.known);
  const governance = openGovernance(ledger);
  const additions = additionsOf(home, governance.standing, env, secrets.value);
  return {
    home,
    processId,
    assets,
    keys,
    secrets,
    ledger,
    governance,
    policies: openPolicies(ledger, governance.state),
    evaluations: openEvaluations(openDecisionCache(home)),
    additions,
    registry: createRegistry({ assets, handlers: HANDLERS, additions }),
  };
}

/** What came after the package, with what runs its code and calls the other sides of its contracts. */
export function additionsOf(
  home: string,
  standing: Standing,
  env: Environment,
  secretFor: Secrets["value"],
): Additions {
  return {
    directory: installedIn(home),
    standing,
    runCode: sandboxFor(env),
    foreign: async () => (await import("./foreign/call-foreign.ts")).callForeign(secretFor),
  };
}

async function welcome({ policies, governance, assets }: Installation, human: string): Promise<void> {
  await policies.welcome(packageVersion(), shippedPolicies);
  await governance.welcome(packageVersion(), () => shippedWith(assets), human);
}

/** The policy set that comes with the package. */
function shippedPolicies(): PolicySet {
  return readPolicyDirectory(join(PACKAGE_ROOT, "assets", "policies"));
}

/**
 * The governance chain of an installation, for what needs no workspace.
 *
 * @throws OS_PERMISSION, DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_CORRUPT, ASSETS_INCOMPLETE
 */
export async function openHome(env: Environment): Promise<Home & Installation> {
  const principal = localPrincipal("cli", env);
  const installation = await openInstallation(env, principal.human);
  return { ...installation, installed: installation.additions.directory, principal };
}

function secretsOf(home: string, env: Environment): Secrets {
  const store = openSecrets(home);
  const known = createFormIndex();
  for (const secret of store.values()) known.add(secret);
  for (const [name, value = ""] of Object.entries(env))
    if (SECRET_NAME.test(name) && value.length >= MIN_SECRET_LENGTH) known.add(value);
  return {
    known,
    value(name, place) {
      const value = store.value(name, place);
      known.add(value);
      return value;
    },
  };
}

const SECRET_NAME = /token|key|password|secret|credential|auth/i;
const MIN_SECRET_LENGTH = 8;

/** The ledger at a path, for this process. @throws LEDGER_CORRUPT, LEDGER_UNAVAILABLE, DISK_FULL */
export function openLedgerAt(
  path: string,
  kind: "home" | "workspace",
  keys: Keys,
  processId: string,
  secrets: FormIndex,
): LedgerFile {
  const sealer = createSealer(keys.ring, createKnownSecrets(secrets));
  return openLedger({ path, kind, processId, sealer, publicKey: (origin) => keys.signer(origin).verifier });
}

/** What runs the code of packs; loaded with the first call that needs it. */
function sandboxFor(env: Environment): RunCode {
  return async (code) => {
    const { openSandbox } = await import("./sandbox/open-sandbox.ts");
    return openSandbox(env)(code);
  };
}
