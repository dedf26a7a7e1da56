import { createSignal, useSignal } from "../signal.ts";

const PLACE = "airun-theme";
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const theme = createSignal<Theme>(THEMES.find((each) => each === localStorage.getItem(PLACE)) ?? "system");

export function useTheme(): readonly [Theme, (next: Theme) => void] {
  return [useSignal(theme), setTheme];
}

/** Before anything is drawn. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme.get();
}

function setTheme(next: Theme): void {
  localStorage.setItem(PLACE, next);
  theme.set(next);
  applyTheme();
}
