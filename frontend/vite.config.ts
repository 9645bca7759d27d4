import { resolve } from "node:path";
import { defineConfig } from "vite";

const entry = (path: string) => resolve(import.meta.dirname, path);

// Django serves the result under /static/ and finds the hashed names in the manifest (django-vite).
export default defineConfig({
  base: "/static/",
  build: {
    manifest: "manifest.json",
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or fonts
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: {
        app: entry("src/app.ts"),
        report: entry("src/report/index.ts"),
        intake: entry("src/intake.ts"),
        difference: entry("src/difference.ts"),
        "map-page": entry("src/map-page/index.ts"),
        password: entry("src/password.ts"),
        sw: entry("src/sw.ts"),
      },
      output: {
        // A service worker keeps its address for ever: browsers compare the bytes behind it.
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
