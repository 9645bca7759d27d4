// The phone remembers what was reported from it: 受理号 and 查询码, in this browser only.

export interface Receipt {
  number: string;
  code: string;
  words: string;
  at: string;
}

const KEY = "xiucheng.receipts";

export function receipts(): Receipt[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Receipt[]) : [];
  } catch {
    return []; // private mode, or somebody else's bytes: nothing is remembered
  }
}

export function keep(receipt: Receipt): boolean {
  try {
    const known = receipts().find((other) => other.number === receipt.number);
    const others = receipts().filter((other) => other.number !== receipt.number);
    // The page of the number does not know the words; the page that sent them does.
    const kept = { ...receipt, words: receipt.words || (known?.words ?? "") };
    localStorage.setItem(KEY, JSON.stringify([kept, ...others].slice(0, 50)));
    return true;
  } catch {
    return false;
  }
}

function forget(number: string): void {
  localStorage.setItem(KEY, JSON.stringify(receipts().filter((receipt) => receipt.number !== number)));
}

/** The day in China, not the one in Greenwich. */
function day(at: string): string {
  const moment = new Date(at);
  return isNaN(moment.getTime()) ? "" : moment.toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
}

function row(list: HTMLElement, receipt: Receipt): HTMLLIElement {
  const item = document.createElement("li");
  item.className = "card card-body receipt";
  const link = document.createElement("a");
  link.href = `/follow/${encodeURIComponent(receipt.number)}?code=${encodeURIComponent(receipt.code)}`;
  const number = document.createElement("b");
  number.className = "code";
  number.textContent = receipt.number;
  link.append(number, document.createElement("br"), receipt.words || day(receipt.at));
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn-ghost";
  drop.textContent = list.dataset["forget"] ?? "×";
  drop.addEventListener("click", () => {
    forget(receipt.number);
    item.remove();
  });
  item.append(link, drop);
  return item;
}

export function startReceipts(): void {
  const done = document.querySelector<HTMLElement>("[data-receipt]");
  if (done) {
    const number = done.dataset["receipt"] ?? "";
    const code = done.dataset["code"] || receipts().find((receipt) => receipt.number === number)?.code || "";
    if (done.dataset["code"]) {
      const kept = keep({ number, code, words: done.dataset["words"] ?? "", at: new Date().toISOString() });
      const says = done.querySelector<HTMLElement>("[data-kept]");
      if (says) says.hidden = !kept;
    }
    const field = done.querySelector<HTMLElement>("[data-code-field]");
    if (field && code) field.textContent = code;
    const link = done.querySelector<HTMLAnchorElement>("a[data-follow]");
    if (link && code) link.href = `/follow/${encodeURIComponent(number)}?code=${encodeURIComponent(code)}`;
  }
  const list = document.querySelector<HTMLElement>("[data-receipts]");
  if (list && receipts().length > 0) {
    list.hidden = false;
    list.querySelector("ul")?.replaceChildren(...receipts().map((receipt) => row(list, receipt)));
  }
}
