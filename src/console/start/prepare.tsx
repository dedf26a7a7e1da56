import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { goTo } from "../address.ts";
import { RiskMark } from "../parts/risk.tsx";
import { Failed, Load, ticked } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import { pathOf, post } from "../rest/client.ts";
import type { Offer, Plan, Started, WorkflowFile } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { hex } from "../ledger/bytes.ts";
import { InputField } from "./input-field.tsx";
import { PlanPreview } from "./plan-preview.tsx";
import { type Field, fieldsOf, inputsOf, isSchema, parseJson, type Typed } from "./schema.ts";
import type { Startable } from "./start-view.tsx";

type Props = { readonly startable: Startable; readonly offer: Offer | undefined };

/** What is to run, with its inputs; its plan first, if one likes. */
export function Prepare({ startable, offer }: Props): ReactNode {
  const isWorkflow = startable.kind === "workflows";
  const file = useRest<WorkflowFile>(
    "chain",
    ["workflow-files", startable.name],
    {},
    { enabled: isWorkflow },
  );
  if (!isWorkflow) return <Form startable={startable} offer={offer} schema={offer?.inputs ?? {}} />;
  return (
    <Load of={file}>{({ inputs }) => <Form startable={startable} offer={undefined} schema={inputs} />}</Load>
  );
}

function Form({
  startable,
  offer,
  schema,
}: Props & { readonly schema: Readonly<Record<string, unknown>> | null }): ReactNode {
  const say = useSay();
  const may = useMay();
  const fields = fieldsOf(schema ?? {});
  const [typed, setTyped] = useState<Typed>({});
  const [json, setJson] = useState<string | null>(null);
  // The same for each press, so that one press too many starts nothing.
  const [key, setKey] = useState(() => newKey());
  const given = json === null ? inputsOf(fields, typed) : fromJson(json);
  const request = { ...targetOf(startable), inputs: given.inputs };
  const plan = useMutation<Plan, Error>({ mutationFn: () => post<Plan>(pathOf(["plans"]), request) });
  const start = useMutation<Started, Error>({
    mutationFn: () => post<Started>(pathOf(["runs"]), request, { "idempotency-key": key }),
    onSuccess: ({ run }) => goTo(["runs", run]),
  });
  const change = (apply: () => void): void => {
    apply();
    plan.reset();
    start.reset();
    setKey(newKey());
  };
  const isComplete =
    given.wrong.size === 0 && fields.every(({ name, isRequired }) => !isRequired || name in given.inputs);
  return (
    <article className="document">
      <header>
        <h2 className="mono">
          <Foreign text={startable.name} />
        </h2>
        {offer !== undefined && <RiskMark risk={offer.risk} />}
      </header>
      <p>
        <Foreign text={startable.description} />
      </p>
      {offer !== undefined && offer.phrases.length > 0 && (
        <p className="soft">
          {say("start.phrases")}: <Foreign text={offer.phrases.slice(0, 4).join(" · ")} />
        </p>
      )}
      {schema === null && <p className="note bad">{ticked(say("start.faulty"))}</p>}
      <form
        className="inputs"
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <div className="between">
          <h3>{say("start.inputs")}</h3>
          <button
            type="button"
            className="quiet"
            onClick={() =>
              change(() => setJson(json === null ? JSON.stringify(given.inputs, null, 2) : null))
            }
          >
            {say(json === null ? "start.json" : "start.form")}
          </button>
        </div>
        <Inputs
          fields={fields}
          typed={typed}
          json={json}
          wrong={given.wrong}
          onType={(name, text) => change(() => setTyped({ ...typed, [name]: text }))}
          onJson={(text) => change(() => setJson(text))}
        />
        {start.error !== null && <Failed error={start.error} />}
        {plan.error !== null && <Failed error={plan.error} />}
        <div className="buttons start">
          <button
            type="submit"
            className="primary"
            disabled={!isComplete || start.isPending || !may("operator")}
          >
            {say("start.start")}
          </button>
          <button
            type="button"
            disabled={!isComplete || plan.isPending || !may("operator")}
            onClick={() => plan.mutate()}
          >
            {say("start.plan")}
          </button>
        </div>
      </form>
      {plan.data !== undefined && <PlanPreview plan={plan.data} />}
    </article>
  );
}

function Inputs({
  fields,
  typed,
  json,
  wrong,
  onType,
  onJson,
}: {
  readonly fields: readonly Field[];
  readonly typed: Typed;
  readonly json: string | null;
  readonly wrong: ReadonlySet<string>;
  readonly onType: (name: string, text: string) => void;
  readonly onJson: (text: string) => void;
}): ReactNode {
  const say = useSay();
  if (json !== null)
    return (
      <label className="field">
        <span className="unseen">{say("start.json")}</span>
        <textarea
          rows={8}
          className="mono"
          spellCheck={false}
          value={json}
          onChange={(event) => onJson(event.target.value)}
        />
        {wrong.size > 0 && <small className="trouble">{say("start.badobject")}</small>}
      </label>
    );
  if (fields.length === 0) return <p className="soft">{say("start.noinputs")}</p>;
  return fields.map((field) => (
    <InputField
      key={field.name}
      field={field}
      text={typed[field.name] ?? ""}
      isWrong={wrong.has(field.name)}
      onType={(text) => onType(field.name, text)}
    />
  ));
}

/** Not `randomUUID`, which browsers have for https and this machine alone. */
function newKey(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

const WHOLE: ReadonlySet<string> = new Set(["json"]);
const NONE: ReadonlySet<string> = new Set();

function fromJson(text: string): ReturnType<typeof inputsOf> {
  const value = parseJson(text);
  return isSchema(value) ? { inputs: value, wrong: NONE } : { inputs: {}, wrong: WHOLE };
}

function targetOf({ kind, name }: Startable): { readonly facade: string } | { readonly target: string } {
  return kind === "facades" ? { facade: name } : { target: name };
}
