import { type CapabilitySpec, RISKS } from "../contract/capability.ts";
import type { QuestStep, Refusal } from "../contract/quest.ts";
import { matchesAny } from "../workflow/policy.ts";
import { resolveTemplates } from "../workflow/template.ts";
import { capabilityIn } from "./catalogue.ts";
import { fillInputs, type Problem } from "./fill-inputs.ts";
import { breachesOf, costOf } from "./hold-constraints.ts";
import type { PlanRequest } from "./plan-quest.ts";
import { type Goal, resolveGoal, type Target, textOf } from "./resolve-goal.ts";
import { type Given, givenBy, type Scope } from "./unify.ts";

type Values = Readonly<Record<string, unknown>>;
type Step = Readonly<Record<string, unknown>> & { readonly name: string };

/** The steps of a plan as they come to be, goal by goal, and everything that speaks against it. */
export class Draft {
  readonly reasons: Refusal[] = [];
  readonly steps: Step[] = [];
  readonly shown: QuestStep[] = [];
  cost = 0;
  latencyMs = 0;
  knowsLatency = false;
  readonly #request: PlanRequest;
  readonly #given: Given[] = [];
  readonly #names = new Set<string>();

  constructor(request: PlanRequest) {
    this.#request = request;
  }

  get #scope(): Scope {
    return { inputs: this.#request.quest.inputs, given: this.#given };
  }

  add(goal: Goal, number: number): void {
    const meaning = resolveGoal(this.#request, goal, number);
    if ("refusal" in meaning) {
      this.reasons.push(meaning.refusal);
      return;
    }
    const { name, inputs = {} }: { name?: string | undefined; inputs?: Values } =
      typeof goal === "string" ? {} : goal;
    // A goal of several calls goes by the name of the one whose result "it" would be.
    const result = Math.max(meaning.targets.findLastIndex(isSource), 0);
    for (const [index, target] of meaning.targets.entries()) {
      const about = { number, text: textOf(goal), name: index === result ? name : undefined };
      // What a goal writes is for its first call that knows the input.
      const written = Object.fromEntries(
        Object.entries(inputs).filter(
          ([input]) => index === meaning.targets.findIndex((each) => takes(each, input)),
        ),
      );
      if (target.kind === "capability") this.#addCall(target, about, written);
      else this.#addWorkflow(target, about, written);
    }
    const unused = Object.keys(inputs).filter((input) => !meaning.targets.some((each) => takes(each, input)));
    if (unused.length > 0)
      this.#refuse(
        "INPUT_INVALID",
        number,
        `Nothing in this goal takes ${unused.join(", ")}.`,
        "Remove it, or correct its name.",
      );
  }

