import { useSyncExternalStore } from "react";

/** A value that views follow. */
export type Signal<Value> = {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  readonly onChange: (listener: () => void) => () => void;
};

export function createSignal<Value>(initial: Value): Signal<Value> {
  const listeners = new Set<() => void>();
  let present = initial;
  return {
    get: () => present,
    set(value) {
      if (Object.is(value, present)) return;
      present = value;
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export function useSignal<Value>({ onChange, get }: Signal<Value>): Value {
  return useSyncExternalStore(onChange, get);
}
