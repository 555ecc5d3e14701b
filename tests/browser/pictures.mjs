// The pictures of the manuals, taken of the desk as it is: an invented college, a morning
// after a bad night. Run by `./test --pictures`; they go to docs/pictures.
//
// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, statSync } from "node:fs";
import { start } from "./world.mjs";

const kBytesMax = 1_200_000; // of all: the manuals are read on slow lines too
const shots = process.env.SHOTS;
mkdirSync(shots, { recursive: true });
const world = await start(process.argv[2], "--example");
const { facts, origin, browser } = world;

const context = await browser.newContext({ locale: "zh-CN", viewport: { width: 1200, height: 800 } });
await context.addCookies([{ name: "theme", value: "light", url: origin }]);
let page = await context.newPage();
let bytes = 0;
async function take(name, clip = {}) {
  const path = `${shots}/${name}.png`;
  await page.screenshot({ path, ...clip });
  bytes += statSync(path).size;
}

await page.goto(origin + "/sign-in");
await page.keyboard.type("officer");
await page.keyboard.press("Tab");
await page.keyboard.type(facts.password);
await page.keyboard.press("Enter");
await page.waitForURL((url) => url.pathname === "/");
await take("today");
await page.goto(origin + "/queue");
await page.keyboard.press("j");
await take("queue");
await page.locator('a.case-link[href^="/incident/"]').first().click();
await page.waitForURL(/\/incident\//);
const incident = new URL(page.url()).pathname;
await take("incident");
await page.locator('form[action$="/picture"] button').click();
await page.waitForSelector("img.drawn", { timeout: 120_000 });
await page.setViewportSize({ width: 1200, height: 480 });
await take("picture");
await page.setViewportSize({ width: 1200, height: 800 });
await page.goto(origin + incident);
await page.keyboard.press("v");
await page.keyboard.type("通知栏目被加入博彩链接，已核实");
await page.keyboard.press("Enter");
await page.waitForURL(/done\.judged/);
await world.later();
await page.reload();
await page.locator('details[data-deed="notify"] textarea').fill("请立即删除，并保存日志备查");
await page.locator('details[data-deed="notify"]').evaluate((it) =>
  it.scrollIntoView({ block: "center" }));
await take("notice");
await page.goto(origin + "/site/cs.example-college.test");
await take("site");

// The owner has the link and no account.
const outside = await browser.newContext({ locale: "zh-CN", viewport: { width: 1200, height: 800 } });
page = await outside.newPage();
await page.goto(origin + facts.owner);
await take("owner");

await world.end();
console.log(`${bytes} bytes in ${shots}`);
if (bytes > kBytesMax) {
  console.log(`more than ${kBytesMax}`);
  process.exit(1);
}
