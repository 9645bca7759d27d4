// A typed place is found while it is typed: a combobox with a list of places. Without scripts the field is plain text.
//
//   startPlaceSearch(input, (place) => map.place(place.lon, place.lat), { near: () => map.pin })
//
// Words come from the input: data-places-found «{} 个地点，用上下键选择», data-places-none, data-places-label. The
// address of the door: data-places of the input or of its form.

/** What the door answers; lon and lat are degrees CGCS2000. */
export interface FoundPlace {
  kind: string;
  kind_name: string;
  name: string;
  detail: string;
  lon: number;
  lat: number;
  exact: boolean;
  why: string;
}

export interface PlaceSearchOptions {
  /** Where one looks: what is close comes first. */
  near?: () => { longitude: number; latitude: number } | null;
}

const PAUSE_MS = 120;
const LEAST = 2;
let made = 0;

class PlaceSearch {
  readonly #input: HTMLInputElement;
  readonly #onPick: (place: FoundPlace) => void;
  readonly #near: PlaceSearchOptions["near"];
  readonly #list = document.createElement("ul");
  readonly #says = document.createElement("span");
  #places: FoundPlace[] = [];
  #active = -1;
  #timer = 0;
  #running: AbortController | undefined;
  #last = "";

  constructor(input: HTMLInputElement, onPick: (place: FoundPlace) => void, options: PlaceSearchOptions) {
    this.#input = input;
    this.#onPick = onPick;
    this.#near = options.near;
    this.#build();
    if (document.activeElement === input && input.value !== input.defaultValue) this.#later(); // typed before this came
    input.addEventListener("input", (event) => {
      if (!(event as InputEvent).isComposing) this.#later();
    });
    input.addEventListener("compositionend", () => this.#later());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("focus", () => {
      this.#last = input.value.trim(); // what stands there already is not asked for
    });
    input.addEventListener("blur", () => this.#stop());
    // The list must not take the focus: pointerdown would.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (option) this.#pick(Number(option.dataset["at"]));
    });
  }

  #build(): void {
    const input = this.#input;
    const id = `places-${++made}`;
    this.#list.id = id;
    this.#list.className = "place-list";
    this.#list.hidden = true;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", input.dataset["placesLabel"] ?? "");
    this.#says.className = "sr-only";
    this.#says.setAttribute("aria-live", "polite");
    const box = document.createElement("div");
    box.className = "place-search";
    const focused = document.activeElement === input;
    input.replaceWith(box);
    box.append(input, this.#list, this.#says);
    if (focused) input.focus();
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", id);
    input.autocomplete = "off";
    input.spellcheck = false;
  }

  #later(): void {
    clearTimeout(this.#timer);
    const words = this.#input.value.trim();
    if (words === this.#last) return;
    this.#last = words;
    this.#running?.abort();
    if (words.length < LEAST) {
      this.#close();
      return;
    }
    this.#timer = window.setTimeout(() => void this.#ask(words), PAUSE_MS);
  }

  async #ask(words: string): Promise<void> {
    const door = this.#input.dataset["places"] ?? this.#input.form?.dataset["places"] ?? "/api/v1/places";
    const query = new URLSearchParams({ q: words.slice(0, 100) });
    const near = this.#near?.();
    if (near) query.set("near", `${near.longitude.toFixed(6)},${near.latitude.toFixed(6)}`);
    const mine = (this.#running = new AbortController());
    try {
      const answer = await fetch(`${door}?${query}`, { headers: { Accept: "application/json" }, signal: mine.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const places = (await answer.json()) as FoundPlace[];
      if (!mine.signal.aborted) this.#show(places);
    } catch {
      if (!mine.signal.aborted) this.#close(); // no network: the words are kept as they are
    }
  }

  #show(places: FoundPlace[]): void {
    this.#places = places;
    this.#list.replaceChildren(...places.map((place, at) => this.#option(place, at)));
    this.#list.hidden = places.length === 0;
    this.#input.setAttribute("aria-expanded", String(places.length > 0));
    this.#activate(-1);
    const words = places.length > 0 ? this.#input.dataset["placesFound"] : this.#input.dataset["placesNone"];
    this.#says.textContent = (words ?? "").replace("{}", String(places.length));
  }

  #option(place: FoundPlace, at: number): HTMLLIElement {
    const option = document.createElement("li");
    option.id = `${this.#list.id}-${at}`;
    option.dataset["at"] = String(at);
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const part = (name: string, words: string): HTMLElement => {
      const element = document.createElement("span");
      element.className = name;
      element.textContent = words;
      return element;
    };
    option.append(part("place-name", place.name), part("place-kind", place.kind_name));
    const below = [place.detail, place.exact ? "" : place.why].filter(Boolean).join(" · ");
    if (below) option.append(part("place-detail", below));
    return option;
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || this.#list.hidden) {
      if (event.key === "ArrowDown" && !event.isComposing && this.#list.hidden && this.#places.length > 0) {
        event.preventDefault();
        this.#show(this.#places);
      }
      return;
    }
    const count = this.#places.length;
    if (event.key === "ArrowDown") this.#activate(this.#active + 1 < count ? this.#active + 1 : 0);
    else if (event.key === "ArrowUp") this.#activate(this.#active > 0 ? this.#active - 1 : count - 1);
    else if (event.key === "Enter" && this.#active >= 0) this.#pick(this.#active);
    else if (event.key === "Escape") this.#close();
    else {
      if (event.key === "Tab") this.#stop();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #activate(at: number): void {
    this.#active = at;
    for (const [n, option] of [...this.#list.children].entries()) {
      option.setAttribute("aria-selected", String(n === at));
      if (n === at) option.scrollIntoView({ block: "nearest" });
    }
    if (at < 0) this.#input.removeAttribute("aria-activedescendant");
    else this.#input.setAttribute("aria-activedescendant", `${this.#list.id}-${at}`);
  }

  #pick(at: number): void {
    const place = this.#places[at];
    if (!place) return;
    this.#last = place.name;
    this.#input.value = place.name;
    this.#stop();
    this.#places = [];
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
    this.#onPick(place);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#close();
  }

  #close(): void {
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#activate(-1);
    this.#says.textContent = "";
  }
}

/** Make a text field find places. onPick gets what was chosen; the field holds its name then. */
export function startPlaceSearch(
  input: HTMLInputElement,
  onPick: (place: FoundPlace) => void,
  options: PlaceSearchOptions = {},
): void {
  if (input.getAttribute("role") === "combobox") return; // started before
  new PlaceSearch(input, onPick, options);
}
