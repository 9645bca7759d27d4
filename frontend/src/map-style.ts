// The look of the ground, taken from the same tokens as the pages, so that day and night agree.
import type { StyleSpecification } from "maplibre-gl";

export const STATES = ["wait", "ok", "soon", "late"] as const;
export type State = (typeof STATES)[number];

/** A shape for each state: colour is never the only sign. */
export function shape(state: State, element: Element): ImageData {
  const size = 40; // drawn at twice the size, for sharp screens
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
  const token = getComputedStyle(element);
  pen.fillStyle = token.getPropertyValue(`--${state}`);
  pen.strokeStyle = token.getPropertyValue("--card");
  pen.lineWidth = 3.5;
  pen.lineJoin = "round";
  pen.beginPath();
  if (state === "late") {
    pen.moveTo(20, 4);
    pen.lineTo(36, 33);
    pen.lineTo(4, 33);
  } else if (state === "soon") {
    pen.moveTo(20, 4);
    pen.lineTo(36, 20);
    pen.lineTo(20, 36);
    pen.lineTo(4, 20);
  } else {
    pen.arc(20, 20, state === "ok" ? 13 : 11, 0, 2 * Math.PI);
  }
  pen.closePath();
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, size, size);
}

export function groundStyle(element: HTMLElement): StyleSpecification {
  const token = getComputedStyle(element);
  const colour = (name: string): string => token.getPropertyValue(`--${name}`).trim();
  const tiles = element.dataset["tiles"] ?? "/tiles/ground/{z}/{x}/{y}.mvt";
  const ground = { type: "vector" as const, tiles: [new URL(tiles, location.href).href.replace(/%7B/g, "{").replace(/%7D/g, "}")], minzoom: 8, maxzoom: 16 };
  const font = ["Noto Sans CJK SC Regular"];
  const label = { "text-color": colour("map-label"), "text-halo-color": colour("map-ground"), "text-halo-width": 1.5 };
  // An approved base map, where the city has set one, lies under our own lines (web/_map_notice.html carries its address).
  const base = document.querySelector<HTMLElement>("[data-base]")?.dataset["base"];
  return {
    version: 8,
    sources: { ground, ...(base ? { base: { type: "raster" as const, tiles: [base], tileSize: 256, maxzoom: 18 } } : {}) },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": colour("map-ground") } },
      ...(base ? [{ id: "base", type: "raster" as const, source: "base" }] : []),
      {
        id: "grids", type: "line", source: "ground", "source-layer": "grids", minzoom: 15,
        // the stitched outline: the house motif
        paint: { "line-color": colour("thread"), "line-width": 1, "line-dasharray": [4, 3], "line-opacity": 0.7 },
      },
      {
        id: "streets-edge", type: "line", source: "ground", "source-layer": "streets", minzoom: 12,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": colour("map-road-edge"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 1.5, 16, 9, 19, 34] },
      },
      {
        id: "streets", type: "line", source: "ground", "source-layer": "streets", minzoom: 12,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": colour("map-road"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 1, 16, 7, 19, 30] },
      },
      {
        id: "communities", type: "line", source: "ground", "source-layer": "communities", minzoom: 13,
        paint: { "line-color": colour("map-town"), "line-width": 0.7, "line-opacity": 0.45 },
      },
      {
        id: "townships", type: "line", source: "ground", "source-layer": "townships", minzoom: 10,
        paint: { "line-color": colour("map-town"), "line-width": 1, "line-opacity": 0.7 },
      },
      {
        id: "counties", type: "line", source: "ground", "source-layer": "counties",
        paint: { "line-color": colour("map-town"), "line-width": 2.4 },
      },
      {
        id: "street-names", type: "symbol", source: "ground", "source-layer": "streets", minzoom: 15,
        layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": font, "text-size": 11 },
        paint: label,
      },
      {
        id: "community-names", type: "symbol", source: "ground", "source-layer": "names",
        filter: ["==", ["get", "level"], 12], minzoom: 14,
        layout: { "text-field": ["get", "name"], "text-font": font, "text-size": 12, "text-max-width": 8 },
        paint: label,
      },
      {
        id: "township-names", type: "symbol", source: "ground", "source-layer": "names",
        filter: ["==", ["get", "level"], 9], minzoom: 11, maxzoom: 14,
        layout: { "text-field": ["get", "name"], "text-font": font, "text-size": 13, "text-max-width": 8, "text-padding": 24 },
        paint: label,
      },
      {
        id: "county-names", type: "symbol", source: "ground", "source-layer": "names",
        filter: ["==", ["get", "level"], 6], maxzoom: 12,
        layout: { "text-field": ["get", "name"], "text-font": font, "text-size": 16, "text-padding": 90 },
        paint: label,
      },
    ],
  };
}
