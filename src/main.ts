import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { governorOf } from "./bridge/governor.ts";
import { openHooks } from "./bridge/open-hooks.ts";
import type { Home } from "./cli/io.ts";
import { fromSystem } from "./contract/errors.ts";
import type { PolicySet } from "./contract/policy-set.ts";
import type { Standing } from "./contract/reach.ts";
import { openPolicies, type Policies } from "./governance/constitution/activation.ts";
import { type Constitution, openConstitution } from "./governance/constitution/constitution.ts";
import { openDecisionCache } from "./governance/constitution/decision-cache.ts";
import { readPolicyDirectory } from "./governance/constitution/policy-files.ts";
import { type Governance, openGovernance } from "./governance/governance.ts";
import { type Assets, findAssets, ruleRootsOf } from "./kernel/assets.ts";
import type { Handlers } from "./kernel/capabilities.ts";
import type { OpenNet, OpenProcesses } from "./kernel/context.ts";
import { type Environment, ensureHome, homeOf, localPrincipal } from "./kernel/home.ts";
import { installedIn } from "./kernel/installed.ts";
import { PACKAGE_ROOT, packageVersion } from "./kernel/package-root.ts";
import { createRegistry, type Registry } from "./kernel/registry.ts";
import { signCheckpoint } from "./ledger/checkpoint.ts";
import { openKeys, type Keys } from "./ledger/keys.ts";
import { type LedgerFile, openLedger } from "./ledger/open-ledger.ts";
import { createSealer } from "./ledger/seal.ts";
import { witness } from "./ledger/witness.ts";
import { HANDLERS } from "./skills/handlers.ts";
import { shippedWith } from "./kernel/shipped.ts";
import { createEngine } from "./workflow/engine.ts";
import { createControlPanel } from "./workflow/control-panel.ts";
import type { Runtime, RuntimeOptions } from "./workflow/runtime.ts";
import { beat, isAlive, processIdOfSelf } from "./workspace/liveness.ts";
import { openWorkspace, type Workspace } from "./workspace/workspace.ts";

const SECRET_NAME = /token|key|password|secret|credential|auth/i;
const MIN_SECRET_LENGTH = 8;

/**
 * Opens a workspace for work: the one place where the parts of the runtime are put together.
 *
 * @throws OS_PERMISSION, DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_CORRUPT, ASSETS_INCOMPLETE, CONFINEMENT_UNAVAILABLE
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const env = options.env ?? process.env;
  const home = ensureHome(env);
  const keys = openKeys(home);
  const processId = processIdOfSelf();
  await using opened = new AsyncDisposableStack();
  const assets = findAssets(env);
  const workspace = opened.adopt(
    openWorkspaceAt(options.workspace ?? "workspace", processId, ruleRootsOf(assets, home)),
    (each) => each.close(),
  );
  const open = (path: string, kind: "home" | "workspace"): LedgerFile =>
    openLedgerAt(path, kind, keys, processId, env);
  const homeLedger = opened.adopt(open(join(home, "home.db"), "home"), (each) => each.close());
  const ledger = opened.adopt(open(join(workspace.path, ".ai-first", "ledger.db"), "workspace"), (each) =>
    each.close(),
  );
  opened.defer(beat(workspace));
  opened.defer(() => checkpoint(ledger, keys, env));

  const governance = openGovernance(homeLedger);
  const registry = createRegistry({
    assets,
    handlers: handlersFor(options),
    extra: options.capabilities ?? [],
    additions: { directory: installedIn(home), standing: governance.standing },
  });
  const principal = options.principal ?? localPrincipal("embed", env);
  const policies = openPolicies(homeLedger, governance.state);
  await policies.welcome(packageVersion(), shippedPolicies);
  await governance.welcome(packageVersion(), () => shippedWith(assets), principal.human);
  const now = Date.now;
  const constitution = constitutionOf({ home, assets, governance, policies }, ledger);
  const policy = options.decide ?? constitution.decide;
  const kernel = {
    reach: governance.reach,
    ledger,
    workspace,
    registry,
    decide: policy,
    observe: constitution.observe,
    now,
    environment: environmentOf(env),
    openNet: openNetFor(env),
    openProcesses,
  };
  const engine = createEngine({
    kernel,
    processId,
    isAlive: (id) => isAlive(workspace, id),
    homeHead: () => homeLedger.head().hash,
    listeners: options,
    governor: () => governorOf(env),
    hooksOf: (governor) => openHooks(governor, env, options.hooks),
  });
  opened.defer(() => engine.close());
  const panel = createControlPanel({ engine, kernel, principal });
  const resources = opened.move();
  const close = () => resources.disposeAsync();
  return {
    ...panel,
    workspace: workspace.path,
    home,
    registry,
    ledger,
    homeLedger,
    keys,
    policy,
    close,
    [Symbol.asyncDispose]: close,
  };
}

export type Installation = {
  readonly home: string;
  readonly assets: Assets;
  readonly governance: Governance;
  readonly policies: Policies;
};

/** What decides in a workspace with this ledger. */
export function constitutionOf(
  { home, assets, governance, policies }: Installation,
  ledger: LedgerFile,
): Constitution {
  return openConstitution({
    ledger,
    policy: policies.inForce,
    rolesOf: ({ human, agent }) =>
      agent === "" ? (governance.state().principals.get(human)?.roles ?? []) : [],
    isPanic: () => false,
    cache: openDecisionCache(home),
    ruleRoots: ruleRootsOf(assets, home),
    now: Date.now,
  });
}

