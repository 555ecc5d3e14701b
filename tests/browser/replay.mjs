// An exported evidence package in other people's hands: warcio reads every record and its
// index finds what ours points at; ReplayWeb.page shows the captured pages, with their
// words, while the server they came from is gone.
//
// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [, , xuncha, testServer, sites] = process.argv;
const require = createRequire(process.env.MODULES + "/");
const { chromium } = require("playwright-core");
const { CDXIndexer, WARCParser } = require("warcio");
const viewer = join(process.env.MODULES, "viewer");

const place = mkdtempSync(join(tmpdir(), "xuncha-replay-"));
process.on("exit", () => rmSync(place, { recursive: true, force: true }));

// ---- a package, and its origin gone ----

function run(program, args, codes = [0]) {
  const done = spawnSync(program, args, { encoding: "utf8", maxBuffer: 64 << 20 });
  assert.ok(codes.includes(done.status),
    `${program} ${args.join(" ")}: ${done.status}\n${done.stderr}`);
  return done.stdout;
}
const call = (args, codes) => run(xuncha, ["--data", join(place, "data"), ...args], codes);

const site = "lib.yunxi.test";
const origin = spawn(testServer, [sites], { stdio: ["ignore", "pipe", "inherit"] });
const stopped = new Promise((resolve) => origin.once("exit", resolve));
const port = (await new Promise((told, failed) => {
  createInterface({ input: origin.stdout }).once("line", told);
  origin.once("exit", () => failed(new Error("the sample server did not start")));
})).split(" ")[1];
mkdirSync(join(place, "data"));
writeFileSync(join(place, "data", "xuncha.toml"),
  readFileSync(join(sites, "xuncha.toml.in"), "utf8").replaceAll("@PORT@", port));
call(["site", "import", join(sites, "sites.csv")]);
const day = (offset) => new Date(Date.now() + offset).toISOString().slice(0, 10);
call(["crawl", "--site", site], [1]);
const wacz = join(place, "evidence.wacz");
call(["evidence", "export", "--site", site, "--from", day(-86400000), "--to", day(86400000),
  "--number", "示公调证字1号", "--authority", "示例市公安局", "--officer", "办案人甲",
  "--officer", "办案人乙", "--by", "值班员", "--approved-by", "主管", "--approval", "同意",
  "--unit", "示例学院", "--no-browser", "--out", wacz]);
call(["evidence", "verify", wacz]);
origin.kill("SIGTERM");
await stopped;

run("python3", ["-m", "zipfile", "-e", wacz, join(place, "unpacked")]);
const unpacked = (name) => join(place, "unpacked", name);
const lines = (name) => readFileSync(unpacked(name), "utf8").trim().split("\n");

// ---- warcio reads every record, and its index is ours ----

const warc = unpacked("archive/data.warc.gz");
const records = new Map(); // offset -> [type, length]
const parser = new WARCParser(createReadStream(warc));
for await (const record of parser) {
  await record.readFully(false);
  records.set(parser.offset, [record.warcType, parser.recordLength]);
}
const theirs = [];
const indexer = new CDXIndexer({ format: "cdxj" }, { write() {} });
for await (const line of indexer.iterIndex([{ filename: "data.warc.gz", reader: createReadStream(warc) }]))
  theirs.push(line);
const ours = lines("indexes/index.cdx").map((line) => {
  const [key, time] = line.split(" ", 2);
  return { key, time, ...JSON.parse(line.slice(key.length + time.length + 2)) };
});
assert.ok(ours.length >= 5, `${ours.length} captures: too few to show anything`);
const place_of = (line) => `${line.offset} ${line.length} ${line.url}`;
assert.deepEqual(ours.map(place_of).sort(), theirs.map(place_of).sort());
for (const line of ours) {
  const [type, length] = records.get(Number(line.offset)) ?? [];
  assert.ok(["response", "revisit", "resource"].includes(type), `${line.url} is a ${type}`);
  assert.equal(length, Number(line.length), line.url);
  const same = theirs.find((other) => Number(line.offset) === other.offset);
  assert.equal(same.urlkey, line.key);
  assert.equal(same.timestamp, line.time.slice(0, 14));
}
const captures = [...records.values()].filter(([type]) => type === "response" || type === "revisit");
assert.equal(captures.length, ours.length, "every capture is indexed");
console.log(`warcio: ${records.size} records, ${ours.length} captures, all indexed alike`);

