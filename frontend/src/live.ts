// What changes while a page stands open: counts, the list of the desk, the case shown, and messages as they come.
// One stream per browser where the browser can elect a tab (Web Locks); else one per tab that is looked at. Without a
// stream nothing breaks: the desk asks each minute as before, and nobody is alarmed.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./styles/live.css";

interface Changed {
  cases: [string, string | null][];
  many: boolean;
}
interface Said {
  sentence: string;
  kind: string;
  number: string;
  id: string;
}
interface Told {
  unread: string;
  items: Said[];
}
type Word =
  | { kind: "case"; post: string; at: number; data: Changed }
  | { kind: "notice"; post: string; at: number; data: Told }
  | { kind: "bye" }
  | { kind: "hello"; post: string; since: number };

const PATIENCE = 3_000; // ms between two refreshes of the same thing
const SPREAD = 400; // ms drawn, so that all desks do not ask at once
const AGAIN = [5_000, 15_000, 60_000, 300_000]; // ms before a new try where the browser gave up
const SHOWN = 12_000; // ms that a message stays, unless the pointer is on it
const REMEMBERED = 30_000; // ms of words that a tab which opens now may have missed

const home = (): HTMLElement | null => document.getElementById("live");

// --- Showing ---

/** Run at most each PATIENCE, the last call always; hidden tabs wait until they are looked at. */
function calmly(act: () => void): () => void {
  let last = -Infinity;
  let timer = 0;
  const run = (): void => {
    timer = 0;
    if (document.hidden) {
      document.addEventListener("visibilitychange", ask, { once: true });
      return;
    }
    last = performance.now();
    if (!over) act();
  };
  const ask = (): void => {
    if (!timer) timer = window.setTimeout(run, Math.max(0, last + PATIENCE - performance.now()) + Math.random() * SPREAD);
  };
  return ask;
}

