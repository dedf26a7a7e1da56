import { type ReactNode, useId } from "react";

import { Foreign } from "../parts/text.tsx";
import { useSay } from "../words/use-words.ts";
import type { Field } from "./schema.ts";

/** One input of a capability or workflow, as its schema describes it. */
export function InputField({
  field,
  text,
  isWrong,
  onType,
}: {
  readonly field: Field;
  readonly text: string;
  readonly isWrong: boolean;
  readonly onType: (text: string) => void;
}): ReactNode {
  const say = useSay();
  const id = useId();
  const { name, isRequired, description, byDefault } = field;
  return (
    <div className="field">
      <label htmlFor={id}>
        <code>{name}</code> {isRequired && <span className="soft">{say("start.required")}</span>}
      </label>
      <Control field={field} text={text} onType={onType} id={id} isWrong={isWrong} />
      {isWrong && (
        <small className="trouble" role="alert">
          {say("start.badjson")}
        </small>
      )}
      {(description !== "" || byDefault !== null) && (
        <small id={`${id}-about`}>
          <Foreign text={description} />{" "}
          {byDefault !== null && byDefault !== "" && say("start.default", { value: byDefault })}
        </small>
      )}
    </div>
  );
}

function Control({
  field: { kind, isRequired, choices, isSecret },
  text,
  onType,
  id,
  isWrong,
}: {
  readonly field: Field;
  readonly text: string;
  readonly onType: (text: string) => void;
  readonly id: string;
  readonly isWrong: boolean;
}): ReactNode {
  const say = useSay();
  const rest = {
    id,
    value: text,
    required: isRequired,
    "aria-invalid": isWrong,
    onChange: (event: { readonly target: { readonly value: string } }) => onType(event.target.value),
  };
  if (kind === "choice" || kind === "boolean") {
    const options = kind === "boolean" ? ["true", "false"] : choices;
    return (
      <select {...rest}>
        <option value="">{say("start.unset")}</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "long") return <textarea rows={4} {...rest} />;
  if (kind === "json") return <textarea rows={3} className="mono" spellCheck={false} {...rest} />;
  if (kind === "text") return <input type={isSecret ? "password" : "text"} autoComplete="off" {...rest} />;
  return <input type="number" step={kind === "integer" ? 1 : "any"} {...rest} />;
}
