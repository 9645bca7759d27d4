// The call-taker's form: the pin and the address answer each other while somebody is on the telephone.
import { Place } from "./report/place";

const form = document.getElementById("intake-form");
if (form instanceof HTMLFormElement) new Place(form, () => undefined).show();
