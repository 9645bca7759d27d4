// The call-taker's form: while somebody is on the telephone, the pin and the address answer each other, what is
// probably the same stands beside, and everything is done by keys.
import { Beside } from "./intake/beside";
import { Draft, forgetDraft } from "./intake/draft";
import { valueOf } from "./intake/fields";
import { startIntakeKeys } from "./intake/keys";
import { startExtraFields } from "./extra-fields";
import { startPlaceSearch } from "./place-search";
import { Place } from "./report/place";

const form = document.getElementById("intake-form");
if (form instanceof HTMLFormElement) {
  const draft = new Draft(form);
  const restored = draft.restore();
  startExtraFields(form);
  const beside = new Beside(form);
  const place = new Place(form, () => {
    draft.keep();
    beside.ask();
  });
  place.show();
  const address = form.elements.namedItem("address");
  if (address instanceof HTMLInputElement) {
    const picked = (found: { lon: number; lat: number }): void => {
      place.put(found.lon, found.lat);
      document.getElementById("id_category")?.focus();
    };
    startPlaceSearch(address, picked, { near: () => place.pin });
  }
  startIntakeKeys(form, beside);
  if (restored || "bound" in form.dataset || valueOf(form, "description") !== "") beside.ask();
}
if (document.querySelector("[data-intake-done]")) {
  forgetDraft();
  document.querySelector<HTMLElement>("[autofocus]")?.focus(); // after a navigation some browsers leave it to the page
}
