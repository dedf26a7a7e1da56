import type { ReactNode } from "react";

import { useLanguage, useSay } from "../words/use-words.ts";
import { LANGUAGES } from "../words/words.ts";
import { THEMES, useTheme } from "./theme.ts";

// Each language in its own words, for whoever does not read the present one.
const NAMES = { en: "English", zh: "中文" } as const;

export function Preferences(): ReactNode {
  const say = useSay();
  const [language, setLanguage] = useLanguage();
  const [theme, setTheme] = useTheme();
  return (
    <div className="preferences">
      <select
        aria-label={say("language.label")}
        value={language}
        onChange={(event) => setLanguage(LANGUAGES.find((each) => each === event.target.value) ?? "en")}
      >
        {LANGUAGES.map((each) => (
          <option key={each} value={each}>
            {NAMES[each]}
          </option>
        ))}
      </select>
      <select
        aria-label={say("theme.label")}
        value={theme}
        onChange={(event) => setTheme(THEMES.find((each) => each === event.target.value) ?? "system")}
      >
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {say(`theme.${each}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
