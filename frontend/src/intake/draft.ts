// A call that was interrupted (a reload, a session that ended) is not told twice: what was typed is kept in this tab.
// With its UUID: had it arrived after all, sending it again makes no second case.
import { setValue, valueOf } from "./fields";

const KEY = "xc-intake";
const KEPT = [
  "uuid", "description", "address", "longitude", "latitude", "category", "reporter_phone", "reporter_name", "channel",
  "side", "merge_into", "county",
];
const TYPED = ["description", "address", "category", "reporter_phone", "reporter_name", "longitude"];

type Kept = Record<string, string>;

export function forgetDraft(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // storage forbidden: there is nothing to forget
  }
}

export class Draft {
  readonly #form: HTMLFormElement;

  constructor(form: HTMLFormElement) {
    this.#form = form;
    for (const event of ["input", "change", "xc-pin"]) form.addEventListener(event, () => this.keep());
    form.querySelector("[data-forget]")?.addEventListener("click", () => {
      forgetDraft();
      location.assign(location.pathname);
    });
  }

  /** Put back what this post typed in this tab; an answer of the server has it already. True: something was. */
  restore(): boolean {
    const kept = this.#read();
    if (!kept || "bound" in this.#form.dataset) return false;
    if (kept["owner"] !== this.#form.dataset["owner"]) {
      forgetDraft(); // another person sits here now
      return false;
    }
    if (!TYPED.some((name) => kept[name])) return false;
    for (const name of KEPT) {
      const typedSince = TYPED.includes(name) && valueOf(this.#form, name) !== ""; // before this script came
      if (kept[name] && !typedSince) setValue(this.#form, name, kept[name]);
    }
    const says = this.#form.querySelector<HTMLElement>("[data-restored]");
    if (says) says.hidden = false;
    return true;
  }

  /** What is typed now; also where a script filled a field, which no event tells. */
  keep(): void {
    const kept: Kept = { owner: this.#form.dataset["owner"] ?? "" };
    for (const name of KEPT) kept[name] = valueOf(this.#form, name);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // full or forbidden: the form itself still holds everything
    }
  }

  #read(): Kept | undefined {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }
}