/** The specs alone, for what needs no workspace. @throws ASSETS_INCOMPLETE */
export function openRegistry(env: Environment): { assets: Assets; registry: Registry } {
  const assets = findAssets(env);
  const additions = { directory: installedIn(homeOf(env)), standing: UNKNOWN_STANDING };
  return { assets, registry: createRegistry({ assets, handlers: HANDLERS, additions }) };
}

/** What this installation is for, as workflows and policies name it. */
export function environmentOf(env: Environment): string {
  return env["AI_FIRST_ENVIRONMENT"] || "dev";
}

/** The policy set that comes with the package. */
function shippedPolicies(): PolicySet {
  return readPolicyDirectory(join(PACKAGE_ROOT, "assets", "policies"));
}

const UNKNOWN_STANDING: Standing = { isInActivePack: () => false, isActive: () => false };

/**
 * The governance chain of an installation, for what needs no workspace.
 *
 * @throws OS_PERMISSION, DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_CORRUPT, ASSETS_INCOMPLETE
 */
export async function openHome(env: Environment): Promise<Home> {
  const home = ensureHome(env);
  const keys = openKeys(home);
  await using opened = new AsyncDisposableStack();
  const ledger = opened.adopt(
    openLedgerAt(join(home, "home.db"), "home", keys, processIdOfSelf(), env),
    (each) => each.close(),
  );
  const governance = openGovernance(ledger);
  const additions = { directory: installedIn(home), standing: governance.standing };
  const assets = findAssets(env);
  const registry = createRegistry({ assets, handlers: HANDLERS, additions });
  const principal = localPrincipal("cli", env);
  const policies = openPolicies(ledger, governance.state);
  await policies.welcome(packageVersion(), shippedPolicies);
  await governance.welcome(packageVersion(), () => shippedWith(assets), principal.human);
  const resources = opened.move();
  return {
    installed: additions.directory,
    keys,
    ledger,
    governance,
    policies,
    registry,
    principal,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function handlersFor({ wrapHandler }: RuntimeOptions): Handlers {
  if (wrapHandler === undefined) return HANDLERS;
  const wrapped = Object.entries(HANDLERS).map(
    ([id, load]) => [id, async () => wrapHandler(id, await load())] as const,
  );
  return Object.fromEntries(wrapped);
}

function openWorkspaceAt(path: string, processId: string, ruleRoots: readonly string[]): Workspace {
  const directory = resolve(path);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw fromSystem(error, `The workspace "${path}"`);
  }
  return openWorkspace(directory, processId, { ruleRoots });
}

/** The ledger at a path, for this process. @throws LEDGER_CORRUPT, LEDGER_UNAVAILABLE, DISK_FULL */
export function openLedgerAt(
  path: string,
  kind: "home" | "workspace",
  keys: Keys,
  processId: string,
  env: Environment,
): LedgerFile {
  const sealer = createSealer(keys.ring);
  for (const [name, value = ""] of Object.entries(env))
    if (SECRET_NAME.test(name) && value.length >= MIN_SECRET_LENGTH) sealer.addSecret(value);
  return openLedger({ path, kind, processId, sealer, publicKey: (origin) => keys.signer(origin).verifier });
}

/** Signs what the ledger holds, and shows it to the witness (`AI_FIRST_WITNESS`, a file) where there is one. */
async function checkpoint(ledger: LedgerFile, keys: Keys, env: Environment): Promise<void> {
  const note = await signCheckpoint(ledger, keys);
  const file = env["AI_FIRST_WITNESS"];
  if (note !== undefined && file !== undefined && file !== "") witness(file, ledger, note);
}

// The network and programs are loaded with the first call that needs them: most runs do without.
function openNetFor(env: Environment): OpenNet {
  const allowPrivateHosts = (env["AI_FIRST_ALLOW_PRIVATE_HOSTS"] ?? "")
    .split(",")
    .filter((endpoint) => endpoint !== "");
  return ({ spec, signal, intend }) => ({
    async request(request) {
      const { createNet } = await import("./workspace/egress.ts");
      const options = { spec, signal, allowPrivateHosts };
      const net = createNet({ ...options, intend: (method, url) => intend(`${method} ${url}`) });
      return net.request(request);
    },
  });
}

const openProcesses: OpenProcesses = (options) => ({
  async run(call) {
    const { createProcesses } = await import("./workspace/process.ts");
    return createProcesses(options).run(call);
  },
});
