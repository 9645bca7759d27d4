// On every page: HTMX, live clocks, the language of small comforts. Pages work without any of it.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/public.css";
import "./styles/desk.css";
import "./styles/case.css";
import "./styles/map.css"; // the room for a map, before and without it
import "./styles/print.css";
import { startClocks } from "./clock";
import { startCsrf } from "./csrf";
import { startDesk } from "./desk";
import { startForms } from "./forms";
import { startMaps } from "./maps";
import { startReceipts } from "./receipts";

htmx.config.history = false;
htmx.config.includeIndicatorCSS = false;

startCsrf();
startClocks();
startForms();
startDesk();
startReceipts();
startMaps();