// ---- ReplayWeb.page shows them ----

const pages = lines("pages/pages.jsonl").slice(1).map((line) => JSON.parse(line));
assert.ok(pages.length >= 3, `${pages.length} pages`);
const archive = readFileSync(wacz);
const shown = {
  "/viewer/ui.js": readFileSync(join(viewer, "ui.js")),
  "/viewer/sw.js": readFileSync(join(viewer, "sw.js")),
  "/viewer/": readFileSync(join(viewer, "index.html")),
};
const asked = [];
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  asked.push(url.pathname);
  if (url.pathname === "/") {
    // As its documentation has pages embed it.
    const of = pages[Number(url.searchParams.get("page"))];
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    return response.end(`<!doctype html><title>viewer</title><script src="/viewer/ui.js"></script>
      <replay-web-page source="/evidence.wacz" replayBase="/viewer/" embed="replayonly"
        url="${of.url}" ts="${of.ts.replace(/\D/g, "").slice(0, 14)}"></replay-web-page>`);
  }
  if (url.pathname === "/evidence.wacz") {
    response.setHeader("Accept-Ranges", "bytes");
    response.setHeader("Content-Type", "application/wacz");
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    if (!range) {
      response.setHeader("Content-Length", archive.length);
      return response.end(request.method === "HEAD" ? "" : archive);
    }
    // "-N" is of the end, and may ask for more than there is.
    const from = range[1] === "" ? Math.max(0, archive.length - Number(range[2])) : Number(range[1]);
    const to = range[1] === "" || range[2] === ""
      ? archive.length - 1 : Math.min(Number(range[2]), archive.length - 1);
    response.writeHead(206, {
      "Content-Range": `bytes ${from}-${to}/${archive.length}`, "Content-Length": to - from + 1,
    });
    return response.end(archive.subarray(from, to + 1));
  }
  const file = shown[url.pathname];
  if (file) {
    const kind = url.pathname.endsWith(".js") ? "text/javascript" : "text/html";
    response.setHeader("Content-Type", `${kind}; charset=utf-8`);
    return response.end(file);
  }
  response.writeHead(404).end();
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  chromiumSandbox: process.getuid() !== 0, // which root cannot have
});
const strangers = [];
const context = await browser.newContext({ locale: "zh-CN" });
await context.route((url) => !url.href.startsWith(base + "/") && !/^(data|blob):/.test(url.href),
  (route) => {
    strangers.push(route.request().url());
    return route.abort();
  });

// What a browser would show of the file that the sample server served.
function wordsOf(url) {
  const path = new URL(url).pathname;
  const file = join(sites, site, path.endsWith("/") ? path + "index.html" : path);
  const text = readFileSync(file);
  for (const charset of ["utf-8", "gb18030"]) {
    try {
      const decoded = new TextDecoder(charset, { fatal: true }).decode(text);
      const paragraph = /<(?:p|h1|h2|h3|li|td|a)\b[^>]*>\s*([\p{sc=Han}，。、：]{6,})/iu.exec(decoded);
      return paragraph ? paragraph[1].slice(0, 12) : null;
    } catch { /* the other one, then */ }
  }
  return null;
}

let seen = 0;
for (const [number, of] of pages.entries()) {
  if (seen === 3) break;
  const words = wordsOf(of.url);
  if (!words) continue;
  const page = await context.newPage();
  await page.goto(`${base}/?page=${number}`);
  const until = Date.now() + 90_000;
  let found = false;
  while (!found && Date.now() < until) {
    for (const frame of page.frames()) {
      const text = await frame.evaluate(() => document.body?.innerText ?? "").catch(() => "");
      found ||= frame !== page.mainFrame() && frame.url().includes(of.url) && text.includes(words);
    }
    if (!found) await new Promise((wait) => setTimeout(wait, 250));
  }
  if (!found) {
    for (const frame of page.frames())
      console.log(frame.url(), await frame.evaluate(() => document.body?.innerText).catch(String));
    assert.fail(`${of.url} was not shown with “${words}”`);
  }
  console.log(`ReplayWeb.page: ${of.url} with “${words}”`);
  ++seen;
  await page.close();
}
assert.ok(seen >= 2, `only ${seen} pages were looked at`);
assert.ok(asked.includes("/evidence.wacz"));
assert.deepEqual(strangers.filter((url) => url.includes(site)), [], "the origin was asked again");
await browser.close();
server.close();
