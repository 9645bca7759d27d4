// What stands beside the form, asked while one types: a pause first, one question at a time, late answers dropped.
import { field, setValue, valueOf } from "./fields";

const PAUSE_MS = 300;
const ASKED = ["description", "longitude", "latitude", "category", "county", "township", "community"];
const DIGITS = 7;

export class Beside {
  readonly #form: HTMLFormElement;
  readonly #box: HTMLElement | null;
  readonly #callerBox: HTMLElement | null;
  #timer = 0;
  #callerTimer = 0;
  #running: AbortController | undefined;
  #callerRunning: AbortController | undefined;
  #last = "";
  #lastNumber = "";

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#box = document.getElementById("intake-beside");
    this.#callerBox = document.getElementById("intake-caller");
    for (const name of ["input", "change", "htmx:after:swap"]) form.addEventListener(name, () => this.ask());
    field(form, "reporter_phone")?.addEventListener("input", () => this.#askCaller());
    form.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-category], [data-merge], [data-unmerge]");
      if (button) this.pick(button);
    });
    this.#showMerging();
    this.#askCaller();
  }

  /** Ask again once the typing pauses. */
  ask(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#load(), PAUSE_MS);
  }

  /** A suggestion taken, a duplicate pointed at (again: not any more), or «not the same». */
  pick(button: HTMLElement): void {
    const { category, merge } = button.dataset;
    if (category !== undefined) {
      setValue(this.#form, "category", category);
      this.#form.dispatchEvent(new Event("input", { bubbles: true })); // the draft keeps it
      this.ask();
    } else {
      const chosen = merge === valueOf(this.#form, "merge_into") ? "" : (merge ?? "");
      setValue(this.#form, "merge_into", chosen);
      this.#form.dispatchEvent(new Event("input", { bubbles: true }));
      this.#showMerging();
    }
  }

  #showMerging(): void {
    const chosen = valueOf(this.#form, "merge_into");
    for (const button of this.#form.querySelectorAll<HTMLElement>("[data-merge]")) {
      button.setAttribute("aria-pressed", String(button.dataset["merge"] === chosen));
    }
    const says = this.#form.querySelector<HTMLElement>("[data-merging]");
    const words = says?.querySelector("span");
    if (!says || !words) return;
    says.hidden = chosen === "";
    words.textContent = (says.dataset["words"] ?? "{}").replace("{}", chosen);
  }

  async #load(): Promise<void> {
    const address = this.#form.dataset["beside"];
    if (!address || !this.#box) return;
    const body = this.#body(ASKED);
    const asked = body.toString();
    if (asked === this.#last) return;
    this.#running?.abort();
    const mine = (this.#running = new AbortController());
    const html = await post(address, body, mine.signal);
    if (html === undefined || mine !== this.#running) return;
    this.#last = asked;
    this.#box.innerHTML = html; // our own template, escaped there
    this.#showMerging();
  }

  #askCaller(): void {
    clearTimeout(this.#callerTimer);
    this.#callerTimer = window.setTimeout(() => void this.#loadCaller(), 2 * PAUSE_MS);
  }

  async #loadCaller(): Promise<void> {
    const address = this.#form.dataset["caller"];
    if (!address || !this.#callerBox) return;
    const number = valueOf(this.#form, "reporter_phone").replace(/\D/g, "");
    if (number === this.#lastNumber) return;
    this.#callerRunning?.abort();
    this.#lastNumber = number;
    if (number.length < DIGITS) return this.#callerBox.replaceChildren();
    const mine = (this.#callerRunning = new AbortController());
    const html = await post(address, this.#body(["reporter_phone"]), mine.signal);
    if (mine !== this.#callerRunning) return;
    if (html === undefined) this.#lastNumber = ""; // asked again at the next key
    else this.#callerBox.innerHTML = html;
  }

  #body(names: string[]): URLSearchParams {
    const body = new URLSearchParams();
    for (const name of names) body.set(name, valueOf(this.#form, name));
    return body;
  }
}

/** The fragment, or nothing if the answer was no fragment or never came: what stands there stays. */
async function post(address: string, body: URLSearchParams, signal: AbortSignal): Promise<string | undefined> {
  const token = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
  try {
    const answer = await fetch(address, { method: "POST", body, signal, headers: { "X-CSRFToken": token } });
    return answer.ok && !answer.redirected ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}
