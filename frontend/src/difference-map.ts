// <xc-difference>: what a version of the ground adds, takes out and redraws, over the ground as it is.
// Dashes as well as colours tell old from new; the list below says the same in words.
import type { FeatureCollection, Position } from "geojson";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { LngLatBounds, Map as MapLibre, NavigationControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { groundStyle } from "./map-style";

setWorkerUrl(workerUrl);

const TOKENS = { added: "ok", removed: "late", old: "wait", new: "indigo", words: "soon" } as const;

function boundsOf(collection: FeatureCollection): LngLatBounds {
  const bounds = new LngLatBounds();
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "number") bounds.extend(value as Position as [number, number]);
    else for (const part of value) walk(part);
  };
  for (const feature of collection.features) walk((feature.geometry as { coordinates?: unknown }).coordinates);
  return bounds;
}

class XcDifference extends HTMLElement {
  #map: MapLibre | undefined;

  async connectedCallback(): Promise<void> {
    if (this.#map) return;
    try {
      const answer = await fetch(this.dataset["source"] ?? "");
      if (!answer.ok) throw new Error(String(answer.status));
      this.#draw((await answer.json()) as FeatureCollection);
    } catch {
      this.textContent = this.dataset["failed"] ?? "";
    }
  }

  disconnectedCallback(): void {
    this.#map?.remove();
    this.#map = undefined;
  }

  #draw(data: FeatureCollection): void {
    const container = document.createElement("div");
    container.className = "canvas";
    this.append(container);
    const bounds = boundsOf(data);
    const map = new MapLibre({
      container,
      style: groundStyle(this),
      minZoom: 5,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      ...(bounds.isEmpty() ? { center: [102.712, 25.04] as [number, number], zoom: 11 } : { bounds, fitBoundsOptions: { padding: 32, maxZoom: 17 } }),
      locale: { "Map.Title": this.getAttribute("aria-label") ?? "" },
    });
    this.removeAttribute("role"); // the canvas is the region of this name now: one, not two
    this.removeAttribute("aria-label");
    this.#map = map;
    map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    map.on("load", () => this.#layers(map, data));
    map.on("idle", () => this.setAttribute("data-ready", ""));
  }

  #layers(map: MapLibre, data: FeatureCollection): void {
    const token = getComputedStyle(this);
    map.addSource("difference", { type: "geojson", data });
    for (const [kind, name] of Object.entries(TOKENS)) {
      const colour = token.getPropertyValue(`--${name}`).trim();
      const filter: ["==", ["get", string], string] = ["==", ["get", "kind"], kind];
      if (kind !== "old")
        map.addLayer({
          id: `${kind}-area`, type: "fill", source: "difference", filter,
          paint: { "fill-color": colour, "fill-opacity": 0.28 },
        });
      map.addLayer({
        id: `${kind}-line`, type: "line", source: "difference", filter,
        paint: {
          "line-color": colour,
          "line-width": 2,
          ...(kind === "old" || kind === "removed" ? { "line-dasharray": [2, 1.5] } : {}),
        },
      });
    }
  }
}

customElements.define("xc-difference", XcDifference);
