// Lengths and areas on the sphere of the earth's mean radius: good to 0.3 %, which is what a map on a screen can say.
import type { Feature, FeatureCollection } from "geojson";

export type Point = [longitude: number, latitude: number];
export type Kind = "line" | "area";

const RADIUS = 6_371_008.8; // metres, IUGG mean
const rad = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two points, degrees. */
export function distance(a: Point, b: Point): number {
  const [dLat, dLon] = [rad(b[1] - a[1]), rad(b[0] - a[0])];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a[1])) * Math.cos(rad(b[1])) * Math.sin(dLon / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}

export const length = (points: Point[]): number =>
  points.slice(1).reduce((sum, point, at) => sum + distance(points[at] as Point, point), 0);

/** Square metres inside a ring of points, degrees. */
export function area(points: Point[]): number {
  if (points.length < 3) return 0;
  const sum = points.reduce((total, point, at) => {
    const next = points[(at + 1) % points.length] as Point;
    return total + rad(next[0] - point[0]) * (2 + Math.sin(rad(point[1])) + Math.sin(rad(next[1])));
  }, 0);
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

const number = (value: number, digits: number): string =>
  value.toLocaleString(document.documentElement.lang || undefined, { maximumFractionDigits: digits });

export const metres = (value: number): string => (value < 1000 ? `${number(value, 0)} m` : `${number(value / 1000, 2)} km`);
export const squareMetres = (value: number): string =>
  value < 100_000 ? `${number(value, 0)} m²` : `${number(value / 1_000_000, 3)} km²`;

export function shapes(points: Point[], kind: Kind): FeatureCollection {
  const features: Feature[] = points.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates } }));
  if (points.length > 1) features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: kind === "area" && points.length > 2 ? [...points, points[0] as Point] : points } });
  if (kind === "area" && points.length > 2) features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...points, points[0] as Point]] } });
  return { type: "FeatureCollection", features };
}
