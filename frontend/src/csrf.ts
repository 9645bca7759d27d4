// A form that stood open while its person signed in again sends the token of the new session, not the old one's.

function current(): string {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
}

/** Before anybody else reads the form, HTMX included. */
export function startCsrf(): void {
  document.addEventListener(
    "submit",
    (event) => {
      const field = (event.target as HTMLFormElement).querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]');
      const token = current();
      if (field && token) field.value = token;
    },
    true,
  );
}
