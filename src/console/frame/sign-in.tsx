import { type ReactNode, useState } from "react";

import { ticked } from "../parts/states.tsx";
import { signIn, useSession } from "../session.ts";
import { useSay } from "../words/use-words.ts";
import { Mark } from "./mark.tsx";
import { Preferences } from "./preferences.tsx";

const SHAPE = /^[\w\-.~+/]+=*$/;

export function SignIn(): ReactNode {
  const say = useSay();
  const { ended } = useSession();
  const [token, setToken] = useState("");
  const [isOdd, setOdd] = useState(false);
  const submit = (): void => {
    const given = token.trim();
    if (SHAPE.test(given)) signIn(given);
    else setOdd(true);
  };
  return (
    <main className="signin">
      <div className="brand">
        <Mark />
        <span>{say("app.name")}</span>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <h1>{say("signin.title")}</h1>
        <p>{ticked(say("signin.lead"))}</p>
        <label className="field">
          <span>{say("signin.token")}</span>
          <input
            type="password"
            autoComplete="off"
            autoFocus
            required
            value={token}
            aria-describedby="signin-trouble"
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <p id="signin-trouble" className="trouble" role="alert">
          {isOdd ? say("signin.shape") : ended === "refused" ? say("signin.refused") : ""}
        </p>
        <button type="submit" className="primary">
          {say("signin.enter")}
        </button>
      </form>
      <Preferences />
    </main>
  );
}
