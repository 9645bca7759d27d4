// Clocks tick between two answers of the server. The calendar stays on the server: it says how many counted
// seconds are left, whether they are being counted now, and when that changes. After that moment we stop
// ticking and wait for the next answer rather than guess.

interface Words {
  left: string;
  over: string;
  just: string;
  day: string;
  hour: string;
  minute: string;
}

let words: Words | undefined;
const seen = new WeakMap<HTMLElement, number>();

/** «2 工时 05 分» from counted seconds; `day` is the counted length of a day, 0 for limits in hours. */
export function spell(seconds: number, day: number, hourWord: string, dayWord: string, minuteWord: string): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const dayMinutes = day / 60;
  if (dayMinutes > 0 && minutes >= dayMinutes) {
    const days = Math.floor(minutes / dayMinutes);
    const hours = Math.floor((minutes - days * dayMinutes) / 60);
    return hours ? `${days} ${dayWord} ${hours} ${hourWord}` : `${days} ${dayWord}`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} ${minuteWord}`;
  return `${hours} ${hourWord} ${String(minutes % 60).padStart(2, "0")} ${minuteWord}`;
}

function tick(clock: HTMLElement): void {
  if (!words) return;
  const start = seen.get(clock);
  if (start === undefined) {
    seen.set(clock, Date.now());
    return;
  }
  const data = clock.dataset;
  if (data["runs"] !== "1") return;
  const turn = data["turns"] ? Date.parse(data["turns"]) : Number.POSITIVE_INFINITY;
  const passed = Math.max(0, Math.min(Date.now(), turn) - start) / 1000;
  const left = Number(data["left"]) - passed;
  const late = left < 0 || clock.classList.contains("late"); // overdue stays overdue, also while nothing counts
  const state = late ? "late" : left < Number(data["soon"]) ? "soon" : "ok";
  const chip = clock.querySelector<HTMLElement>(".clock-words");
  const thread = clock.querySelector("progress");
  const text = spell(left, Number(data["day"]), data["hourWord"] ?? words.hour, data["dayWord"] ?? words.day, words.minute);
  const said = (!late ? words.left : left > -60 ? words.just : words.over).replace("{}", text);
  if (chip && chip.textContent !== said) chip.textContent = said;
  if (thread) thread.value = Math.min(thread.max, thread.max - Math.max(0, left));
  for (const element of [clock, chip, thread]) {
    element?.classList.remove("late", "soon", "ok");
    element?.classList.add(state);
  }
}

function tickAll(): void {
  for (const clock of document.querySelectorAll<HTMLElement>("[data-clock]")) tick(clock);
}

export function startClocks(): void {
  const source = document.getElementById("clock-words")?.textContent;
  if (!source) return;
  words = JSON.parse(source) as Words;
  tickAll();
  setInterval(tickAll, 10_000);
  document.addEventListener("htmx:after:swap", tickAll);
}
