// Keys of the form: Enter goes on to the next field, Ctrl + Enter registers, Alt + a digit takes what stands beside.
import type { Beside } from "./beside";

function onward(form: HTMLFormElement, from: HTMLElement): void {
  const stops = [...form.querySelectorAll<HTMLElement>("textarea, input:not([type=hidden]), button[type=submit]")].filter(
    (one) => one.offsetParent !== null && one.tabIndex >= 0,
  );
  stops[stops.indexOf(from) + 1]?.focus();
}

function firstPlace(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLInputElement) || target.getAttribute("aria-expanded") !== "true") return false;
  const list = document.getElementById(target.getAttribute("aria-controls") ?? "");
  const first = list?.querySelector<HTMLElement>("[role=option]");
  first?.click();
  return first !== undefined && first !== null;
}

export function startIntakeKeys(form: HTMLFormElement, beside: Beside): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit\d$/.test(event.code)) {
      const button = form.querySelector<HTMLElement>(`[data-pick="${event.code.slice(5)}"]`);
      event.preventDefault(); // even without one: Alt + digit must not leave the page in the middle of a call
      if (button && button.offsetParent !== null) beside.pick(button);
      return;
    }
    // While the list of places stands open, Enter takes the first; the list itself hears it where one is chosen.
    if (event.key === "Enter" && firstPlace(event.target)) {
      event.preventDefault();
      return;
    }
    // A half-finished call must not be sent by the Enter that ends a word.
    const input = event.target;
    if (event.key === "Enter" && input instanceof HTMLInputElement && input.form === form && input.type !== "file") {
      event.preventDefault();
      onward(form, input);
    }
  });
}
