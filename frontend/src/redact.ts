// Covering parts of a photo before the public sees it: drag over what nobody should see, or use the keys.
// Boxes are whole ten-thousandths of the picture's sides, as the server reads them.
import "./styles/redact.css";

export type Box = [x: number, y: number, width: number, height: number];

const WHOLE = 10_000;
const SMALLEST = 200;
const STEP = 200;
const FIRST: Box = [3500, 3500, 3000, 3000];

export interface Words {
  add: string;
  undo: string;
  /** «{}»: the number of the box. */
  box: string;
  help: string;
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.round(value)));

/** An editor over a picture; `changed` is told the boxes after each change. */
export class Redactor {
  readonly element = document.createElement("div");
  readonly #layer = document.createElement("div");
  readonly #words: Words;
  readonly #changed: (boxes: Box[]) => void;
  #boxes: Box[];

  constructor(source: string, alt: string, boxes: Box[], words: Words, changed: (boxes: Box[]) => void) {
    this.#boxes = boxes.map((box) => [...box] as Box);
    this.#words = words;
    this.#changed = changed;
    const picture = Object.assign(document.createElement("img"), { src: source, alt, draggable: false });
    const frame = document.createElement("div");
    frame.className = "redact-frame";
    this.#layer.className = "redact-layer";
    frame.append(picture, this.#layer);
    const bar = document.createElement("div");
    bar.className = "redact-bar";
    bar.append(
      this.#button(words.add, () => this.#add([...FIRST] as Box, true)),
      this.#button(words.undo, () => this.#remove(this.#boxes.length - 1)),
      Object.assign(document.createElement("span"), { className: "muted small", textContent: words.help }),
    );
    this.element.className = "redact";
    this.element.append(frame, bar);
    this.#layer.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#draw();
  }

  #button(text: string, work: () => void): HTMLButtonElement {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: text });
    button.addEventListener("click", work);
    return button;
  }

  #add(box: Box, focus = false): void {
    this.#boxes.push(box);
    this.#tell();
    if (focus) (this.#layer.lastElementChild as HTMLElement | null)?.focus();
  }

  #remove(at: number): void {
    if (at < 0) return;
    this.#boxes.splice(at, 1);
    this.#tell();
  }

  #tell(): void {
    this.#draw();
    this.#changed(this.#boxes.map((box) => [...box] as Box));
  }

  #draw(): void {
    this.#layer.replaceChildren(...this.#boxes.map((box, at) => this.#shape(box, at)));
  }

  #shape(box: Box, at: number): HTMLElement {
    const shape = document.createElement("button");
    shape.type = "button";
    shape.className = "redact-box";
    shape.setAttribute("aria-label", this.#words.box.replace("{}", String(at + 1)));
    this.#place(shape, box);
    shape.addEventListener("keydown", (event) => this.#key(event, shape, at));
    return shape;
  }

  #place(shape: HTMLElement, [x, y, width, height]: Box): void {
    for (const [name, value] of Object.entries({ left: x, top: y, width, height })) {
      shape.style.setProperty(name, `${value / 100}%`);
    }
  }

  /** Arrows move, with Shift they resize; Delete takes the box away. */
  #key(event: KeyboardEvent, shape: HTMLElement, at: number): void {
    const moves: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    const box = this.#boxes[at];
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#remove(at);
      this.#layer.querySelector<HTMLElement>(".redact-box")?.focus();
    } else if (move && box) {
      event.preventDefault();
      event.stopPropagation();
      const [dx, dy] = [move[0] * STEP, move[1] * STEP];
      if (event.shiftKey) {
        box[2] = clamp(box[2] + dx, SMALLEST, WHOLE - box[0]);
        box[3] = clamp(box[3] + dy, SMALLEST, WHOLE - box[1]);
      } else {
        box[0] = clamp(box[0] + dx, 0, WHOLE - box[2]);
        box[1] = clamp(box[1] + dy, 0, WHOLE - box[3]);
      }
      this.#place(shape, box);
      this.#changed(this.#boxes.map((each) => [...each] as Box));
    }
  }

  #drag(event: PointerEvent): void {
    if (event.target !== this.#layer || event.button !== 0) return;
    event.preventDefault();
    const frame = this.#layer.getBoundingClientRect();
    const at = (pointer: PointerEvent): [number, number] => [
      clamp(((pointer.clientX - frame.left) / frame.width) * WHOLE, 0, WHOLE),
      clamp(((pointer.clientY - frame.top) / frame.height) * WHOLE, 0, WHOLE),
    ];
    const [startX, startY] = at(event);
    const shape = this.#layer.appendChild(Object.assign(document.createElement("div"), { className: "redact-box" }));
    let box: Box = [startX, startY, 0, 0];
    const move = (pointer: PointerEvent): void => {
      const [x, y] = at(pointer);
      box = [Math.min(x, startX), Math.min(y, startY), Math.abs(x - startX), Math.abs(y - startY)];
      this.#place(shape, box);
    };
    const end = (): void => {
      this.#layer.removeEventListener("pointermove", move);
      shape.remove();
      if (box[2] >= SMALLEST && box[3] >= SMALLEST) this.#add(box);
    };
    this.#layer.setPointerCapture(event.pointerId);
    this.#layer.addEventListener("pointermove", move);
    this.#layer.addEventListener("pointerup", end, { once: true });
    this.#layer.addEventListener("pointercancel", end, { once: true });
  }
}

/** The form of 公开审核: beside each photo to be published, what the public will see of it. */
export function buildRedactors(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-redact]:not([data-built])")) {
    input.dataset["built"] = "1";
    if (input.form) editors(input.form, input);
  }
}

function editors(form: HTMLFormElement, input: HTMLInputElement): void {
  const chosen = new Map<string, Box[]>(Object.entries(JSON.parse(input.value || "{}") as Record<string, Box[]>));
  const words: Words = {
    add: input.dataset["add"] ?? "",
    undo: input.dataset["undo"] ?? "",
    box: input.dataset["box"] ?? "",
    help: input.dataset["help"] ?? "",
  };
  const base = input.dataset["photos"] ?? "";
  for (const box of form.querySelectorAll<HTMLInputElement>(`input[type="checkbox"][name="${input.dataset["redact"]}"]`)) {
    const label = box.closest("label");
    const source = `${base}${box.value}?size=medium&shown=1`;
    const editor = new Redactor(source, label?.textContent?.trim() ?? "", chosen.get(box.value) ?? [], words, (boxes) => {
      chosen.set(box.value, boxes);
      input.value = JSON.stringify(Object.fromEntries([...chosen].filter(([, each]) => each.length > 0)));
    });
    editor.element.hidden = !box.checked;
    box.addEventListener("change", () => {
      editor.element.hidden = !box.checked;
    });
    (label?.parentElement ?? form).insertBefore(editor.element, label?.nextSibling ?? null);
  }
}
