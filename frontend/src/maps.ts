// The map is the heaviest thing we have: it is loaded where one is seen, and a page says so when it cannot be.
import { painted } from "./painted";

async function load(elements: Iterable<Element>): Promise<void> {
  try {
    await import("./map");
  } catch {
    for (const element of elements) {
      const words = document.createElement("p");
      words.className = "map-failed notice wait";
      words.textContent = (element as HTMLElement).dataset["failed"] ?? "";
      element.append(words);
    }
  }
}

export function startMaps(): void {
  const found = [...document.querySelectorAll("xc-map")];
  if (found.length === 0) return;
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    void load(found);
  });
  void painted().then(() => found.forEach((element) => watcher.observe(element)));
}
