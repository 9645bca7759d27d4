// The report page: a plain form that works by itself, made to survive a lost connection and a reload.
import { showExtraFields, startExtraFields } from "../extra-fields";
import { startPlaceSearch } from "../place-search";
import { keep } from "../receipts";
import { type Draft, all, drop, save, uuid4 } from "./draft";
import { Photos } from "./photos";
import { Place } from "./place";
import { maskNumbers } from "./mask";
import { type Verdict, send } from "./send";

/** Never kept in a draft: the token belongs to the session, the file to the photo list. */
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "photos", "uuid", "look", "county", "township", "community"]);

class Report {
  readonly #form: HTMLFormElement;
  readonly #photos: Photos;
  readonly #place: Place;
  #draft: Draft;
  #saving = 0;
  #retry = 0;
  /** The network came back while an attempt was failing: the next one need not wait. */
  #cameBack = false;
  #sending = false;
  /** Ends the attempt in the air: one begun without a network may never come to an end by itself. */
  #giveUp = new AbortController();

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#draft = { uuid: this.#input("uuid").value || uuid4(), state: "editing", fields: {}, photos: [], savedAt: 0 };
    this.#photos = new Photos(form, () => this.#later());
    this.#place = new Place(form, () => this.#later());
    startPlaceSearch(this.#input("address"), (found) => this.#place.put(found.lon, found.lat), {
      near: () => this.#place.pin,
    });
    form.noValidate = true;
    startExtraFields(form);
    form.addEventListener("input", (event) => {
      if ((event.target as HTMLElement).id === "public_words") (event.target as HTMLElement).dataset["own"] = "1";
      else this.#preview();
      this.#later();
    });
    form.addEventListener("change", () => this.#later());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      void this.#submit();
    }, true);
    this.#button("[data-discard]", () => void this.#discard());
    this.#button("[data-edit]", () => void this.#edit());
    this.#button("[data-send-now]", () => void this.#attempt());
    window.addEventListener("online", () => this.#online());
    window.addEventListener("offline", () => this.#tell("offline"));
    window.addEventListener("pagehide", () => void this.#save());
  }

  get #ownWords(): boolean {
    return Boolean((this.#form.elements.namedItem("public_words") as HTMLElement | null)?.dataset["own"]);
  }

  /** 公众会看到什么: as long as nobody has changed the words to publish, they follow what is typed, numbers masked. */
  #preview(): void {
    const field = this.#form.elements.namedItem("public_words");
    if (!(field instanceof HTMLTextAreaElement)) return;
    if (!field.dataset["own"]) field.value = maskNumbers(this.#input("description").value);
    const hidden = this.#input("unpublished").checked;
    field.disabled = hidden;
  }

  async start(): Promise<void> {
    // What came back from the server with errors is newer than any draft.
    const typed = this.#input("description").value || this.#input("longitude").value;
    const kept = typed ? undefined : (await all().catch(() => []))[0];
    if (kept) this.#restore(kept);
    else this.#place.show();
    if (!navigator.onLine) this.#tell("offline");
    const list = this.#form.querySelector<HTMLDetailsElement>("details.by-list");
    if (list && !this.#input("county").value) list.open = false; // with a map the lists are the second way
    if (this.#draft.state === "queued") void this.#attempt();
    this.#preview();
    await this.#photos.take();
    if (typed) this.#later();
    this.#form.setAttribute("data-ready", "");
  }

  #input(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }

  #button(selector: string, work: () => void): void {
    for (const button of document.querySelectorAll(selector)) button.addEventListener("click", work);
  }

  #restore(kept: Draft): void {
    this.#draft = kept;
    this.#input("uuid").value = kept.uuid;
    for (const [name, value] of Object.entries(kept.fields)) {
      const field = this.#form.elements.namedItem(name);
      if (field instanceof RadioNodeList) field.value = value;
      else if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) {
        field.checked = field.value === value;
      } else if (field) (field as HTMLInputElement).value = value;
      if (name === "public_words" && field instanceof HTMLElement) field.dataset["own"] = "1";
    }
    showExtraFields(this.#form);
    this.#photos.show(kept);
    this.#place.show();
    const says = document.querySelector<HTMLElement>("[data-restored]");
    if (says) says.hidden = kept.state !== "editing";
    this.#lock(kept.state === "queued");
  }

  #later(): void {
    clearTimeout(this.#saving);
    this.#saving = window.setTimeout(() => void this.#save(), 250);
  }

  #collect(): void {
    const fields: Record<string, string> = {};
    for (const [name, value] of new FormData(this.#form)) {
      if (name === "public_words" && !this.#ownWords) continue; // a proposal that nobody has touched is no wish
      if (typeof value === "string" && value !== "" && !NOT_KEPT.has(name)) fields[name] = value;
    }
    this.#draft.fields = fields;
    this.#draft.photos = this.#photos.value;
    this.#draft.savedAt = Date.now();
  }

  async #save(): Promise<void> {
    if (this.#draft.state !== "editing" || this.#sending) return;
    this.#collect();
    const empty = this.#draft.photos.length === 0 && Object.keys(this.#draft.fields).every((name) => name === "accuracy");
    if (empty) return;
    try {
      await save(this.#draft);
      this.#form.dataset["saved"] = String(this.#draft.savedAt);
    } catch {
      this.#tell("unkept"); // private mode: say that it will not survive
    }
  }

  async #submit(): Promise<void> {
    if (this.#sending || this.#draft.state === "queued") return;
    clearTimeout(this.#saving);
    this.#collect();
    // A place chosen from the lists goes with the form but is no part of a draft: the lists may have changed.
    for (const name of ["county", "township", "community"]) {
      const value = this.#input(name)?.value;
      if (value && !this.#place.chosen) this.#draft.fields[name] = value;
    }
    this.#draft.state = "queued";
    try {
      await save(this.#draft);
    } catch {
      /* it can still be sent from memory */
    }
    this.#lock(true);
    await this.#attempt();
  }

  async #attempt(): Promise<void> {
    if (this.#sending || this.#draft.state !== "queued") return;
    this.#sending = true;
    clearTimeout(this.#retry);
    this.#tell("sending");
    this.#giveUp = new AbortController();
    const verdict = await send(this.#draft, this.#form.action, this.#giveUp.signal);
    this.#sending = false;
    await this.#answer(verdict);
  }

  async #answer(verdict: Verdict): Promise<void> {
    if (verdict.kind === "received") {
      keep({ number: verdict.number, code: verdict.code, words: (this.#draft.fields["description"] ?? "").slice(0, 40), at: new Date().toISOString() });
      await drop(this.#draft.uuid).catch(() => undefined);
      location.assign(verdict.url);
    } else if (verdict.kind === "later") {
      this.#tell(verdict.why);
      const seconds = this.#cameBack ? 1 : verdict.seconds;
      this.#cameBack = false;
      this.#retry = window.setTimeout(() => void this.#attempt(), seconds * 1000);
    } else {
      await this.#edit();
      this.#show(verdict.errors);
      if (verdict.near.length > 0) this.#place.askBorder(verdict.near);
    }
  }

  #online(): void {
    this.#cameBack = this.#sending;
    if (this.#sending) this.#giveUp.abort();
    else if (this.#draft.state === "queued") void this.#attempt();
    else {
      this.#tell("");
      this.#place.show();
    }
  }

  /** Take a queued report back for editing; the server has said no, or the person asks. */
  async #edit(): Promise<void> {
    clearTimeout(this.#retry);
    this.#draft.state = "editing";
    this.#lock(false);
    this.#tell("");
    await this.#save();
  }

  async #discard(): Promise<void> {
    clearTimeout(this.#saving);
    clearTimeout(this.#retry);
    await drop(this.#draft.uuid).catch(() => undefined);
    location.assign(this.#form.action);
    this.#draft.state = "queued"; // nothing is saved on the way out
  }

  #show(errors: Record<string, string[]>): void {
    for (const place of this.#form.querySelectorAll<HTMLElement>("[data-error]")) {
      const name = place.dataset["error"] ?? "";
      place.textContent = (errors[name] ?? []).join(" ");
      const field = this.#form.elements.namedItem(name);
      if (field instanceof HTMLElement) field.setAttribute("aria-invalid", String(Boolean(errors[name])));
    }
    const known = new Set([...this.#form.querySelectorAll<HTMLElement>("[data-error]")].map((place) => place.dataset["error"]));
    const rest = Object.entries(errors).filter(([name]) => !known.has(name)).flatMap(([, sentences]) => sentences);
    const whole = this.#form.querySelector<HTMLElement>('[data-error="__all__"]');
    if (whole && rest.length > 0) whole.textContent = [whole.textContent, ...rest].join(" ");
    const first = [...this.#form.querySelectorAll<HTMLElement>("[data-error]")].find((place) => place.textContent);
    first?.scrollIntoView({ block: "center" });
    (first?.closest(".field, fieldset")?.querySelector<HTMLElement>("input, textarea, select, button") ?? first)?.focus();
  }

  #lock(locked: boolean): void {
    const set = this.#form.querySelector<HTMLFieldSetElement>("[data-lock]");
    if (set) set.disabled = locked;
    for (const button of document.querySelectorAll<HTMLElement>("[data-when-queued]")) button.hidden = !locked;
    const submit = document.querySelector<HTMLButtonElement>("[data-submit]");
    if (submit) submit.hidden = locked;
  }

  #tell(what: "" | "offline" | "busy" | "sending" | "unkept"): void {
    const says = document.querySelector<HTMLElement>("[data-network]");
    if (!says) return;
    const photos = String(this.#photos.value.length);
    says.textContent = (says.dataset[what] ?? "").replace("{}", photos);
    says.hidden = what === "";
  }
}

const form = document.getElementById("report-form");
if (form instanceof HTMLFormElement) void new Report(form).start();
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
