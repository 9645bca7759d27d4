// The map of cases is heavy: it comes after the first paint. The list and the filter work without it.
import { painted } from "../painted";

const page = document.querySelector<HTMLElement>("[data-map-page]");

function fail(): void {
  const host = document.getElementById("case-map");
  if (!host) return;
  const words = Object.assign(document.createElement("p"), { className: "map-failed notice wait", textContent: host.dataset["failed"] ?? "" });
  host.append(words);
}

if (page) {
  void painted().then(() => import("./case-map").then(({ startCaseMap }) => startCaseMap(page)).catch(fail));
}