  #addCall(target: Extract<Target, { kind: "capability" }>, about: About, written: Values): void {
    const { spec } = target.capability;
    const { inputs, from, problems, asJson } = fillInputs({
      contract: spec,
      said: target.inputs,
      written,
      literals: target.literals,
      scope: this.#scope,
    });
    this.#report(problems, about.number);
    const texts = asJson.map(
      (input) => [input, this.#toJson(input, inputs[input], from[input] ?? "", about)] as const,
    );
    const held = this.#holdHosts(spec, { ...inputs, ...Object.fromEntries(texts) });
    this.#hold(spec, held, about.number);
    const step = this.#name(about, spec.id.split(".").at(-1) ?? "call");
    this.#approve(step, about, [spec.id], { capability: spec.id, inputs: held });
    this.steps.push({
      name: step,
      agent_name: "aegis",
      capability_name: spec.id,
      inputs: held,
      risk_level: spec.risk.level,
      timeout_seconds: Math.min(
        spec.timeout_seconds,
        this.#request.quest.constraints.time_seconds ?? Infinity,
      ),
      description: about.text,
    });
    this.#show(about, target, step, spec, {
      ...from,
      ...Object.fromEntries(texts.map(([input, value]) => [input, value.slice(3, -3)])),
      ...("follow_redirects" in held && !("follow_redirects" in inputs)
        ? { follow_redirects: "constraints.hosts" }
        : {}),
    });
    this.#count([spec]);
    this.#given.push(givenBy(step, about.name, spec));
  }

  #addWorkflow(target: Extract<Target, { kind: "workflow" }>, about: About, written: Values): void {
    const { file, capabilities, inputs: schema = { type: "object" as const } } = target.workflow;
    const { literals } = target;
    const contract = { id: file.name, inputs: schema };
    const { inputs, from, problems } = fillInputs({
      contract,
      said: {},
      written,
      literals,
      scope: this.#scope,
    });
    this.#report(problems, about.number);
    for (const { spec } of capabilities) this.#hold(spec, {}, about.number);
    const step = this.#name(about, "run");
    this.#approve(
      step,
      about,
      capabilities.map(({ spec }) => spec.id),
      { workflow: file.name, inputs },
    );
    this.steps.push({
      name: step,
      step_type: "WORKFLOW",
      agent_name: "aegis",
      workflow: file.name,
      inputs,
      timeout_seconds: this.#request.quest.constraints.time_seconds ?? 3600,
      description: about.text,
    });
    const risk =
      RISKS.findLast((level) => capabilities.some(({ spec }) => spec.risk.level === level)) ?? "LOW";
    const { score, phrase } = target;
    this.shown.push({
      ...headOf(about, step),
      kind: "workflow",
      target: file.name,
      version: file.version === "" ? null : file.version,
      risk,
      score,
      phrase,
      inputs: from,
    });
    this.#count(capabilities.map(({ spec }) => spec));
  }

  #report(problems: readonly Problem[], number: number): void {
    for (const { code, message, missing, remedy } of problems)
      // What a refused goal would have given is missing everywhere after it: that is said once.
      if (code !== "INPUT_MISSING" || !this.reasons.some(({ goal }) => goal !== null && goal < number))
        this.#refuse(code, number, message, remedy, missing);
  }

  /** A step that makes JSON of a value; returns what stands for its text. */
  #toJson(input: string, value: unknown, from: string, about: About): string {
    const converter = capabilityIn(this.#request.catalogue, "data.json.stringify", this.#request.registry);
    if (converter === undefined) {
      this.#refuse(
        "NOT_REACHABLE",
        about.number,
        `"${input}" has to become text, and data.json.stringify is not reached.`,
        "Activate the pack that holds it.",
      );
      return "";
    }
    const { spec } = converter;
    this.#hold(spec, {}, about.number);
    const step = this.#name({ ...about, name: undefined }, "stringify");
    this.steps.push({
      name: step,
      agent_name: "aegis",
      capability_name: spec.id,
      inputs: { data: value, pretty: true },
      risk_level: spec.risk.level,
      description: about.text,
    });
    this.#show(about, { score: 1, phrase: "JSON for a file that ends in .json" }, step, spec, { data: from });
    this.#count([spec]);
    return `{{ ${step}.json_string }}`;
  }

  /** A redirect would lead to a host that nobody checked. */
  #holdHosts(spec: CapabilitySpec, inputs: Values): Values {
    const canFollow = Object.hasOwn(spec.inputs.properties ?? {}, "follow_redirects");
    if (this.#request.quest.constraints.hosts === undefined || !canFollow) return inputs;
    return { ...inputs, follow_redirects: false };
  }

  #hold(spec: CapabilitySpec, inputs: Values, goal: number): void {
    const { constraints, inputs: known } = this.#request.quest;
    const resolved = resolveTemplates(inputs, known, "keep", "inputs") as Values;
    for (const { code, message, remedy } of breachesOf(constraints, spec, resolved))
      this.#refuse(code, goal, message, remedy);
  }

  #approve(step: string, about: About, capabilities: readonly string[], call: Values): void {
    const { approvals } = this.#request.quest.constraints;
    const asking = capabilities.filter((id) => matchesAny(approvals, id));
    if (asking.length === 0) return;
    const name = `approve_${step}`;
    this.#names.add(name);
    this.steps.push({
      name,
      step_type: "HUMAN_APPROVAL",
      agent_name: "aegis",
      inputs: { message: `The quest asks for an approval before ${asking.join(", ")}: ${about.text}`, call },
    });
    this.shown.push({
      ...headOf(about, name),
      kind: "approval",
      target: step,
      version: null,
      risk: "LOW",
      score: 1,
      phrase: "constraints.approvals",
      inputs: {},
    });
  }

  #show(
    about: About,
    { score, phrase }: Pick<Target, "score" | "phrase">,
    step: string,
    spec: CapabilitySpec,
    from: Readonly<Record<string, string>>,
  ): void {
    this.shown.push({
      ...headOf(about, step),
      kind: "capability",
      target: spec.id,
      version: spec.version,
      risk: spec.risk.level,
      score,
      phrase,
      inputs: from,
    });
  }

  #count(specs: readonly CapabilitySpec[]): void {
    for (const spec of specs) {
      this.cost += costOf(spec);
      const known = this.#request.latencyMs(spec.id);
      if (known === undefined) continue;
      this.knowsLatency = true;
      this.latencyMs += known;
    }
  }

  #name({ number, name }: About, suffix: string): string {
    const wanted = name ?? `g${number}_${suffix}`;
    let free = wanted;
    for (let more = 2; this.#names.has(free) || Object.hasOwn(this.#request.quest.inputs, free); more++)
      free = `${wanted}_${more}`;
    this.#names.add(free);
    return free;
  }

  #refuse(
    code: Refusal["code"],
    goal: number | null,
    message: string,
    remedy: string,
    missing: readonly string[] = [],
  ): void {
    this.reasons.push({ code, goal, message, candidates: [], missing: [...missing], remedy });
  }
}

type About = { readonly number: number; readonly text: string; readonly name: string | undefined };

function headOf({ number: goal, text }: About, step: string): Pick<QuestStep, "step" | "goal" | "text"> {
  return { step, goal, text };
}

function isSource(target: Target): boolean {
  return target.kind === "workflow" || givenBy("", undefined, target.capability.spec).isSource;
}

function takes(target: Target, input: string): boolean {
  if (target.kind === "workflow")
    return (
      target.workflow.inputs === undefined || Object.hasOwn(target.workflow.inputs.properties ?? {}, input)
    );
  return Object.hasOwn(target.capability.spec.inputs.properties ?? {}, input);
}
