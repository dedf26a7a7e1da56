import { useSyncExternalStore } from "react";

/** Where in the console one is; it stands in the fragment, so that the server never sees it. */
export type Address = { readonly path: readonly string[]; readonly query: URLSearchParams };

let read: { readonly hash: string; readonly address: Address } | undefined;

export function useAddress(): Address {
  return useSyncExternalStore(onChange, present);
}

/** A link to a view: each part is written so that it may hold any character. */
export function linkTo(path: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export function goTo(path: readonly string[], query: Readonly<Record<string, string>> = {}): void {
  location.hash = linkTo(path, query);
}

/** The same view with another query, without a step in the history. */
export function replaceQuery(path: readonly string[], query: Readonly<Record<string, string>>): void {
  history.replaceState(null, "", linkTo(path, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function onChange(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

function present(): Address {
  const { hash } = location;
  if (read?.hash !== hash) read = { hash, address: parse(hash) };
  return read.address;
}

function parse(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path.split("/").filter((part) => part !== "");
  return { path: parts.map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
