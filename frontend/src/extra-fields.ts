// The questions of a category: open while it is the chosen one; the others are not sent.

/** What is chosen: a radio of the citizen's page, or the typed field of the intake («matter/01003 雨水井盖异常»). */
function chosen(form: HTMLFormElement): string {
  const field = form.elements.namedItem("category");
  return field instanceof RadioNodeList ? field.value : ((field as HTMLInputElement | null)?.value ?? "");
}

export function showExtraFields(form: HTMLFormElement): void {
  // «matter/01003», «GB/T 47678.5-2026/matter/01003» or «matter/01003 雨水井盖异常»: the name of a standard has a space.
  const value = /(?:component|matter)\/\d+/.exec(chosen(form))?.[0] ?? "";
  for (const set of form.querySelectorAll<HTMLFieldSetElement>("[data-extra-of]")) {
    const on = value !== "" && value === set.dataset["extraOf"];
    set.hidden = set.disabled = !on;
  }
}

export function startExtraFields(form: HTMLFormElement): void {
  // A suggestion that is picked sets the category without an event of its own: by a click, or by a key.
  for (const name of ["change", "click", "keyup"]) form.addEventListener(name, () => showExtraFields(form));
  form.addEventListener("input", (event) => {
    if ((event.target as HTMLInputElement).name === "category") showExtraFields(form);
  });
  showExtraFields(form);
}
