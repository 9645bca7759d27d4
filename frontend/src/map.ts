// <xc-map>: our own vector tiles, cases as triangle, diamond or disc by state, and a pin that can be moved.
// The list beside a map always says the same in words; the map is never the only way to a case.
import type { FeatureCollection } from "geojson";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import {
  type GeoJSONSource,
  Map as MapLibre,
  Marker,
  NavigationControl,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { STATES, groundStyle, shape } from "./map-style";

setWorkerUrl(workerUrl);

/** One case on the map; `state` is late, soon, ok or wait. */
interface CasePoint {
  id: string;
  longitude: number;
  latitude: number;
  state: string;
  label: string;
  url?: string;
}

const KUNMING: [number, number] = [102.712, 25.04];
const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** What the buttons are called, in the language of the page (web/_map_notice.html). */
function zoomWords(): Record<string, string> {
  const words = document.querySelector<HTMLElement>("[data-zoom-in]")?.dataset ?? {};
  return words["zoomIn"] && words["zoomOut"]
    ? { "NavigationControl.ZoomIn": words["zoomIn"], "NavigationControl.ZoomOut": words["zoomOut"] }
    : {};
}

class XcMap extends HTMLElement {
  #map: MapLibre | undefined;
  #pin: Marker | undefined;
  #selected = "";
  #fitted = false;
  readonly #restyle = (): void => this.#map?.setStyle(groundStyle(this)) as unknown as void;

  connectedCallback(): void {
    if (this.#map) return;
    const canvas = document.createElement("div");
    canvas.className = "canvas";
    this.append(canvas);
    if (!this.#start(canvas)) return;
    this.#selected = document.querySelector<HTMLElement>('[data-row][aria-current="true"]')?.dataset["row"] ?? "";
    dark.addEventListener("change", this.#restyle);
    document.addEventListener("xc-select", this.#onSelect);
  }

  disconnectedCallback(): void {
    dark.removeEventListener("change", this.#restyle);
    document.removeEventListener("xc-select", this.#onSelect);
    this.#map?.remove();
    this.#map = undefined;
    this.querySelector(".canvas")?.remove();
  }

  /** Where the pin stands, or null. Degrees, CGCS2000. */
  get pin(): { longitude: number; latitude: number } | null {
    const at = this.#pin?.getLngLat();
    return at ? { longitude: at.lng, latitude: at.lat } : null;
  }

  /** Put the pin somewhere and show it. */
  place(longitude: number, latitude: number): void {
    this.#setPin(longitude, latitude, false);
    this.#map?.jumpTo({ center: [longitude, latitude], zoom: Math.max(this.#map.getZoom(), 16) });
  }

  #number(name: string): number | undefined {
    const value = Number.parseFloat(this.dataset[name] ?? "");
    return Number.isFinite(value) ? value : undefined;
  }

  #start(container: HTMLElement): boolean {
    const longitude = this.#number("longitude");
    const latitude = this.#number("latitude");
    const placed = longitude !== undefined && latitude !== undefined;
    try {
      this.#map = new MapLibre({
        container,
        style: groundStyle(this),
        center: placed ? [longitude, latitude] : KUNMING,
        zoom: this.#number("zoom") ?? (placed ? 16 : 12),
        minZoom: 8,
        maxZoom: 19,
        attributionControl: false,
        dragRotate: false,
        touchPitch: false,
        fadeDuration: calm.matches ? 0 : 200,
        cooperativeGestures: this.hasAttribute("data-cooperative"),
        locale: { "Map.Title": (this.dataset["label"] ??= this.getAttribute("aria-label") ?? ""), ...zoomWords() },
      });
    } catch {
      // No WebGL: the page says so in words and works without the map.
      this.#fail();
      return false;
    }
    // The canvas is a region of this name from now on: two of one name would be announced twice.
    this.removeAttribute("role");
    this.removeAttribute("aria-label");
    const map = this.#map;
    map.touchZoomRotate.disableRotation();
    map.addControl(
      new NavigationControl({ showCompass: false }),
      this.hasAttribute("data-controls-left") ? "top-left" : "bottom-right",
    );
    map.on("style.load", () => this.#addCases());
    map.on("idle", () => this.setAttribute("data-ready", ""));
    if (placed && this.dataset["pin"]) this.#setPin(longitude, latitude, false);
    if (this.dataset["pin"] === "movable") {
      map.on("click", (event) => this.#setPin(event.lngLat.lng, event.lngLat.lat, true));
    } else {
      map.on("click", "cases", (event) => this.#open(String(event.features?.[0]?.properties["id"] ?? "")));
      map.on("mouseenter", "cases", () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", "cases", () => (map.getCanvas().style.cursor = ""));
    }
    return true;
  }

  #fail(): void {
    const words = document.createElement("p");
    words.className = "map-failed notice wait";
    words.textContent = this.dataset["failed"] ?? "";
    this.append(words);
  }

  #points(): CasePoint[] {
    const source = this.dataset["points"];
    if (!source) return [];
    const scripts = [document.getElementById(source), ...document.querySelectorAll(`[data-more-points="${source}"] script`)];
    return scripts.flatMap((script) => (script?.textContent ? (JSON.parse(script.textContent) as CasePoint[]) : []));
  }

  #addCases(): void {
    const map = this.#map;
    if (!map) return;
    for (const state of STATES) {
      if (!map.hasImage(state)) map.addImage(state, shape(state, this), { pixelRatio: 2 });
    }
    map.addSource("cases", { type: "geojson", data: this.#collection() });
    map.addLayer({
      id: "cases-selected",
      type: "circle",
      source: "cases",
      filter: ["==", ["get", "id"], this.#selected],
      paint: {
        "circle-radius": 15,
        "circle-color": "transparent",
        "circle-stroke-width": 2,
        "circle-stroke-color": getComputedStyle(this).getPropertyValue("--indigo"),
      },
    });
    map.addLayer({
      id: "cases",
      type: "symbol",
      source: "cases",
      layout: {
        "icon-image": ["get", "state"],
        "icon-allow-overlap": true,
        "symbol-sort-key": ["match", ["get", "state"], "late", 3, "soon", 2, "ok", 1, 0],
      },
    });
    this.#fit();
  }

  #collection(): FeatureCollection {
    return {
      type: "FeatureCollection",
      features: this.#points().map(({ longitude, latitude, ...properties }) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: [longitude, latitude] },
        properties,
      })),
    };
  }

  #fit(): void {
    if (!this.hasAttribute("data-fit") || this.#fitted) return;
    this.#fitted = true;
    const points = this.#points();
    if (points.length === 0) return;
    const lons = points.map((point) => point.longitude);
    const lats = points.map((point) => point.latitude);
    this.#map?.fitBounds(
      [
        [Math.min(...lons), Math.min(...lats)],
        [Math.max(...lons), Math.max(...lats)],
      ],
      { padding: 60, maxZoom: 16, animate: false },
    );
  }

  /** The list was swapped: read the points again. */
  refresh(): void {
    (this.#map?.getSource("cases") as GeoJSONSource | undefined)?.setData(this.#collection());
  }

  readonly #onSelect = (event: Event): void => {
    this.#selected = String((event as CustomEvent<string>).detail ?? "");
    const map = this.#map;
    if (!map?.getLayer("cases-selected")) return;
    map.setFilter("cases-selected", ["==", ["get", "id"], this.#selected]);
    const point = this.#points().find((candidate) => candidate.id === this.#selected);
    if (point) {
      map.easeTo({ center: [point.longitude, point.latitude], duration: calm.matches ? 0 : 250 });
    }
  };

  #open(id: string): void {
    const point = this.#points().find((candidate) => candidate.id === id);
    if (!point) return;
    const select = new CustomEvent<string>("xc-map-select", { detail: id, bubbles: true, cancelable: true });
    if (this.dispatchEvent(select) && point.url) location.assign(point.url);
  }

  #setPin(longitude: number, latitude: number, byHand: boolean): void {
    if (!this.#map) return;
    const movable = this.dataset["pin"] === "movable";
    if (!this.#pin) {
      this.#pin = new Marker({ element: this.#pinElement(movable), anchor: "bottom", draggable: movable });
      this.#pin.setLngLat([longitude, latitude]).addTo(this.#map);
      this.#pin.on("dragend", () => this.#announce(true));
    }
    this.#pin.setLngLat([longitude, latitude]);
    this.#announce(byHand);
  }

  #pinElement(movable: boolean): HTMLElement {
    const pin: HTMLElement = document.createElement(movable ? "button" : "div");
    pin.className = "xc-pin";
    pin.innerHTML =
      '<svg viewBox="0 0 32 44" aria-hidden="true"><path d="M16 1C7.7 1 1 7.6 1 15.8 1 27 16 43 16 43s15-16 15-27.2C31 7.6 24.3 1 16 1z"/><circle cx="16" cy="16" r="6"/></svg>';
    pin.setAttribute("aria-label", this.dataset["pinLabel"] ?? "");
    if (movable) {
      pin.setAttribute("type", "button");
      pin.addEventListener("keydown", (event) => this.#nudge(event));
      pin.addEventListener("click", (event) => event.stopPropagation());
    } else {
      pin.setAttribute("role", "img");
    }
    return pin;
  }

  // Arrow keys move the pin by four pixels, with Shift by twenty.
  #nudge(event: KeyboardEvent): void {
    const step = event.shiftKey ? 20 : 4;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const move = moves[event.key];
    if (!move || !this.#map || !this.#pin) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.#map.project(this.#pin.getLngLat());
    const to = this.#map.unproject([at.x + move[0], at.y + move[1]]);
    this.#setPin(to.lng, to.lat, true);
  }

  #announce(byHand: boolean): void {
    const at = this.pin;
    if (!at) return;
    this.dispatchEvent(new CustomEvent("xc-pin", { detail: { ...at, byHand }, bubbles: true }));
  }
}

customElements.define("xc-map", XcMap);
export type { XcMap };