async function fresh(): Promise<Document | null> {
  const answer = await fetch(location.href, { headers: { "X-Background": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Is somebody in the middle of something that a refresh would take away? */
function isBusy(): boolean {
  const form = document.querySelector("#step-form form, #desk-panel form");
  const marked = document.querySelector('[data-row] input[type="checkbox"]:checked');
  const typing = document.activeElement?.closest("main input, main textarea, main select");
  return Boolean(form ?? marked ?? typing?.closest("form:not([role=search])") ?? document.querySelector("dialog[open]"));
}

/** Put the new rows in the place of the old; the row that was chosen stays so. */
function replaceRows(page: Document): void {
  const old = document.querySelector(".desk-list > .rows");
  const rows = page.querySelector(".desk-list > .rows");
  if (!old || !rows) return;
  const chosen = document.querySelector<HTMLElement>('[data-row][aria-current="true"]')?.dataset["row"];
  const top = old.scrollTop;
  const mine = document.importNode(rows, true);
  if (chosen) mine.querySelector(`[data-row="${CSS.escape(chosen)}"]`)?.setAttribute("aria-current", "true");
  const known = new Set([...old.querySelectorAll<HTMLElement>("[data-row]")].map((row) => row.dataset["row"]));
  for (const row of mine.querySelectorAll<HTMLElement>("[data-row]")) if (!known.has(row.dataset["row"])) row.classList.add("just-came");
  old.replaceWith(mine);
  mine.scrollTop = top;
  htmx.process(mine);
  const points = page.getElementById("points");
  const shown = document.getElementById("points");
  if (points && shown) shown.textContent = points.textContent;
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
}

const refreshList = calmly(() => {
  if (isBusy()) return; // the word «有变化，刷新» stands beside the groups
  void fresh().then((page) => {
    if (!page || isBusy()) return;
    replaceRows(page);
    const [old, tabs] = [document.querySelector(".desk-list > .tabs"), page.querySelector(".desk-list > .tabs")];
    if (!old || !tabs) return;
    old.innerHTML = tabs.innerHTML;
    old.setAttribute("hx-get", tabs.getAttribute("hx-get") ?? "");
  });
});

const refreshTabs = calmly(() => {
  const tabs = document.querySelector<HTMLElement>(".desk-list > .tabs[hx-get]");
  const source = tabs?.getAttribute("hx-get");
  if (!tabs || !source) return;
  const headers = { "X-Background": "1" };
  void htmx.ajax("GET", source, { source: tabs, target: tabs, swap: "innerHTML", headers }).then(
    () => tabs.querySelector(".news") && refreshList(),
    () => undefined,
  );
});

const PARTS = [".case-head", ".case-story", ".case-side > section:first-child", ".case-actions", ".case-side .facts"];
const refreshCase = calmly(() => {
  if (isBusy()) {
    say({ sentence: home()?.dataset["changed"] ?? "", kind: "news", number: "", id: "" }, location.href);
    return;
  }
  void fresh().then((page) => {
    if (!page || isBusy()) return;
    for (const part of PARTS) {
      const [old, next] = [document.querySelector(part), page.querySelector(part)];
      if (!old || !next || old.innerHTML === next.innerHTML) continue;
      const mine = document.importNode(next, true);
      old.replaceWith(mine);
      htmx.process(mine);
    }
  });
});

function onChanged(changed: Changed): void {
  document.dispatchEvent(new CustomEvent("xc-live", { detail: changed }));
  if (document.querySelector(".desk-list > .tabs[hx-get]")) refreshTabs();
  const shown = document.querySelector(".case-head") && decodeURIComponent(location.pathname.split("/").pop() ?? "");
  if (shown && (changed.many || changed.cases.some((names) => names.includes(shown)))) refreshCase();
}

function onTold(told: Told): void {
  const badge = document.getElementById("unread");
  if (badge) {
    badge.hidden = told.unread === "";
    const last = badge.lastChild;
    if (last?.nodeType === Node.TEXT_NODE) last.textContent = ` ${told.unread}`;
    else badge.append(` ${told.unread}`);
  }
  for (const item of told.items) {
    say(item, item.number ? `/cases/${encodeURIComponent(item.number)}` : "/messages");
  }
}

/** A message in the corner; it goes by itself, and is read out without taking the focus. */
function say(item: Said, link: string): void {
  const box = document.getElementById("toasts");
  if (!box || !item.sentence || (item.number && location.pathname === link)) return;
  const shown = [...box.querySelectorAll<HTMLElement>(".toast-card")];
  if (item.id && shown.some((toast) => toast.dataset["notice"] === item.id)) return;
  const same = shown.find((toast) => toast.dataset["said"] === item.sentence);
  const count = Number(same?.dataset["count"] ?? 0) + 1;
  same?.remove(); // ten reports in a minute are one message that counts
  const toast = document.createElement("div");
  toast.className = "toast-card";
  Object.assign(toast.dataset, { notice: item.id, said: item.sentence, count: String(count) });
  const words = document.createElement("a");
  words.href = count > 1 ? "/messages?unread=1" : link;
  words.textContent = item.sentence + (count > 1 ? ` × ${count}` : "");
  if (item.number && count === 1) {
    const number = document.createElement("span");
    number.className = "code small muted";
    number.textContent = item.number;
    words.append(" ", number);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-ghost";
  close.textContent = "×";
  close.setAttribute("aria-label", box.dataset["close"] ?? "");
  close.addEventListener("click", () => toast.remove());
  toast.append(words, close);
  box.append(toast);
  while (box.children.length > 4) box.firstElementChild?.remove();
  const leave = (): void => {
    if (toast.matches(":hover, :focus-within")) window.setTimeout(leave, 2_000);
    else toast.remove();
  };
  window.setTimeout(leave, SHOWN);
}

// --- Hearing ---

const channel = "BroadcastChannel" in window ? new BroadcastChannel("xc-live") : null;
let stream: EventSource | null = null;
let streamPost = "";
let lastId = "";
let tries = 0;
let over = false;
const recent: Word[] = [];

function hear(word: Word): void {
  if (word.kind === "bye") over = true;
  else if (word.kind !== "hello" && word.post !== home()?.dataset["post"]) return;
  if (word.kind === "case") onChanged(word.data);
  if (word.kind === "notice") onTold(word.data);
}

function pass(word: Word): void {
  recent.push(word);
  while (recent[0] && "at" in recent[0] && recent[0].at < Date.now() - REMEMBERED) recent.shift();
  channel?.postMessage(word);
  hear(word);
}

function open(): void {
  const place = home();
  if (!place || over) return;
  stream?.close();
  streamPost = place.dataset["post"] ?? "";
  const address = new URL(place.dataset["url"] ?? "", location.href);
  const age = performance.now() / 1000;
  if (lastId) address.searchParams.set("last", lastId);
  else if (age < 300) address.searchParams.set("age", (age + 2).toFixed(1));
  const mine = new EventSource(address, { withCredentials: true });
  stream = mine;
  mine.addEventListener("hello", (event) => {
    tries = 0;
    lastId = event.lastEventId;
    document.documentElement.dataset["live"] = "on";
  });
  mine.addEventListener("case", (event) => {
    lastId = event.lastEventId;
    pass({ kind: "case", post: streamPost, at: Date.now(), data: JSON.parse(event.data as string) as Changed });
  });
  mine.addEventListener("notice", (event) => {
    pass({ kind: "notice", post: streamPost, at: Date.now(), data: JSON.parse(event.data as string) as Told });
  });
  mine.addEventListener("bye", (event) => {
    if ((JSON.parse(event.data as string) as { reason: string }).reason !== "signed_out") return; // it comes back by itself
    mine.close();
    pass({ kind: "bye" });
    document.documentElement.dataset["live"] = "over";
  });
  mine.addEventListener("error", () => {
    document.documentElement.dataset["live"] = over ? "over" : "off";
    if (mine.readyState !== EventSource.CLOSED || over) return; // the browser tries again by itself
    const wait = AGAIN[Math.min(tries++, AGAIN.length - 1)] ?? 300_000;
    window.setTimeout(() => stream === mine && open(), wait * (0.7 + 0.6 * Math.random()));
  });
}

function shut(): void {
  stream?.close();
  stream = null;
}

/** The tab that has the lock hears for all of them; the others hear from it. */
function lead(): Promise<void> {
  open();
  channel?.addEventListener("message", ({ data: word }: MessageEvent<Word>) => {
    if (word.kind !== "hello") return;
    if (word.post !== streamPost && home()) {
      home()!.dataset["post"] = word.post; // the person acts in another post now
      open();
    }
    for (const told of recent) if ("at" in told && told.at >= word.since) channel?.postMessage(told);
  });
  return new Promise(() => undefined);
}

export function startLive(): void {
  const place = home();
  if (!place) return;
  window.addEventListener("pagehide", shut);
  window.addEventListener("pageshow", (event) => event.persisted && !over && stream === null && open());
  channel?.addEventListener("message", ({ data: word }: MessageEvent<Word>) => word.kind !== "hello" && hear(word));
  channel?.postMessage({ kind: "hello", post: place.dataset["post"] ?? "", since: Date.now() - performance.now() } satisfies Word);
  if (channel && "locks" in navigator) {
    void navigator.locks.request("xc-live", lead);
    return;
  }
  const looked = (): void => (document.hidden ? shut() : open()); // no locks outside HTTPS: only tabs that are looked at
  document.addEventListener("visibilitychange", looked);
  looked();
}
