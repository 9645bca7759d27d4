// Sending: one attempt, and what its answer means. The same draft may be sent any number of times.
import type { Draft } from "./draft";

export type Verdict =
  | { kind: "received"; number: string; code: string; url: string }
  | { kind: "refused"; errors: Record<string, string[]>; near: { code: string; name: string }[] }
  | { kind: "later"; seconds: number; why: "offline" | "busy" };

/** Nine photos over a weak line take minutes; longer than this, the line is dead. */
const LONGEST_MS = 5 * 60_000;

export async function send(draft: Draft, url: string, giveUp: AbortSignal): Promise<Verdict> {
  const body = new FormData();
  for (const [name, value] of Object.entries(draft.fields)) body.append(name, value);
  body.set("uuid", draft.uuid);
  for (const photo of draft.photos) body.append("photos", photo.blob, photo.name);
  const boxes = draft.photos.flatMap((photo, place) => (photo.boxes?.length ? [[String(place), photo.boxes] as const] : []));
  if (boxes.length > 0) body.set("photo_boxes", JSON.stringify(Object.fromEntries(boxes)));
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-CSRFToken": csrf() },
      credentials: "same-origin",
      signal: AbortSignal.any([giveUp, AbortSignal.timeout(LONGEST_MS)]),
    });
  } catch {
    return { kind: "later", seconds: 15, why: "offline" };
  }
  return judge(answer);
}

async function judge(answer: Response): Promise<Verdict> {
  const data = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (answer.ok && typeof data["number"] === "string") {
    return {
      kind: "received",
      number: data["number"],
      code: String(data["query_code"] ?? ""),
      url: String(data["url"] ?? "/follow"),
    };
  }
  if (answer.status === 429 || answer.status >= 500) {
    const wait = Number(answer.headers.get("Retry-After"));
    return { kind: "later", seconds: Number.isFinite(wait) && wait > 0 ? wait : 20, why: "busy" };
  }
  const errors = (data["errors"] ?? {}) as Record<string, string[]>;
  if (Object.keys(errors).length === 0) {
    errors["__all__"] = [String(data["detail"] ?? document.getElementById("report-form")?.dataset["refused"] ?? "")];
  }
  return { kind: "refused", errors, near: (data["near"] ?? []) as { code: string; name: string }[] };
}

function csrf(): string {
  return document.querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]')?.value ?? "";
}
