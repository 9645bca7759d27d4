// A desk is driven by keys: J and K move, X marks, Enter opens, a letter starts an action, / searches, ? helps.
// Every key has a visible button or link that does the same.
import htmx from "htmx.org/dist/htmx.esm.js";
import { anyOpen } from "./dialogs";
import { lettersWork, showKeys } from "./keys";
import type { XcMap } from "./map";

/** Below this a desk is a list only: the panel and the map need room. */
const WIDE = 900;

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-row]")];
const current = (): HTMLElement | undefined => rows().find((row) => row.getAttribute("aria-current") === "true");

function select(row: HTMLElement | undefined, load = true): void {
  if (!row) return;
  for (const other of rows()) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  const link = row.querySelector<HTMLAnchorElement>("a[data-open]");
  link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("xc-select", { detail: row.dataset["row"] }));
  const panel = document.getElementById("desk-panel");
  const source = row.dataset["panel"];
  if (load && panel && source && innerWidth >= WIDE) {
    void show(panel, source);
  }
}

let loading = 0;
let waiting = "";

/** Load the panel of a row. A letter pressed meanwhile means this row, so it waits for its panel. */
async function show(panel: HTMLElement, source: string): Promise<void> {
  const mine = ++loading;
  await htmx.ajax("GET", source, { source: panel, target: "#desk-panel", swap: "innerHTML" }).catch(() => undefined);
  if (mine !== loading) return; // another row was chosen meanwhile
  loading = 0;
  const key = waiting;
  waiting = "";
  if (key) press(key);
}

function move(by: number): void {
  const all = rows();
  const at = all.findIndex((row) => row.getAttribute("aria-current") === "true");
  select(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
}

function mark(): void {
  const box = current()?.querySelector<HTMLInputElement>('input[type="checkbox"]');
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function count(): void {
  const says = document.getElementById("marked");
  if (!says) return;
  const marked = document.querySelectorAll('[data-row] input[type="checkbox"]:checked').length;
  says.textContent = (says.dataset["words"] ?? "{}").replace("{}", String(marked));
  says.hidden = marked === 0;
  for (const bar of document.querySelectorAll<HTMLElement>("[data-needs-marks]")) bar.hidden = marked === 0;
}

function press(key: string): boolean {
  const target = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (loading && (!target || target.closest("#desk-panel"))) {
    waiting = key;
    return true;
  }
  if (!target) return false;
  if (target instanceof HTMLInputElement) target.focus();
  else target.click();
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable], .canvas'));
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (anyOpen()) return; // a dialog has its own keys: Tab, Enter, Esc
  if (event.key === "Escape") {
    const open = document.querySelector<HTMLElement>("[data-escape]");
    if (open) {
      event.preventDefault();
      open.click();
    } else (document.activeElement as HTMLElement | null)?.blur();
    return;
  }
  if (isTyping(event.target)) return;
  if (event.key === "Enter" && document.activeElement === document.body) {
    const link = current()?.querySelector<HTMLAnchorElement>("a[data-open]");
    if (link) location.assign(link.href);
    return;
  }
  if (event.key === "?" && showKeys()) {
    event.preventDefault();
    return;
  }
  if (!lettersWork()) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const moves: Record<string, () => void> = { j: () => move(1), k: () => move(-1), x: mark };
  const action = rows().length > 0 ? moves[key] : undefined;
  if (action) {
    event.preventDefault();
    action();
  } else if (key.length === 1 && press(key)) event.preventDefault();
}

export function startDesk(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", (event) => {
    if ((event.target as Element).closest("[data-row]")) count();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>("[data-row]");
    if (row && !target.closest("input, button, label") && innerWidth >= WIDE && row.dataset["panel"]) {
      if (target.closest("a") && row.getAttribute("aria-current") === "true") return; // second click opens
      event.preventDefault();
      select(row);
    }
  });
  document.addEventListener("xc-map-select", (event) => {
    const id = (event as CustomEvent<string>).detail;
    const row = rows().find((candidate) => candidate.dataset["row"] === id);
    if (!row) return;
    event.preventDefault();
    select(row);
  });
  document.addEventListener("htmx:after:swap", () => {
    count();
    for (const map of document.querySelectorAll<XcMap>("xc-map[data-points]")) map.refresh?.();
  });
  if (innerWidth >= WIDE && document.getElementById("desk-panel")) select(rows()[0]);
}
