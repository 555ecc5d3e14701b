// The desk and a browser, for who wants to look at it: the server's facts, and how to let
// a minute pass there.
//
// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.env.MODULES + "/");
export const { chromium } = require("playwright-core");
export const resolve = require.resolve;

export async function start(program, ...options) {
  const server = spawn(program, options, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [];
  const told = [];
  createInterface({ input: server.stdout }).on("line", (line) =>
    waiting.length > 0 ? waiting.shift()[0](line) : told.push(line));
  server.once("exit", () => waiting.forEach(([, fail]) => fail(new Error("the desk has ended"))));
  const next = () => new Promise((done, fail) =>
    told.length > 0 ? done(told.shift()) : waiting.push([done, fail]));
  const facts = JSON.parse(await next());
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    chromiumSandbox: process.getuid() !== 0, // which root cannot have
  });
  return {
    facts,
    browser,
    origin: `http://127.0.0.1:${facts.port}`,
    // A minute passes at once: what was judged takes effect.
    later: async () => {
      server.stdin.write("later\n");
      await next();
    },
    end: async () => {
      await browser.close();
      server.stdin.end();
    },
  };
}
