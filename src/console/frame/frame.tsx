import { type ReactNode, useState } from "react";

import { linkTo, useAddress } from "../address.ts";
import { connection } from "../rest/events.ts";
import type { Approvals } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { signOut } from "../session.ts";
import { useSignal } from "../signal.ts";
import { NAVIGATION } from "../views.tsx";
import { useSay } from "../words/use-words.ts";
import { Mark } from "./mark.tsx";
import { PanicBanner, PanicButton } from "./panic.tsx";
import { Preferences } from "./preferences.tsx";

/** What stands around every view: where one can go, whether it is live, and the way to stop everything. */
export function Frame({ children }: { readonly children: ReactNode }): ReactNode {
  const say = useSay();
  const { path } = useAddress();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="frame">
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector("h1")?.focus();
        }}
      >
        {say("nav.skip")}
      </a>
      <header className={isOpen ? "rail open" : "rail"}>
        <a className="brand" href={linkTo([])}>
          <Mark />
          <span>{say("app.name")}</span>
        </a>
        <button type="button" className="menu" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {say("nav.menu")}
        </button>
        <nav aria-label={say("nav.label")}>
          <ul>
            {NAVIGATION.map((name) => (
              <NavigationItem
                key={name}
                name={name}
                isHere={(path[0] ?? "overview") === name}
                onLeave={() => setOpen(false)}
              />
            ))}
          </ul>
        </nav>
        <div className="foot">
          <ConnectionMark />
          <PanicButton />
          <Preferences />
          <button type="button" className="quiet" onClick={() => signOut()}>
            {say("signin.out")}
          </button>
        </div>
      </header>
      <div className="page">
        <PanicBanner />
        <main id="content">{children}</main>
      </div>
    </div>
  );
}

function NavigationItem({
  name,
  isHere,
  onLeave,
}: {
  readonly name: (typeof NAVIGATION)[number];
  readonly isHere: boolean;
  readonly onLeave: () => void;
}): ReactNode {
  const say = useSay();
  return (
    <li>
      <a
        href={linkTo(name === "overview" ? [] : [name])}
        aria-current={isHere ? "page" : undefined}
        onClick={onLeave}
      >
        {say(`nav.${name}`)}
        {name === "approvals" && <OpenCount />}
      </a>
    </li>
  );
}

function OpenCount(): ReactNode {
  const { data } = useRest<Approvals>("approvals", ["approvals"]);
  const count = data?.approvals.length ?? 0;
  return count === 0 ? null : <span className="badge">{count}</span>;
}

function ConnectionMark(): ReactNode {
  const say = useSay();
  const state = useSignal(connection);
  return (
    <p className={`connection ${state}`} role="status">
      {say(`connection.${state}`)}
    </p>
  );
}
