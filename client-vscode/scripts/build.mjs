// Bundles the extension into one file: dist/extension.js. `--watch` rebuilds on change.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @type {import("esbuild").BuildOptions} */
const options = {
  absWorkingDir: root,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  // Comments with licences go into LICENSES.md, which names everything that is bundled.
  legalComments: "none",
  metafile: true,
};

export async function build() {
  const { metafile } = await esbuild.build(options);
  return Object.keys(metafile.inputs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--watch")) {
    await (await esbuild.context(options)).watch();
  } else {
    await build();
  }
}
