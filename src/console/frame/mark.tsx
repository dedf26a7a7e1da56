import type { ReactNode } from "react";

/** The sign of the product: what is done, and the way back around it. */
export function Mark(): ReactNode {
  return (
    <svg className="mark" viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
      <path d="M3.5 8a4.5 4.5 0 1 0 1.6-3.4M5.3 1.7v3.2h3.2" className="stroke" />
      <circle cx="8" cy="8" r="1.6" className="fill" />
    </svg>
  );
}
