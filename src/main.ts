import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { governQuest } from "./aegis/govern-quest.ts";
import { usedIn } from "./aegis/held-quest.ts";
import { governorOf } from "./bridge/governor.ts";
import { openHooks } from "./bridge/open-hooks.ts";
import { fromSystem } from "./contract/errors.ts";
import type { HeldQuest } from "./contract/governor.ts";
import type { Hooks } from "./contract/hooks.ts";
import type { Principal } from "./contract/principal.ts";
import type { Standing } from "./contract/reach.ts";
import { openApprovalRules } from "./governance/approval-rules.ts";
import { type Constitution, openConstitution } from "./governance/constitution/constitution.ts";
import {
  additionsOf,
  type Installation,
  openInstallation,
  openLedgerAt,
  type Secrets,
} from "./installation.ts";
import { type Assets, findAssets, ruleRootsOf } from "./kernel/assets.ts";
import type { Handlers } from "./kernel/capabilities.ts";
import type { OpenNet, OpenProcesses } from "./kernel/context.ts";
import { type Environment, environmentOf, homeOf, localPrincipal, privateHostsOf } from "./kernel/home.ts";
import { installedIn } from "./kernel/installed.ts";
import { createRegistry, type Registry } from "./kernel/registry.ts";
import { openSecrets } from "./kernel/secret-store.ts";
import { signCheckpoint } from "./ledger/checkpoint.ts";
import type { Keys } from "./ledger/keys.ts";
import type { LedgerFile } from "./ledger/open-ledger.ts";
import { witness } from "./ledger/witness.ts";
import { HANDLERS } from "./skills/handlers.ts";
import type { Station } from "./operate/station.ts";
import { watchWithSpans } from "./spans.ts";
import { createEngine } from "./workflow/engine.ts";
import { createControlPanel } from "./workflow/control-panel.ts";
import { watchPanics } from "./workflow/panic-orders.ts";
import type { Runtime, RuntimeOptions } from "./workflow/runtime.ts";
import { beat, endId, isAlive, newProcessId } from "./workspace/liveness.ts";
import { openWorkspace, type Workspace } from "./workspace/workspace.ts";

