import { createSignal, useSignal } from "./signal.ts";

// Of this tab alone: gone with it, and never sent by the browser itself.
const PLACE = "airun-token";
const IN_ADDRESS = /^#token=([\w\-.~+/]+=*)$/;

export type Session = {
  readonly token: string | null;
  /** Why there is none any more. */
  readonly ended: "refused" | null;
};

const session = createSignal<Session>({ token: sessionStorage.getItem(PLACE), ended: null });

export const useSession = (): Session => useSignal(session);
export const tokenOfSession = (): string | null => session.get().token;

export function signIn(token: string): void {
  sessionStorage.setItem(PLACE, token);
  session.set({ token, ended: null });
}

export function signOut(ended: Session["ended"] = null): void {
  sessionStorage.removeItem(PLACE);
  session.set({ token: null, ended });
}

/** Takes a token out of the address before anybody sees or keeps it, now and whenever a new one is pasted. */
export function watchAddress(): void {
  takeFromAddress();
  // Before the router hears of it.
  addEventListener("hashchange", takeFromAddress, { capture: true });
}

function takeFromAddress(): void {
  const [, token] = IN_ADDRESS.exec(location.hash) ?? [];
  if (token === undefined) return;
  history.replaceState(null, "", "#/");
  signIn(token);
}
