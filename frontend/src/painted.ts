// What is heavy waits until the page is there to be read.

/** When the page is drawn: words and lists come first, whatever the map weighs. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      if (list.getEntriesByName("first-contentful-paint").length > 0) resolve();
    }).observe({ type: "paint", buffered: true });
    setTimeout(resolve, 3_000); // a browser that does not tell
  });
}