/**
 * Opens a workspace for work: the one place where the parts of the runtime are put together.
 *
 * @throws OS_PERMISSION, DISK_FULL, LEDGER_UNAVAILABLE, LEDGER_CORRUPT, ASSETS_INCOMPLETE, CONFINEMENT_UNAVAILABLE
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return (await createStation(options)).runtime;
}

/** The same with the installation around it, for a process that serves many principals. @throws as `createRuntime` */
export async function createStation(options: RuntimeOptions = {}): Promise<Station> {
  const env = options.env ?? process.env;
  const principal = options.principal ?? localPrincipal("embed", env);
  await using opened = new AsyncDisposableStack();
  const installation = opened.use(await openInstallation(env, principal.human));
  const { home, keys, secrets, assets, governance, policies, ledger: homeLedger } = installation;
  const processId = opened.adopt(newProcessId(), endId);
  const workspace = opened.adopt(
    openWorkspaceAt(options.workspace ?? "workspace", processId, ruleRootsOf(assets, home)),
    (each) => each.close(),
  );
  const file = join(workspace.path, ".ai-first", "ledger.db");
  const ledger = opened.adopt(openLedgerAt(file, "workspace", keys, processId, secrets.known), (each) =>
    each.close(),
  );
  opened.defer(beat(workspace));
  opened.defer(() => checkpoint(ledger, keys, env));

  const registry = registryFor(installation, options);
  const now = Date.now;
  const constitution = constitutionOf(installation, ledger);
  const policy = options.decide ?? constitution.decide;
  const kernel = {
    reach: governance.reach,
    alarm: governance.panics.alarm,
    ledger,
    workspace,
    registry,
    decide: policy,
    observe: constitution.observe,
    approvals: openApprovalRules({
      state: governance.state,
      settings: () => installation.policies.inForce().set,
      ledger,
      now,
    }),
    now,
    environment: environmentOf(env),
    openNet: openNetFor(env, secrets.value),
    openProcesses,
  };
  const governPlanned = (held: HeldQuest): Hooks =>
    governQuest(held, {
      contractOf: (id) => registry.capability(id).spec,
      usedBefore: (run) => usedIn(ledger, run),
    });
  const engine = createEngine({
    kernel,
    processId,
    isAlive: (id) => isAlive(workspace, id),
    homeHead: () => homeLedger.head().hash,
    listeners: options,
    governor: () => governorOf(env),
    watch: watchWithSpans,
    hooksOf: (governor) => openHooks(governor, env, options.hooks, governPlanned),
  });
  opened.defer(() => engine.close());
  const { panics } = governance;
  const controlFor = (somebody: Principal) => ({ engine, kernel, principal: somebody, panics });
  opened.defer(watchPanics(controlFor(principal), options.onUnfollowed));
  const panelFor = (somebody: Principal) => createControlPanel(controlFor(somebody));
  const resources = opened.move();
  const close = () => resources.disposeAsync();
  const runtime = {
    ...panelFor(principal),
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
  const stateOf = (run: string) => engine.sealedState(run);
  const chain = { installed: installedIn(home), keys, ledger: homeLedger, governance, policies, registry };
  return { runtime, chain, ruleRoots: ruleRootsOf(assets, home), panelFor, controlFor, stateOf };
}

/** What decides in a workspace with this ledger. */
export function constitutionOf(
  { home, assets, governance, policies, evaluations }: Installation,
  ledger: LedgerFile,
): Constitution {
  return openConstitution({
    ledger,
    policy: policies.inForce,
    rolesOf: ({ human, agent }) =>
      agent === "" ? (governance.state().principals.get(human)?.roles ?? []) : [],
    isPanic: ({ run, principal }) => governance.panics.alarm.over({ run, principal }) !== undefined,
    evaluations,
    ruleRoots: ruleRootsOf(assets, home),
    now: Date.now,
  });
}

/** The specs alone, for what needs no workspace. @throws ASSETS_INCOMPLETE */
export function openRegistry(env: Environment): { assets: Assets; registry: Registry } {
  const assets = findAssets(env);
  const home = homeOf(env);
  const additions = additionsOf(home, UNKNOWN_STANDING, env, openSecrets(home).value);
  return { assets, registry: createRegistry({ assets, handlers: HANDLERS, additions }) };
}

const UNKNOWN_STANDING: Standing = { isInActivePack: () => false, isActive: () => false };

/** The installation's own, but for a program that has handlers or capabilities of its own. */
function registryFor(
  { assets, additions, registry }: Installation,
  { capabilities = [], wrapHandler }: RuntimeOptions,
): Registry {
  // Specs elsewhere may be edited between two runtimes: each reads them anew.
  if (capabilities.length === 0 && wrapHandler === undefined && assets.isShipped) return registry;
  return createRegistry({ assets, handlers: handlersFor(wrapHandler), extra: capabilities, additions });
}

function handlersFor(wrapHandler: RuntimeOptions["wrapHandler"]): Handlers {
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

/** Signs what the ledger holds, and shows it to the witness (`AI_FIRST_WITNESS`, a file) where there is one. */
async function checkpoint(ledger: LedgerFile, keys: Keys, env: Environment): Promise<void> {
  const note = await signCheckpoint(ledger, keys);
  const file = env["AI_FIRST_WITNESS"];
  if (note !== undefined && file !== undefined && file !== "") witness(file, ledger, note);
}

// The network and programs are loaded with the first call that needs them: most runs do without.
function openNetFor(env: Environment, secretFor: Secrets["value"]): OpenNet {
  const allowPrivateHosts = privateHostsOf(env);
  return ({ spec, signal, intend }) => ({
    async request(request) {
      const { createNet } = await import("./workspace/egress.ts");
      const options = { spec, signal, allowPrivateHosts, secretFor };
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
