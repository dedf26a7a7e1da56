import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { linkTo } from "../address.ts";
import { Section } from "../parts/section.tsx";
import { Failed } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import { pathOf, post } from "../rest/client.ts";
import type { Differences, PolicySet } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import { OutcomeMark } from "./outcome-mark.tsx";
import { StagePolicy } from "./stage-policy.tsx";

const RUNS = [20, 100, 500, 1000] as const;
const NEW = "";

/** Other rules in place of some, held against what was recorded of past runs. */
export function WhatIf({ set }: { readonly set: PolicySet }): ReactNode {
  const say = useSay();
  const [rule, setRule] = useState(Object.keys(set.policies)[0] ?? NEW);
  const [newId, setNewId] = useState("");
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({});
  const [runs, setRuns] = useState<number>(100);
  const id = rule === NEW ? newId : rule;
  const other = changedSet(set, changes);
  const ask = useMutation<Differences, Error>({
    mutationFn: () => post<Differences>(pathOf(["policies", "what-if"]), { set: other, runs }),
  });
  const changed = Object.keys(changes).length;
  return (
    <Section title={say("whatif.title")}>
      <form
        className="inputs"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <p className="soft reading">{say("whatif.lead")}</p>
        <label className="field">
          <span>{say("whatif.rule")}</span>
          <select value={rule} onChange={(event) => setRule(event.target.value)}>
            {Object.keys(set.policies).map((each) => (
              <option key={each} value={each}>
                {each in changes ? `${each} *` : each}
              </option>
            ))}
            <option value={NEW}>{say("whatif.new")}</option>
          </select>
        </label>
        {rule === NEW && (
          <label className="field">
            <span>{say("whatif.newid")}</span>
            <input type="text" value={newId} onChange={(event) => setNewId(event.target.value)} />
          </label>
        )}
        <label className="field cedar">
          <span>{say("whatif.text")}</span>
          <textarea
            rows={8}
            className="mono"
            spellCheck={false}
            disabled={id === ""}
            value={changes[id] ?? set.policies[id] ?? ""}
            onChange={(event) => {
              setChanges({ ...changes, [id]: event.target.value });
              ask.reset();
            }}
          />
        </label>
        <label className="field">
          <span>{say("whatif.runs")}</span>
          <select value={runs} onChange={(event) => setRuns(Number(event.target.value))}>
            {RUNS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <div className="buttons start">
          <button type="submit" className="primary" disabled={changed === 0 || ask.isPending}>
            {say("whatif.ask")}
          </button>
          <button
            type="button"
            disabled={changed === 0}
            onClick={() => {
              setChanges({});
              ask.reset();
            }}
          >
            {say("whatif.reset")}
          </button>
          {ask.data !== undefined && <StagePolicy set={other} />}
          <span className="soft">{changed > 0 && say.count("whatif.changed", changed)}</span>
        </div>
      </form>
      {ask.error !== null && <Failed error={ask.error} />}
      {ask.data !== undefined && <Answer answer={ask.data} />}
    </Section>
  );
}

function Answer({ answer: { requests, differences } }: { readonly answer: Differences }): ReactNode {
  const say = useSay();
  if (differences.length === 0)
    return (
      <p className="note good" role="status">
        {say("whatif.same", { n: say.number(requests) })}
      </p>
    );
  return (
    <div role="status">
      <p className="note wait">
        {say("whatif.differ", { n: say.number(differences.length), all: say.number(requests) })}
      </p>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{say("whatif.step")}</th>
            <th scope="col">{say("policies.capability")}</th>
            <th scope="col">{say("whatif.before")}</th>
            <th scope="col">{say("whatif.after")}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ seq, run, step, capability, before, after }) => (
            <tr key={seq}>
              <td>
                <a href={linkTo(["runs", run])}>
                  <Foreign text={step} />
                </a>
              </td>
              <td className="mono">{capability}</td>
              <td>
                <OutcomeMark outcome={before.outcome} />
              </td>
              <td>
                <OutcomeMark outcome={after.outcome} /> <code className="soft">{after.rules.join(", ")}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function changedSet(set: PolicySet, changes: Readonly<Record<string, string>>): PolicySet {
  const policies = Object.entries({ ...set.policies, ...changes }).filter(([, text]) => text.trim() !== "");
  return { ...set, policies: Object.fromEntries(policies) };
}
