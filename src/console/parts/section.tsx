import { type ReactNode, useEffect, useId, useRef } from "react";

import { useSay } from "../words/use-words.ts";

// Whoever opens the page begins at its beginning; whoever goes from view to view, at the heading.
let isFirst = true;

/** The heading of a view; it gets the focus when one comes to the view, so that a screen reader begins there. */
export function Heading({
  title,
  text = title,
  children,
}: {
  /** Of the tab. */
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}): ReactNode {
  const say = useSay();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${say("app.name")}`;
  }, [title, say]);
  useEffect(() => {
    scrollTo(0, 0);
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <header className="heading">
      <h1 ref={heading} tabIndex={-1}>
        {text}
      </h1>
      {children}
    </header>
  );
}

/** A part of a view under its own title. */
export function Section({
  title,
  aside,
  className = "",
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section className={`section ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** Names and values beside each other. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}): ReactNode {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
