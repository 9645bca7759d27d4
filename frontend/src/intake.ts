// The call-taker's form: while somebody is on the telephone, the pin and the address answer each other, what is
// probably the same stands beside, and everything is done by keys.
import { Beside } from "./intake/beside";
import { Draft, forgetDraft } from "./intake/draft";
import { startIntakeKeys } from "./intake/keys";
import { Place } from "./report/place";

const form = document.getElementById("intake-form");
if (form instanceof HTMLFormElement) {
  const draft = new Draft(form);
  const restored = draft.restore();
  const beside = new Beside(form);
  new Place(form, () => beside.ask()).show();
  startIntakeKeys(form, beside);
  if (restored || "bound" in form.dataset) beside.ask();
}
if (document.querySelector("[data-intake-done]")) {
  forgetDraft();
  document.querySelector<HTMLElement>("[autofocus]")?.focus(); // after a navigation some browsers leave it to the page
}
