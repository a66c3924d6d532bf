// Builds what browsers load into src/tocsin/web/static/built: bundles, the style sheet, fonts and the icon sprite. Every
// file's name carries a hash of its content, `manifest.json` tells which is which, and each text stands compressed beside.

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCE = join(HERE, "..", "src", "tocsin");
const TARGET = join(SOURCE, "web", "static", "built");
const MAKING = `${TARGET}.making`;
const ICONS = join(HERE, "node_modules", "@tabler", "icons", "icons");
const SCRIPTS = ["console", "charts", "public"];
const SHEETS = ["console", "public"];
// Classes that scripts and Python put together, which no template shows
const KEPT = { standard: [/^htmx-/], greedy: [/^is-/, /data-bs-theme/, /data-density/] };

async function filesBelow(folder, endings) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("static/built"));
}

function hashed(name, content) {
  const dot = name.lastIndexOf(".");
  return `${name.slice(0, dot)}-${createHash("sha256").update(content).digest("hex").slice(0, 10)}${name.slice(dot)}`;
}

async function keep(manifest, name, content) {
  const file = hashed(name, content);
  manifest[name] = file;
  await writeFile(join(MAKING, file), content);
  const bytes = Buffer.from(content);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(join(MAKING, `${file}.br`), brotliCompressSync(bytes, { params: quality }));
  await writeFile(join(MAKING, `${file}.gz`), gzipSync(bytes, { level: 9 }));
}

async function scripts(manifest) {
  const built = await esbuild.build({
    entryPoints: SCRIPTS.map((name) => join(HERE, "src", `${name}.ts`)),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    outdir: MAKING,
    write: false,
    logLevel: "warning",
  });
  for (const output of built.outputFiles) {
    await keep(manifest, relative(MAKING, output.path), output.contents);
  }
}

async function sheets(manifest, content) {
  for (const name of SHEETS) {
    const built = await esbuild.build({
      entryPoints: [join(HERE, "styles", `${name}.css`)],
      bundle: true,
      loader: { ".woff2": "file" },
      assetNames: "[name]-[hash]",
      publicPath: "/static",
      outdir: MAKING,
      write: false,
      logLevel: "error",
    });
    for (const output of built.outputFiles) {
      if (output.path.endsWith(".woff2")) {
        await writeFile(join(MAKING, relative(MAKING, output.path)), output.contents);
        continue;
      }
      const [purged] = await new PurgeCSS().purge({
        content,
        css: [{ raw: output.text }],
        safelist: KEPT,
        variables: true,
        keyframes: true,
        defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
      });
      const small = await esbuild.transform(purged.css, { loader: "css", minify: true });
      await keep(manifest, `${name}.css`, small.code);
    }
  }
}

// An icon that a template or a script names, or one of two by a condition.
const ICON_NAMED = /\b(?:icon|empty|glyph)(?:\(|=|:)\s*["']([a-z0-9-]+)["'](?:\s+if\s[^{}\n]*?\selse\s+["']([a-z0-9-]+)["'])?/g;

async function sprite(manifest, content) {
  const names = new Set();
  for (const path of content) {
    for (const match of (await readFile(path, "utf8")).matchAll(ICON_NAMED)) {
      for (const name of match.slice(1)) if (name) names.add(name);
    }
  }
  const symbols = [];
  for (const name of [...names].sort()) {
    const filled = name.endsWith("-filled");
    const path = join(ICONS, filled ? "filled" : "outline", `${name.replace(/-filled$/, "")}.svg`);
    const text = await readFile(path, "utf8").catch(() => {
      throw new Error(`There is no icon ${name} in @tabler/icons.`);
    });
    const inner = text.replace(/<!--[\s\S]*?-->/g, "").replace(/^\s*<svg[^>]*>|<\/svg>\s*$/g, "").replace(/\s+/g, " ").trim();
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`);
  }
  await keep(manifest, "icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

await rm(MAKING, { recursive: true, force: true });
await mkdir(MAKING, { recursive: true });
const templates = await filesBelow(SOURCE, [".html", ".py"]);
const own = await filesBelow(join(HERE, "src"), [".ts"]);
const manifest = {};
await scripts(manifest);
await sheets(manifest, [...templates, ...own]);
await sprite(manifest, [...templates, ...own]);
await writeFile(join(MAKING, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(TARGET, { recursive: true, force: true });
await rename(MAKING, TARGET);
console.log(Object.values(manifest).join("\n"));
