// Photos of a draft: chosen or taken, shown at once, removed with one tap.
import { Redactor, type Words } from "../redact";
import { type Draft, type Photo, uuid4 } from "./draft";

const LIMIT = 9;
const BYTES = 20 * 1024 * 1024;
/** Longest edge of what is sent: enough to read a lamp-post number, small enough for a weak network. */
const EDGE = 4000;

export class Photos {
  readonly #list: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #words: DOMStringMap;
  readonly #changed: () => void;
  readonly #says: HTMLElement | null;
  #photos: Photo[] = [];
  #urls: string[] = [];

  constructor(form: HTMLFormElement, changed: () => void) {
    this.#list = form.querySelector<HTMLElement>("[data-photos]") as HTMLElement;
    this.#input = form.querySelector<HTMLInputElement>('input[type="file"]') as HTMLInputElement;
    this.#words = form.dataset;
    this.#says = form.querySelector<HTMLElement>('[data-error="photos"]');
    this.#changed = changed;
    this.#input.addEventListener("change", () => void this.take());
  }

  get value(): Photo[] {
    return this.#photos;
  }

  show(draft: Draft): void {
    this.#photos = draft.photos;
    this.#draw();
  }

  /** Take over what was chosen in the field, also before this script came. */
  async take(): Promise<void> {
    const problems: string[] = [];
    for (const file of [...(this.#input.files ?? [])]) {
      if (this.#photos.some((photo) => photo.name === file.name && photo.blob.size === file.size)) continue;
      if (this.#photos.length >= LIMIT) {
        problems.push(this.#words["tooMany"] ?? "");
        break;
      }
      const blob = file.size > BYTES ? await shrink(file) : file;
      if (blob.size > BYTES) problems.push((this.#words["tooLarge"] ?? "").replace("{}", file.name));
      else this.#photos.push({ id: uuid4(), name: file.name, blob });
    }
    this.#input.value = ""; // the same photo may be chosen again after it was removed
    if (this.#says) this.#says.textContent = problems.join(" ");
    this.#draw();
    this.#changed();
  }

  #remove(id: string): void {
    this.#photos = this.#photos.filter((photo) => photo.id !== id);
    this.#draw();
    this.#changed();
    this.#input.focus();
  }

  #draw(): void {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
    this.#list.replaceChildren(...this.#photos.map((photo, index) => this.#tile(photo, index)));
  }

  #tile(photo: Photo, index: number): HTMLLIElement {
    const tile = document.createElement("li");
    const image = document.createElement("img");
    const url = URL.createObjectURL(photo.blob);
    this.#urls.push(url);
    image.src = url;
    image.alt = `${this.#words["photo"] ?? ""} ${index + 1}`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "remove";
    remove.setAttribute("aria-label", `${this.#words["remove"] ?? ""} ${index + 1}`);
    remove.append(Object.assign(document.createElement("span"), { textContent: "×" }));
    remove.addEventListener("click", () => this.#remove(photo.id));
    tile.append(image, remove, this.#cover(photo, url, image.alt, tile));
    return tile;
  }

  /** A button that opens the editor for this photo: what the reporter covers is never seen by the public. */
  #cover(photo: Photo, url: string, alt: string, tile: HTMLElement): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cover";
    const say = (): void => {
      const count = photo.boxes?.length ?? 0;
      button.textContent = count > 0 ? (this.#words["covered"] ?? "").replace("{}", String(count)) : (this.#words["cover"] ?? "");
      tile.toggleAttribute("data-covered", count > 0);
    };
    button.addEventListener("click", () => this.#edit(photo, url, alt, () => {
      say();
      this.#changed();
    }));
    say();
    return button;
  }

  #edit(photo: Photo, url: string, alt: string, changed: () => void): void {
    const words: Words = {
      add: this.#words["coverAdd"] ?? "",
      undo: this.#words["coverUndo"] ?? "",
      box: this.#words["coverBox"] ?? "",
      help: this.#words["coverHelp"] ?? "",
    };
    const dialog = document.createElement("dialog");
    dialog.className = "dialog card redact-dialog";
    dialog.setAttribute("aria-label", this.#words["cover"] ?? "");
    const editor = new Redactor(url, alt, photo.boxes ?? [], words, (boxes) => {
      photo.boxes = boxes;
      changed();
    });
    const done = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-primary",
      textContent: this.#words["coverDone"] ?? "",
    });
    done.addEventListener("click", () => dialog.close());
    const body = document.createElement("div");
    body.className = "card-body";
    body.append(editor.element, done);
    dialog.append(body);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

/** Make an oversized photo smaller; one that cannot be read here goes as it is and the server judges it. */
async function shrink(file: File): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.9));
  } catch {
    return file;
  }
}
