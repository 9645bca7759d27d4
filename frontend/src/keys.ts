// «?» opens the table of the keys that work on this page; single letters can be switched off (WCAG 2.1.4).
const OFF = "letters-off";

export function lettersWork(): boolean {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true; // storage forbidden: the letters work
  }
}

/** What an element with a key is called: its label, or its own words without the key drawn on it. */
function nameOf(element: HTMLElement): string {
  const said = element.dataset["shortcutWords"] ?? element.getAttribute("aria-label");
  if (said) return said;
  if (element instanceof HTMLInputElement) return element.labels?.[0]?.textContent?.trim() ?? element.placeholder;
  const copy = element.cloneNode(true) as HTMLElement;
  for (const extra of copy.querySelectorAll("kbd, .rail-badge")) extra.remove();
  return copy.textContent?.trim() ?? "";
}

/** [data-key] works by itself; [data-shortcut="Shift + ↑"] only tells of a key that the page's own script hears. */
function listed(): [string, string][] {
  const found = new Map<string, string>();
  for (const element of document.querySelectorAll<HTMLElement>("[data-key], [data-shortcut]")) {
    if (element.closest(".rail")) continue; // these work everywhere: the server has listed them
    const key = (element.dataset["shortcut"] ?? element.dataset["key"] ?? "").toUpperCase();
    const name = nameOf(element);
    if (key && name && key !== "?" && key !== "/" && !found.has(key)) found.set(key, name);
  }
  return [...found];
}

function row(key: string, name: string): HTMLElement {
  const line = document.createElement("div");
  const sign = document.createElement("dt");
  for (const part of key.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = part;
    sign.append(cap, " ");
  }
  const words = document.createElement("dd");
  words.textContent = name;
  line.append(sign, words);
  return line;
}

export function showKeys(): boolean {
  const dialog = document.getElementById("keys");
  if (!(dialog instanceof HTMLDialogElement)) return false;
  const section = dialog.querySelector<HTMLElement>("[data-page-keys]");
  const rows = listed().map(([key, name]) => row(key, name));
  section?.querySelector("dl")?.replaceChildren(...rows);
  if (section) section.hidden = rows.length === 0;
  dialog.showModal();
  return true;
}

export function startKeys(): void {
  const box = document.querySelector<HTMLInputElement>("[data-letters]");
  if (box) box.checked = lettersWork();
  box?.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      box.checked = true; // nowhere to remember it
    }
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest('[data-key="?"]');
    if (link && !event.ctrlKey && !event.metaKey && showKeys()) event.preventDefault();
  });
}
