// Makes the third-party scripts that the pages load: one minified module for each file in entries/.
//
//   node frontend/vendor.mjs
//
// The versions are those of package.json. An entry has the name of its package, or names it in
// a line `// from: <package>`; what a package needs in turn is pinned by "overrides". What comes
// out is committed with licences and digests, so that a checkout needs neither Node nor the
// registry; tests/labeling/test_vendor.py checks it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const HERE = import.meta.dirname;
const TARGET = join(HERE, "../labeling/static/labeling/vendor");
const LICENCE = /^(licen[cs]e|copying)(\.|$)/i;

/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** The packages in a folder of their own: nothing of npm stays in the checkout. */
function install() {
  const folder = mkdtempSync(join(tmpdir(), "overread-vendor-"));
  cpSync(join(HERE, "package.json"), join(folder, "package.json"));
  cpSync(join(HERE, "entries"), join(folder, "entries"), { recursive: true });
  execFileSync("npm", ["install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
  return folder;
}

/** @param {string} text */
const packageOf = (text, name) => /^\/\/ from: (\S+)$/m.exec(text)?.[1] ?? name;

/** @param {string} folder of a package */
function licenceText(folder) {
  const file = readdirSync(folder).find((name) => LICENCE.test(name));
  if (!file) throw new Error(`${folder} has no licence text.`);
  return readFileSync(join(folder, file), "utf8");
}

/** Every package of which something is in the bundle. @param {Record<string, unknown>} inputs of esbuild */
function packagesIn(inputs) {
  const found = Object.keys(inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1]);
  return [...new Set(found.filter(Boolean))].sort();
}

async function bundle(esbuild, folder, name) {
  const entry = join(folder, "entries", `${name}.js`);
  const main = packageOf(readFileSync(entry, "utf8"), name);
  const built = await esbuild.build({
    entryPoints: [entry], absWorkingDir: folder, bundle: true, minify: true, format: "esm", target: "es2023",
    charset: "utf8", legalComments: "none", write: false, metafile: true,
  });
  const script = built.outputFiles[0].contents;
  const { version, license } = json(join(folder, "node_modules", main, "package.json"));
  const parts = packagesIn(built.metafile.inputs);
  const licences = parts.map((part) => `${part}\n\n${licenceText(join(folder, "node_modules", part))}`).join("\n\n");
  const file = `${name}-${version}`;
  writeFileSync(join(TARGET, `${file}.js`), script);
  writeFileSync(join(TARGET, `${file}.LICENSE.txt`), `${licences.trimEnd()}\n`);
  cpSync(join(HERE, "entries", `${name}.d.ts`), join(TARGET, `${file}.d.ts`));
  const lock = json(join(folder, "node_modules/.package-lock.json")).packages;
  return {
    name, version, licence: license, integrity: lock[`node_modules/${main}`].integrity,
    parts: parts.map((part) => `${part}@${lock[`node_modules/${part}`].version}`),
    sha256: createHash("sha256").update(script).digest("hex"),
    gzip: gzipSync(script, { level: 9 }).length,
  };
}

/** @param {{name: string, version: string, licence: string}[]} tools */
function readme(tools) {
  const rows = tools.map(({ name, version, licence }) => `| \`${name}-${version}.js\` | ${name} ${version} | ${licence} |`);
  return `# Third-party scripts

Each is one minified module, made by \`node frontend/vendor.mjs\` from the exact versions in
\`frontend/package.json\`; do not edit them here. Licence texts and types stand beside them,
digests in \`VENDOR.json\`.

| file | package | licence |
|---|---|---|
${rows.join("\n")}
`;
}

const folder = install();
try {
  const esbuild = createRequire(join(folder, "package.json"))("esbuild");
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(TARGET, { recursive: true });
  const names = readdirSync(join(HERE, "entries")).filter((name) => name.endsWith(".js")).map((name) => name.slice(0, -3)).sort();
  const tools = [];
  for (const name of names) tools.push(await bundle(esbuild, folder, name));
  writeFileSync(join(TARGET, "VENDOR.json"), `${JSON.stringify(tools, null, 2)}\n`);
  writeFileSync(join(TARGET, "README.md"), readme(tools));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
