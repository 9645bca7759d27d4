// Where it is: the pin, the phone's position, what stands there, and the question near a border.
import type { XcMap } from "../map";

interface Named {
  code: string;
  name: string;
}
/** What `/api/v1/places` answers; `near` are codes of neighbouring counties. */
interface Answer {
  county?: string;
  names?: Named[];
  address?: string;
  near?: string[];
  detail?: string;
}

export class Place {
  readonly #form: HTMLFormElement;
  readonly #map: XcMap | null;
  readonly #says: HTMLElement | null;
  readonly #changed: () => void;
  #timer = 0;
  #asked = 0;

  constructor(form: HTMLFormElement, changed: () => void) {
    this.#form = form;
    this.#map = form.querySelector<XcMap>("xc-map");
    this.#says = form.querySelector("[data-place-says]");
    this.#changed = changed;
    form.addEventListener("xc-pin", (event) => this.#moved(event as CustomEvent));
    form.querySelector("[data-phone]")?.addEventListener("click", () => this.locate());
  }

  get chosen(): boolean {
    return this.#field("longitude").value !== "";
  }

  /** Where the pin stands, or null. */
  get pin(): { longitude: number; latitude: number } | null {
    const longitude = Number.parseFloat(this.#field("longitude").value);
    const latitude = Number.parseFloat(this.#field("latitude").value);
    return Number.isFinite(longitude) && Number.isFinite(latitude) ? { longitude, latitude } : null;
  }

  /** Put the pin where a place found by its name stands. */
  put(longitude: number, latitude: number): void {
    this.#set(longitude, latitude, "");
    this.#mark(longitude, latitude);
    this.#lookUp();
  }

  show(): void {
    const longitude = Number.parseFloat(this.#field("longitude").value);
    const latitude = Number.parseFloat(this.#field("latitude").value);
    if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) return;
    this.#mark(longitude, latitude);
    this.#lookUp();
  }

  locate(): void {
    if (!("geolocation" in navigator)) return this.#say(this.#form.dataset["noPhone"] ?? "");
    this.#say(this.#form.dataset["locating"] ?? "");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.#set(coords.longitude, coords.latitude, String(Math.round(coords.accuracy)));
        this.#mark(coords.longitude, coords.latitude);
        this.#lookUp();
      },
      () => this.#say(this.#form.dataset["noPhone"] ?? ""),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
    );
  }

  /** Set the pin, as soon as there is a map: its script comes late, or not at all. */
  #mark(longitude: number, latitude: number): void {
    void customElements.whenDefined("xc-map").then(() => this.#map?.place(longitude, latitude));
  }

  /** A field of the form; a stand-in where this form does not ask for it. */
  #field(name: string): { value: string } {
    const field = this.#form.elements.namedItem(name);
    return field instanceof HTMLInputElement ? field : { value: "" };
  }

  #say(words: string): void {
    if (this.#says) this.#says.textContent = words;
  }

  #set(longitude: number, latitude: number, accuracy: string): void {
    this.#field("longitude").value = longitude.toFixed(7);
    this.#field("latitude").value = latitude.toFixed(7);
    this.#field("accuracy").value = accuracy;
    this.#changed();
  }

  #moved(event: CustomEvent<{ longitude: number; latitude: number; byHand: boolean }>): void {
    if (!event.detail.byHand) return;
    this.#set(event.detail.longitude, event.detail.latitude, "");
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#lookUp(), 350);
  }

  /** Ask what stands there. Late answers of an earlier place are dropped. */
  #lookUp(): void {
    const ask = ++this.#asked;
    const query = new URLSearchParams({
      longitude: this.#field("longitude").value,
      latitude: this.#field("latitude").value,
      crs: "WGS84", // what browsers give; the same as CGCS2000 here
    });
    void this.#places(query, ask);
    void this.#nearby(query, ask);
  }

  async #places(query: URLSearchParams, ask: number): Promise<void> {
    const accuracy = this.#field("accuracy").value;
    const by = accuracy ? (this.#form.dataset["byPhone"] ?? "").replace("{}", accuracy) : (this.#form.dataset["byPin"] ?? "");
    try {
      const answer = await fetch(`${this.#form.dataset["places"]}?${query}`, { headers: { Accept: "application/json" } });
      const data = (await answer.json()) as Answer;
      if (ask !== this.#asked) return;
      if (!answer.ok) {
        this.#say(data.detail ?? "");
        this.askBorder([]);
        return;
      }
      this.#say([data.address ?? "", by].filter(Boolean).join(" · "));
      const near = (data.near ?? []).map((code) => ({ code, name: this.#countyName(code) }));
      this.askBorder(near, data.names?.find((division) => division.code === data.county));
    } catch {
      if (ask === this.#asked) this.#say([by, this.#form.dataset["placeLater"] ?? ""].filter(Boolean).join(" · "));
    }
  }

  #countyName(code: string): string {
    const names = JSON.parse(document.getElementById("counties")?.textContent ?? "{}") as Record<string, string>;
    return names[code] ?? code;
  }

  /** Near an administrative border the reporter says on which side it is. */
  askBorder(near: Named[], here?: Named): void {
    const box = this.#form.querySelector<HTMLElement>("[data-border]");
    const choices = box?.querySelector<HTMLElement>(".choices");
    if (!box || !choices) return;
    const sides = here ? [here, ...near.filter((side) => side.code !== here.code)] : near;
    box.hidden = near.length === 0;
    if (box.hidden) {
      choices.replaceChildren();
      return;
    }
    const before = new FormData(this.#form).get("side");
    choices.replaceChildren(
      ...sides.map((side) => this.#choice(side.code, side.name, before)),
      this.#choice("unsure", this.#form.dataset["unsure"] ?? "", before),
    );
  }

  #choice(value: string, words: string, before: FormDataEntryValue | null): HTMLLabelElement {
    const label = document.createElement("label");
    label.className = "choice";
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "side", value });
    input.checked = before === value;
    label.append(input, words);
    return label;
  }

  async #nearby(query: URLSearchParams, ask: number): Promise<void> {
    const box = this.#form.querySelector<HTMLElement>("[data-nearby-box]");
    const address = this.#form.dataset["nearby"];
    if (!box || !address) return;
    try {
      const answer = await fetch(`${address}?${query}`);
      const html = answer.ok ? await answer.text() : "";
      if (ask === this.#asked) box.innerHTML = html; // our own template, escaped there
    } catch {
      if (ask === this.#asked) box.replaceChildren();
    }
  }
}
