// Service worker: the report page opens without a network. Only that page and our own built files are kept;
// nothing of a case, nothing of staff pages, ever.
/// <reference lib="webworker" />
export {};
declare const self: ServiceWorkerGlobalScope;

const CACHE = "xiucheng-shell-1";
const PAGES = new Set(["/report"]);

/** The page and the files it names: the first visit already works offline afterwards. */
async function warm(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const page of PAGES) {
    const answer = await fetch(page, { credentials: "same-origin" });
    if (!answer.ok) continue;
    const html = await answer.clone().text();
    await cache.put(page, answer);
    const files = new Set(html.match(/\/static\/assets\/[\w.-]+/g) ?? []);
    await Promise.allSettled([...files].map((file) => cache.add(file)));
  }
}

self.addEventListener("install", (event) => {
  event.waitUntil(warm().catch(() => undefined));
  void self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(new URL(request.url).pathname, answer.clone());
    return answer;
  } catch (failure) {
    const kept = await cache.match(new URL(request.url).pathname);
    if (kept) return kept;
    throw failure;
  }
}

async function cacheFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGES.has(url.pathname) && !url.search) event.respondWith(networkFirst(request));
  else if (url.pathname.startsWith("/static/assets/")) event.respondWith(cacheFirst(request));
});
