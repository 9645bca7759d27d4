// Comforts of forms: one submit at a time, focus on the first error, the position of the phone.
import htmx from "htmx.org/dist/htmx.esm.js";
import { startExtraFields } from "./extra-fields";

/** What a form sends along when it asks for the choices of another category. */
const LOOKED = new Set(["category", "note", "back"]);

/** The form of 更正 asks what the category asks; HTMX may bring it later. */
function askByCategory(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>(".action-form:not([data-asking])")) {
    if (!form.querySelector("[data-extra-of]")) continue;
    form.dataset["asking"] = "1";
    startExtraFields(form);
  }
}

function firstError(root: ParentNode): void {
  root.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}

/** On a desk the form that a letter opened is ready to be typed into; a phone would hide it behind its keyboard. */
function startTyping(): void {
  const form = document.querySelector<HTMLElement>(".action-form");
  if (!form || innerWidth < 900 || form.contains(document.activeElement)) return;
  form.querySelector<HTMLElement>("select, textarea, input:not([type=hidden], [type=file])")?.focus();
}

function lock(form: HTMLFormElement): void {
  for (const button of form.querySelectorAll<HTMLButtonElement>('button[type="submit"], button:not([type])')) {
    button.setAttribute("aria-disabled", "true");
  }
}

function unlock(): void {
  for (const button of document.querySelectorAll<HTMLElement>('form [aria-disabled="true"][type="submit"]')) {
    button.removeAttribute("aria-disabled");
  }
}

export function startForms(): void {
  firstError(document);
  askByCategory();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset["sending"] && !form.hasAttribute("hx-post")) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && !form.hasAttribute("hx-post") && !event.defaultPrevented) {
      form.dataset["sending"] = "1";
      // after the browser has read the form, or the pressed button's value would be lost
      setTimeout(() => lock(form));
    }
  });
  window.addEventListener("pageshow", () => {
    unlock();
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) delete form.dataset["sending"];
  });
  // A select that fills the next one works without JavaScript by its button; with it, at once.
  document.addEventListener("change", (event) => {
    const select = event.target as HTMLElement;
    if (select instanceof HTMLSelectElement && select.hasAttribute("data-autosubmit")) {
      select.form?.requestSubmit(select.form.querySelector<HTMLButtonElement>("[data-auto-button]") ?? undefined);
    }
  });
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    const form = input.matches("[data-look]") ? input.form : null;
    const source = form?.getAttribute("hx-post");
    if (form && source) {
      const asked = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (LOOKED.has(name)) asked.set(name, String(value));
      void htmx.ajax("GET", `${source}?${asked}`, { target: form, swap: "outerHTML" });
    }
    const says = input.type === "file" ? input.closest(".files")?.querySelector<HTMLElement>("[data-chosen]") : null;
    if (says) says.textContent = (says.dataset["chosen"] ?? "").replace("{}", String(input.files?.length ?? 0));
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-locate]");
    if (button) locate(button);
  });
  void locateByItself(document);
  void buildByNeed();
  document.addEventListener("htmx:after:swap", () => {
    void locateByItself(document);
    void buildByNeed();
    askByCategory();
    firstError(document);
    startTyping();
  });
  document.addEventListener("htmx:error", () => {
    const banner = document.getElementById("offline");
    if (banner) banner.hidden = false;
  });
  window.addEventListener("online", () => {
    const banner = document.getElementById("offline");
    if (banner) banner.hidden = true;
  });
}

/** The editor of photos comes only with the form that needs it. */
async function buildByNeed(): Promise<void> {
  if (document.querySelector("input[data-redact]:not([data-built])")) (await import("./redact")).buildRedactors();
}

/** A phone that has said yes before is not asked to press the button again. */
async function locateByItself(root: ParentNode): Promise<void> {
  const button = root.querySelector<HTMLElement>("[data-locate]");
  if (!button || !("permissions" in navigator)) return;
  const permission = await navigator.permissions.query({ name: "geolocation" }).catch(() => undefined);
  if (permission?.state === "granted") locate(button);
}

/** Fill the position of the phone into the form of a [data-locate] button. */
function locate(button: HTMLElement): void {
  const form = button.closest("form");
  const says = form?.querySelector<HTMLElement>("[data-locate-says]");
  const say = (text: string): void => {
    if (says) says.textContent = text;
  };
  if (!form) return;
  if (!("geolocation" in navigator)) {
    say(button.dataset["none"] ?? "");
    return;
  }
  say(button.dataset["busy"] ?? "");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const set = (name: string, value: string): void => {
        const field = form.elements.namedItem(name);
        if (field instanceof HTMLInputElement) field.value = value;
      };
      set("longitude", coords.longitude.toFixed(7));
      set("latitude", coords.latitude.toFixed(7));
      say((button.dataset["done"] ?? "").replace("{}", String(Math.round(coords.accuracy))));
    },
    () => say(button.dataset["none"] ?? ""),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
  );
}
