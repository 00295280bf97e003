// LICENSES.md: every third-party package in the .vsix, with its version and the text of its licence.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const TEXT = /^(licen[cs]e|copying|notice|authors)/i;

/** `inputs` are the files that esbuild put into the extension, relative to `root`. */
export function writeLicenses(root, libs, inputs) {
  const packages = [...pythonPackages(libs), ...vendored(libs), ...nodePackages(root, inputs)];
  const without = packages.filter(({ texts }) => texts.length === 0).map(({ name }) => name);
  if (without.length > 0) {
    throw new Error(`No licence text was found for ${without.join(", ")}.`);
  }
  const rows = packages.map(({ name, version, license, kind }) => `| ${name} | ${version} | ${license} | ${kind} |`);
  const head = ["# Bundled software", "", "| package | version | licence | language |", "|---|---|---|---|", ...rows];
  const bodies = packages.map(({ name, version, texts }) => `## ${name} ${version}\n\n${texts.map(quoted).join("\n")}`);
  writeFileSync(path.join(root, "LICENSES.md"), `${head.join("\n")}\n\n${bodies.join("\n")}`);
  return packages;
}

function pythonPackages(libs) {
  const folders = readdirSync(libs).filter((name) => name.endsWith(".dist-info"));
  return folders.sort().map((folder) => {
    const metadata = readFileSync(path.join(libs, folder, "METADATA"), "utf8").split("\n\n")[0] ?? "";
    const field = (name) => new RegExp(`^${name}: (.+)$`, "m").exec(metadata)?.[1]?.trim();
    const classified = /^Classifier: License :: .*:: (.+)$/m.exec(metadata)?.[1];
    const license = field("License-Expression") ?? field("License") ?? classified ?? "see below";
    const name = field("Name") ?? folder;
    return { name, version: field("Version"), license, kind: "Python", texts: textsIn(path.join(libs, folder)) };
  });
}

/** What a package carries inside itself from others: a licence text below its own folder. */
function vendored(libs) {
  const entries = readdirSync(libs, { recursive: true, withFileTypes: true });
  const texts = entries.filter((entry) => entry.isFile() && /^licen[cs]e/i.test(entry.name));
  const folders = new Set(texts.map((entry) => entry.parentPath).filter((folder) => !folder.includes(".dist-info")));
  return [...folders].sort().map((folder) => {
    const name = path.relative(libs, folder).split(path.sep).join("/");
    return { name, version: "", license: "see below", kind: "Python", texts: textsIn(folder) };
  });
}

function nodePackages(root, inputs) {
  const folders = new Set(inputs.map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]));
  folders.delete(undefined);
  return [...folders].sort().map((folder) => {
    const home = path.join(root, folder);
    const { name, version, license } = JSON.parse(readFileSync(path.join(home, "package.json"), "utf8"));
    return { name, version, license, kind: "JavaScript", texts: textsIn(home) };
  });
}

function textsIn(folder) {
  const places = [folder, path.join(folder, "licenses")].filter(existsSync);
  const files = places.flatMap((place) => readdirSync(place, { withFileTypes: true }));
  const texts = files.filter((entry) => entry.isFile() && TEXT.test(entry.name));
  return texts.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8")).sort();
}

function quoted(text) {
  return `${text
    .trim()
    .replace(/^/gm, "    ")
    .replace(/[ \t]+$/gm, "")}\n`;
}
