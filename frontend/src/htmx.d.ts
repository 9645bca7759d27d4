declare module "htmx.org/dist/htmx.esm.js" {
  const htmx: {
    config: Record<string, unknown>;
    ajax(method: string, url: string, options: Record<string, unknown>): Promise<void>;
    process(element: Element): void;
  };
  export default htmx;
}
