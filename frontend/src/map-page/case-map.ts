// Cases of a filter on the map: from afar counted in cells, from near one by one; list, filter and months follow it.
import htmx from "htmx.org/dist/htmx.esm.js";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { type GeoJSONSource, type LngLat, Map as MapLibre, NavigationControl, ScaleControl, type VectorTileSource, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { STATES, groundStyle, shape } from "../map-style";
import { type Kind, type Point, area, length, metres, shapes, squareMetres } from "./measure";

setWorkerUrl(workerUrl);

interface Month {
  since: string;
  until: string;
  name: string;
}

const E7 = 1e7;
const BORDERS = ["counties", "townships", "communities"];
const CELLS = ["cells", "cells-late", "cells-n"];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const read = <T>(id: string): T | null => JSON.parse(document.getElementById(id)?.textContent || "null") as T | null;

class CaseMap {
  readonly #page: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #host: HTMLElement;
  readonly #map: MapLibre;
  readonly #months = read<Month[]>("map-months") ?? [];
  #on = { heat: false, borders: true, grids: false };
  #listing = 0;
  #playing = 0;
  #selected = "";
  #measure: Kind | "" = "";
  #points: Point[] = [];

  constructor(page: HTMLElement) {
    this.#page = page;
    this.#form = page.querySelector("form") as HTMLFormElement;
    this.#host = document.getElementById("case-map") as HTMLElement;
    const canvas = Object.assign(document.createElement("div"), { className: "canvas" });
    this.#host.append(canvas);
    const view = read<[number, number, number, number]>("map-view");
    this.#map = new MapLibre({
      container: canvas,
      style: groundStyle(this.#host),
      ...(view ? { bounds: view, fitBoundsOptions: { padding: 20 } } : { center: [102.712, 25.04], zoom: 11 }),
      minZoom: 7,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      touchPitch: false,
      fadeDuration: calm.matches ? 0 : 200,
      locale: { "Map.Title": this.#host.getAttribute("aria-label") ?? "" },
    });
    this.#host.removeAttribute("role"); // the canvas is the region of this name now: one, not two
    this.#host.removeAttribute("aria-label");
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.#map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
    this.#map.on("style.load", () => this.#layers());
    this.#map.on("moveend", () => this.#list());
    this.#map.on("idle", () => this.#host.setAttribute("data-ready", ""));
    this.#map.on("click", (event) => this.#click(event.lngLat, event.point));
    for (const layer of ["cells", "cases"]) {
      this.#map.on("mouseenter", layer, () => (this.#map.getCanvas().style.cursor = this.#measure ? "crosshair" : "pointer"));
      this.#map.on("mouseleave", layer, () => (this.#map.getCanvas().style.cursor = this.#measure ? "crosshair" : ""));
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#map.setStyle(groundStyle(this.#host)));
    this.#controls();
    this.#map.once("load", () => this.#list());
  }

  // --- What is asked for ---

  get #query(): URLSearchParams {
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) if (value !== "") asked.set(name, String(value));
    return asked;
  }

  get #tiles(): string[] {
    const address = new URL(this.#page.dataset["tiles"] ?? "", location.href).href.replace(/%7B/g, "{").replace(/%7D/g, "}");
    return [`${address}?${this.#query}${this.#on.heat ? "&heat=1" : ""}`];
  }

  #changed(): void {
    const query = this.#query;
    history.replaceState(null, "", `?${query}`);
    const asList = this.#page.querySelector<HTMLAnchorElement>("[data-as-list]");
    if (asList) asList.search = query.toString();
    this.#redraw();
    this.#list();
  }

  #redraw(): void {
    (this.#map.getSource("cases") as VectorTileSource | undefined)?.setTiles(this.#tiles);
  }

  #list(): void {
    clearTimeout(this.#listing);
    this.#listing = window.setTimeout(() => {
      const bounds = this.#map.getBounds();
      const query = this.#query;
      query.set("bbox", [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((each) => each.toFixed(6)).join(","));
      const source = `${this.#page.dataset["list"]}?${query}`;
      void htmx.ajax("GET", source, { target: "#map-list", swap: "innerHTML" }).catch(() => undefined);
    }, 250);
  }

  // --- What is drawn ---

  #layers(): void {
    const map = this.#map;
    const token = getComputedStyle(this.#host);
    const colour = (name: string): string => token.getPropertyValue(`--${name}`).trim();
    for (const state of STATES) {
      if (!map.hasImage(state)) map.addImage(state, shape(state, this.#host), { pixelRatio: 2 });
    }
    map.addSource("cases", { type: "vector", tiles: this.#tiles, minzoom: 7, maxzoom: 18 });
    map.addLayer({
      id: "heat", type: "heatmap", source: "cases", "source-layer": "cells",
      paint: {
        "heatmap-weight": ["interpolate", ["linear"], ["get", "n"], 1, 0.15, 50, 1],
        "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 12, 14, 30],
        "heatmap-opacity": 0.75,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(0,0,0,0)", 0.2, colour("wait"), 0.5, colour("soon"), 1, colour("late")],
      },
    });
    const radius: ["interpolate", ...unknown[]] = ["interpolate", ["linear"], ["sqrt", ["get", "n"]], 1, 7, 10, 14, 40, 16]; // cells are 32 px wide
    map.addLayer({
      id: "cells", type: "circle", source: "cases", "source-layer": "cells",
      paint: { "circle-radius": radius as never, "circle-color": colour("indigo"), "circle-opacity": 0.78, "circle-stroke-color": colour("card"), "circle-stroke-width": 1 },
    });
    map.addLayer({
      id: "cells-late", type: "circle", source: "cases", "source-layer": "cells", filter: [">", ["get", "late"], 0],
      paint: { "circle-radius": radius as never, "circle-color": "transparent", "circle-stroke-color": colour("late"), "circle-stroke-width": 2.5 },
    });
    map.addLayer({
      id: "cells-n", type: "symbol", source: "cases", "source-layer": "cells", filter: [">", ["get", "n"], 1],
      layout: { "text-field": ["case", ["<", ["get", "n"], 10000], ["to-string", ["get", "n"]], ["concat", ["to-string", ["round", ["/", ["get", "n"], 1000]]], "k"]], "text-font": ["Noto Sans CJK SC Regular"], "text-size": 11 },
      paint: { "text-color": "#fff" },
    });
    map.addLayer({
      id: "selected", type: "circle", source: "cases", "source-layer": "cases", filter: ["==", ["get", "id"], this.#selected],
      paint: { "circle-radius": 15, "circle-color": "transparent", "circle-stroke-width": 2, "circle-stroke-color": colour("indigo") },
    });
    map.addLayer({
      id: "cases", type: "symbol", source: "cases", "source-layer": "cases",
      layout: { "icon-image": ["get", "state"], "icon-allow-overlap": true, "symbol-sort-key": ["match", ["get", "state"], "late", 3, "soon", 2, "ok", 1, 0] },
    });
    map.addSource("measure", { type: "geojson", data: shapes(this.#points, this.#measure || "line") });
    map.addLayer({ id: "measure-area", type: "fill", source: "measure", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour("indigo"), "fill-opacity": 0.15 } });
    map.addLayer({ id: "measure-line", type: "line", source: "measure", paint: { "line-color": colour("indigo"), "line-width": 2.5, "line-dasharray": [3, 2] } });
    map.addLayer({ id: "measure-points", type: "circle", source: "measure", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": colour("card"), "circle-stroke-color": colour("indigo"), "circle-stroke-width": 2.5 } });
    this.#show();
  }

  #show(): void {
    const set = (layers: string[], on: boolean): void => {
      for (const layer of layers) if (this.#map.getLayer(layer)) this.#map.setLayoutProperty(layer, "visibility", on ? "visible" : "none");
    };
    set(["heat"], this.#on.heat);
    set(CELLS, !this.#on.heat);
    set([...BORDERS, "community-names", "township-names", "county-names"], this.#on.borders);
    set(["grids"], this.#on.grids);
    if (this.#map.getLayer("grids")) this.#map.setLayerZoomRange("grids", 14, 24);
  }

  // --- Hands ---

  #click(at: LngLat, point: { x: number; y: number }): void {
    if (this.#measure) {
      this.#add([at.lng, at.lat]);
      return;
    }
    const found = this.#map.queryRenderedFeatures([point.x, point.y], { layers: ["cases", "cells"] })[0];
    if (!found) return;
    if (found.layer.id === "cases") this.#select(String(found.properties["id"]));
    else this.#map.easeTo({ center: at, zoom: Math.min(17, this.#map.getZoom() + 2), duration: calm.matches ? 0 : 300 });
  }

  #select(number: string): void {
    this.#selected = number;
    if (this.#map.getLayer("selected")) this.#map.setFilter("selected", ["==", ["get", "id"], number]);
    for (const row of document.querySelectorAll<HTMLElement>("#map-list [data-number]")) {
      row.toggleAttribute("data-selected", row.dataset["number"] === number);
    }
    const panel = document.getElementById("map-panel");
    const source = (this.#page.dataset["panel"] ?? "").replace("NUMBER", encodeURIComponent(number));
    if (!panel) return;
    void htmx.ajax("GET", source, { target: "#map-panel", swap: "innerHTML" }).then(() => (panel.hidden = false)).catch(() => undefined);
  }

  #controls(): void {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#changed();
    });
    this.#form.addEventListener("change", (event) => {
      if ((event.target as HTMLElement).tagName === "SELECT") this.#changed();
    });
    document.getElementById("map-list")?.addEventListener("click", (event) => {
      const target = event.target as Element;
      const row = target.closest<HTMLElement>("[data-number]");
      if (!row || target.closest("a")) return;
      this.#map.easeTo({ center: [Number(row.dataset["lon"]) / E7, Number(row.dataset["lat"]) / E7], zoom: Math.max(15, this.#map.getZoom()), duration: calm.matches ? 0 : 300 });
      this.#select(row.dataset["number"] ?? "");
    });
    for (const box of this.#page.querySelectorAll<HTMLInputElement>("[data-layer]")) {
      box.addEventListener("change", () => {
        this.#on = { ...this.#on, [box.dataset["layer"] as "heat" | "borders" | "grids"]: box.checked };
        this.#show();
        if (box.dataset["layer"] === "heat") this.#redraw();
      });
    }
    this.#time();
    this.#measuring();
  }

  #time(): void {
    const slider = document.getElementById("month") as HTMLInputElement;
    const says = this.#page.querySelector<HTMLOutputElement>('output[for="month"]');
    const field = (name: string): HTMLInputElement => this.#form.elements.namedItem(name) as HTMLInputElement;
    const say = (): void => {
      const month = this.#months[Number(slider.value)];
      const words = month?.name ?? says?.dataset["all"] ?? "";
      if (says) says.textContent = words;
      slider.setAttribute("aria-valuetext", words);
    };
    const found = this.#months.findIndex((month) => month.since === field("since").value && month.until === field("until").value);
    if (found >= 0) slider.value = String(found);
    say();
    slider.addEventListener("input", say);
    slider.addEventListener("change", () => {
      const month = this.#months[Number(slider.value)];
      field("since").value = month?.since ?? "";
      field("until").value = month?.until ?? "";
      const state = this.#form.elements.namedItem("state");
      if (month && state instanceof HTMLSelectElement && state.value === "open") state.value = "";
      this.#changed();
    });
    const play = this.#page.querySelector<HTMLButtonElement>("[data-play]");
    const words = play?.textContent ?? "";
    play?.addEventListener("click", () => {
      if (this.#playing) return stop();
      play.textContent = play.dataset["stop"] ?? "";
      if (Number(slider.value) >= this.#months.length - 1) slider.value = "0";
      this.#playing = window.setInterval(() => {
        if (Number(slider.value) >= this.#months.length - 1) return stop();
        slider.value = String(Number(slider.value) + 1);
        slider.dispatchEvent(new Event("input"));
        slider.dispatchEvent(new Event("change"));
      }, 1500);
    });
    const stop = (): void => {
      clearInterval(this.#playing);
      this.#playing = 0;
      if (play) play.textContent = words;
    };
  }

  #measuring(): void {
    const [add, clear] = ["add", "clear"].map((name) => this.#page.querySelector<HTMLButtonElement>(`[data-measure-${name}]`));
    const buttons = [...this.#page.querySelectorAll<HTMLButtonElement>("[data-measure]")];
    const set = (kind: Kind | ""): void => {
      this.#measure = kind;
      this.#points = [];
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset["measure"] === kind));
      if (add) add.hidden = !kind;
      if (clear) clear.hidden = !kind;
      this.#map.getCanvas().style.cursor = kind ? "crosshair" : "";
      this.#measured();
    };
    for (const button of buttons) {
      button.addEventListener("click", () => set(this.#measure === button.dataset["measure"] ? "" : (button.dataset["measure"] as Kind)));
    }
    add?.addEventListener("click", () => this.#add([this.#map.getCenter().lng, this.#map.getCenter().lat]));
    clear?.addEventListener("click", () => set(this.#measure));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#measure) set("");
    });
  }

  #add(point: Point): void {
    this.#points.push(point);
    this.#measured();
  }

  #measured(): void {
    const kind = this.#measure;
    (this.#map.getSource("measure") as GeoJSONSource | undefined)?.setData(shapes(this.#points, kind || "line"));
    const says = this.#page.querySelector<HTMLOutputElement>("[data-measured]");
    if (!says) return;
    const ring = kind === "area" && this.#points.length > 2 ? [...this.#points, this.#points[0] as Point] : this.#points;
    if (!kind) says.textContent = "";
    else if (this.#points.length < 2) says.textContent = says.dataset["start"] ?? "";
    else if (kind === "line") says.textContent = (says.dataset["line"] ?? "").replace("{}", metres(length(this.#points)));
    else says.textContent = (says.dataset["area"] ?? "").replace("{}", squareMetres(area(this.#points))).replace("{}", metres(length(ring)));
  }
}

export function startCaseMap(page: HTMLElement): void {
  new CaseMap(page);
}
