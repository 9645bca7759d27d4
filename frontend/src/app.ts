// On every page: HTMX, live clocks, the language of small comforts. Pages work without any of it.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./styles/app.scss";
import { startClocks } from "./clock";
import { startCsrf } from "./csrf";
import { startDesk } from "./desk";
import { startDialogs } from "./dialogs";
import { startForms } from "./forms";
import { startKeys } from "./keys";
import { startMaps } from "./maps";
import { startReceipts } from "./receipts";

htmx.config.history = false;
htmx.config.includeIndicatorCSS = false;

startCsrf();
startClocks();
startDialogs(); // before the forms: a question comes before the lock
startForms();
startKeys();
startDesk();
startReceipts();
startMaps();

// What changes while the page stands open comes after the page itself.
if (document.getElementById("live")) {
  const later = (): void => void import("./live").then((live) => live.startLive());
  if (document.readyState === "complete") later();
  else addEventListener("load", () => setTimeout(later), { once: true });
}
