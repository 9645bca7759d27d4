// The page of a version of the ground: its map is loaded where it is seen.
import { painted } from "./painted";

const found = [...document.querySelectorAll("xc-difference")];
if (found.length > 0) {
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    import("./difference-map").catch(() => {
      for (const element of found) element.textContent = (element as HTMLElement).dataset["failed"] ?? "";
    });
  });
  void painted().then(() => found.forEach((element) => watcher.observe(element)));
}
