import type { Who } from "./operations.ts";
import { useRest } from "./use-rest.ts";

type Role = Who["roles"][number];

/** Whether the token lets through to what takes a role; what governance allows, the server says when it is asked. */
export function useMay(): (role: Role) => boolean {
  const { data } = useWho();
  return (role) => data?.roles.includes(role) === true;
}

export function useWho() {
  return useRest<Who>("service", ["session"]);
}
