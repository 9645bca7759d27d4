// Fields of the form by name.

export function field(form: HTMLFormElement, name: string): HTMLInputElement | HTMLTextAreaElement | undefined {
  const found = form.elements.namedItem(name);
  return found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement ? found : undefined;
}

export function valueOf(form: HTMLFormElement, name: string): string {
  const found = form.elements.namedItem(name);
  return found instanceof RadioNodeList ? found.value : found instanceof HTMLSelectElement ? found.value : (field(form, name)?.value ?? "");
}

export function setValue(form: HTMLFormElement, name: string, value: string): void {
  const found = form.elements.namedItem(name);
  if (found instanceof RadioNodeList || found instanceof HTMLSelectElement) found.value = value;
  else {
    const one = field(form, name);
    if (one) one.value = value;
  }
}
