import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app.tsx";
import { applyTheme } from "./frame/theme.ts";
import { watchAddress } from "./session.ts";

watchAddress();
applyTheme();
const place = document.getElementById("console");
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
