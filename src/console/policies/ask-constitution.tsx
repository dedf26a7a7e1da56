import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { Section } from "../parts/section.tsx";
import { Failed } from "../parts/states.tsx";
import { Foreign, Values } from "../parts/text.tsx";
import { pathOf, post } from "../rest/client.ts";
import type { Capabilities, Explanations } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { isSchema, parseJson } from "../start/schema.ts";
import { useSay } from "../words/use-words.ts";
import { OutcomeMark } from "./outcome-mark.tsx";

/** How a call that is thought of would be decided now. */
export function AskConstitution(): ReactNode {
  const say = useSay();
  const [capability, setCapability] = useState("");
  const [json, setJson] = useState("{}");
  const known = useRest<Capabilities>("chain", ["capabilities"]);
  const inputs = parseJson(json);
  const ask = useMutation<Explanations, Error>({
    mutationFn: () => post<Explanations>(pathOf(["policies", "explain"]), { capability, inputs }),
  });
  return (
    <Section title={say("policies.call")}>
      <form
        className="inputs"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <p className="soft">{say("policies.call.lead")}</p>
        <label className="field">
          <span>{say("policies.capability")}</span>
          <select required value={capability} onChange={(event) => setCapability(event.target.value)}>
            <option value="">{say("start.unset")}</option>
            {known.data?.capabilities.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{say("start.inputs")}</span>
          <textarea
            rows={4}
            className="mono"
            spellCheck={false}
            aria-invalid={!isSchema(inputs)}
            value={json}
            onChange={(event) => setJson(event.target.value)}
          />
          {!isSchema(inputs) && <small className="trouble">{say("start.badobject")}</small>}
        </label>
        <div className="buttons start">
          <button
            type="submit"
            className="primary"
            disabled={capability === "" || !isSchema(inputs) || ask.isPending}
          >
            {say("policies.ask")}
          </button>
        </div>
      </form>
      {ask.error !== null && <Failed error={ask.error} />}
      {ask.data?.explanations.map((each, index) => (
        <div key={index} className="detail" role="status">
          <p>
            <OutcomeMark outcome={each.outcome} /> <code>{each.rules.join(", ")}</code>
          </p>
          <p>
            <Foreign text={each.reason} />
          </p>
          {each.receipt !== null && (
            <details>
              <summary>{say("policies.receipt")}</summary>
              <Values values={each.receipt.values} label={say("policies.receipt")} />
            </details>
          )}
        </div>
      ))}
    </Section>
  );
}
