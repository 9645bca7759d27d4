// Windows over the page are <dialog>: the browser keeps the focus inside, closes by Esc and gives the focus back.

/** [data-dialog="#id"] opens a dialog of the page. */
function open(event: Event): void {
  const button = (event.target as Element).closest<HTMLElement>("[data-dialog]");
  const dialog = button && document.querySelector<HTMLDialogElement>(button.dataset["dialog"] ?? "");
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
}

/** A submit button with [data-confirm="…"] asks first; [data-confirm-yes] is what its «yes» is called. */
function ask(event: SubmitEvent): void {
  const button = event.submitter;
  const dialog = document.getElementById("confirm");
  if (!(button instanceof HTMLButtonElement) || !(dialog instanceof HTMLDialogElement)) return;
  const words = button.dataset["confirm"];
  if (!words || button.dataset["confirmed"]) {
    delete button.dataset["confirmed"];
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation(); // htmx and the lock against a second submit hear only of a confirmed one
  const yes = dialog.querySelector<HTMLButtonElement>("[data-yes]");
  const says = dialog.querySelector(".dialog-words");
  if (!yes || !says) return;
  says.textContent = words;
  yes.textContent = button.dataset["confirmYes"] ?? yes.dataset["yes"] ?? "";
  yes.classList.toggle("btn-danger", button.classList.contains("btn-danger"));
  dialog.returnValue = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "yes") return;
      button.dataset["confirmed"] = "1";
      button.form?.requestSubmit(button);
    },
    { once: true },
  );
  dialog.showModal();
}

export function startDialogs(): void {
  document.addEventListener("click", open);
  document.addEventListener("submit", ask, { capture: true });
}

export function anyOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
