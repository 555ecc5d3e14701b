// The desk in a browser: an officer's morning with nothing but the keyboard; every page in
// both languages, both themes and on a telephone, without a fault that axe knows; nothing
// refused by the content security policy, nothing asked of anybody else, and nothing that
// a captured page brought along alive.
//
// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve, start } from "./world.mjs";

const axe = readFileSync(resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS;
mkdirSync(shots, { recursive: true });

const world = await start(process.argv[2]);
const { facts, origin, browser } = world;

// What must never happen on any page.
const faults = [];
async function newContext(options = {}) {
  const context = await browser.newContext({ locale: "zh-CN", ...options });
  await context.addInitScript(() => {
    window.addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`));
  });
  context.on("page", (page) => {
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("the server responded with"))
        faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
    page.on("dialog", (dialog) => {
      faults.push(`${page.url()}: a captured script ran: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(origin + "/") && !url.startsWith("data:"))
        faults.push(`${page.url()} asked for ${url}`);
    });
  });
  return context;
}

async function signIn(page, name) {
  await page.goto(origin + "/sign-in");
  await page.locator("input[name=name]").focus();
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(facts.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

async function checkAxe(page, what) {
  await page.evaluate(axe);
  const result = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }));
  for (const violation of result.violations) {
    for (const node of violation.nodes)
      faults.push(`${what}: ${violation.id}: ${node.target} ${node.failureSummary}`);
  }
}

let failed = 0;
async function test(name, run) {
  const before = faults.length;
  const begun = Date.now();
  let error;
  try {
    await run();
  } catch (caught) {
    error = caught;
  }
  const told = faults.slice(before);
  const good = !error && told.length === 0;
  failed += good ? 0 : 1;
  console.log(`${good ? "ok  " : "FAIL"} ${name} (${Date.now() - begun} ms)`);
  if (error) console.log(error.stack);
  for (const fault of new Set(told)) console.log(`     ${fault}`);
}

const morning = await newContext({ viewport: { width: 1280, height: 900 } });
const page = await morning.newPage();
const press = async (...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const state = async () => (await page.locator(".case-title .tag").first().textContent()).trim();
// The address before may speak of another deed, which is done.
const judged = () => page.waitForURL(/done\.judged/);

await test("the whole morning by keyboard", async () => {
  await signIn(page, "officer");
  assert.equal(new URL(page.url()).pathname, "/");
  await page.screenshot({ path: `${shots}/morning.png`, fullPage: true });
  await page.goto(origin + "/queue");
  await page.screenshot({ path: `${shots}/morning-queue.png`, fullPage: true });
  await press("j");
  assert.equal(await page.locator("[data-row].here").count(), 1);
  await press("Enter");
  await page.waitForURL(/\/incident\//);
  await page.screenshot({ path: `${shots}/morning-incident.png`, fullPage: true });
  const first = new URL(page.url()).pathname;

  // A key in a field is a letter.
  await press("v");
  await page.keyboard.type("vfesacxu?");
  assert.equal(await page.locator("#reason").inputValue(), "vfesacxu?");
  assert.equal(new URL(page.url()).pathname, first);
  await page.locator("#reason").fill("首页出现博彩广告，已核实");
  await press("Enter");
  await judged();
  assert.equal(await state(), "已确认违规");
  await press("u");
  await page.waitForURL(/done\.undone/);
  assert.equal(await state(), "待处理");

  await press("a");
  await page.waitForURL(/done\.assigned/);
  await press("c");
  await page.keyboard.type("已电话联系责任人");
  await press("Tab", "Enter");
  await page.waitForURL(/done\.recorded/);
  assert.match(await page.locator(".events").textContent(), /已电话联系责任人/);

  await press("f");
  await page.keyboard.type("教学内容，误报");
  await press("Enter");
  await judged();
  assert.equal(await state(), "误报");
  await press("s");
  await page.waitForURL((url) => url.pathname !== first);
  assert.match(new URL(page.url()).pathname, /^\/(incident|queue)/);
  await press("e");
  await page.keyboard.type("需要上级判断");
  await press("Enter");
  await judged();
  assert.equal(await state(), "上报");
});

await test("what reaches beyond the desk hangs on no key", async () => {
  await page.goto(origin + "/queue?state=notified");
  await press("j", "Enter");
  await page.waitForURL(/\/incident\//);
  const before = await page.locator(".events li").count();
  for (const key of "abcdefghijklmnopqrtuvwxyz".split("").filter((k) => !"avfecjkx".includes(k)))
    await press(key);
  await page.reload();
  assert.equal(await page.locator(".events li").count(), before);
  assert.ok((await page.locator("details.grave").count()) > 0, "it is there, to be opened");
});

await test("keys can be turned off, and on again", async () => {
  await page.goto(origin + "/queue");
  await page.locator('[data-keys="off"]').focus();
  await press("Enter");
  await page.locator("h1").evaluate(() => document.activeElement.blur());
  await press("j");
  assert.equal(await page.locator("[data-row].here").count(), 0);
  await page.locator('[data-keys="on"]').focus();
  await press("Enter");
  await page.locator("h1").evaluate(() => document.activeElement.blur());
  await press("?");
  assert.ok(await page.locator("#keys").isVisible());
  await press("Escape");
  assert.ok(!(await page.locator("#keys").isVisible()));
});

await test("everything works without scripts", async () => {
  const context = await newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await signIn(plain, "approver");
  await plain.goto(origin + "/queue?state=escalate");
  await plain.locator("a.case-link").first().click();
  await plain.locator("#reason").fill("核实为违规");
  await plain.locator('button[value="violation"]').click();
  await plain.waitForURL(/done\.judged/);
  await context.close();
});

// As a new officer does it, from the link in the morning's mail. Counted are key presses and
// clicks, each one; a field that is typed into counts as one, whatever its length, so the
// name and the password are two and the reason is one. Not counted: letters, and the half
// minute in which a verdict can be taken back, which passes by itself.
await test("from the link in the mail to a sent notice in twelve steps at most", async () => {
  const college = await start(process.argv[2], "--example"); // a morning nobody has begun
  const fresh = await college.browser.newPage({ locale: "zh-CN" });
  let steps = 0;
  const step = async (what) => {
    ++steps;
    await what;
  };
  await step(fresh.goto(college.origin + "/")); // the link in the mail
  // The cursor is there already, or will be as soon as the page has been drawn.
  await fresh.waitForFunction(() => document.activeElement?.matches("input[autofocus]"));
  await step(fresh.keyboard.type("officer"));
  await step(fresh.keyboard.press("Tab"));
  await step(fresh.keyboard.type(college.facts.password));
  await step(fresh.keyboard.press("Enter"));
  await fresh.waitForURL((url) => url.pathname === "/");
  await step(fresh.locator("a.case-link").first().click());
  await fresh.waitForURL(/\/incident\//);
  await step(fresh.keyboard.press("v"));
  await step(fresh.keyboard.type("正文中有博彩招揽，已核实"));
  await step(fresh.keyboard.press("Enter"));
  await fresh.waitForURL(/done\.judged/);
  await college.later();
  await fresh.reload(); // the page wakes by itself when half a minute has passed for it, too
  // The next step stands open.
  await step(fresh.locator('details[data-deed="notify"] button').click());
  await fresh.waitForURL(/done\.issued/);
  assert.equal((await fresh.locator(".case-title .tag").first().textContent()).trim(), "已发整改通知");
  console.log(`     ${steps} steps`);
  assert.ok(steps <= 12, `it took ${steps}`);
  await college.end();
});

await test("a captured page is drawn, blurred until somebody presses, and asks nobody", async () => {
  const context = await newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await signIn(plain, "approver");
  await plain.goto(origin + "/queue?state=notified");
  await plain.locator("a.case-link").first().click();
  await plain.waitForURL(/\/incident\//);
  const kind = await plain.locator(".case-title strong").first().textContent();
  await plain.locator('form[action$="/picture"] button').click();
  await plain.waitForSelector("img.drawn", { timeout: 120_000 }); // it looks again by itself
  const blurred = (await plain.locator("img.drawn.blur").count()) === 1;
  assert.equal(blurred, kind === "淫秽色情");
  if (blurred) {
    await plain.locator('a[href$="clear=1"]').click();
    assert.equal(await plain.locator("img.drawn.blur").count(), 0);
  }
  const picture = await context.request.get(
    origin + (await plain.locator("img.drawn").getAttribute("src")));
  assert.equal(picture.headers()["content-type"], "image/png");
  await plain.screenshot({ path: `${shots}/picture.png` });
  await context.close();
});

const admin = await newContext({ viewport: { width: 1280, height: 900 } });
const desk = await admin.newPage();
await signIn(desk, "admin");
await desk.goto(origin + "/queue?state=notified");
const incident = await desk.locator("a.case-link").first().getAttribute("href");
await desk.goto(origin + "/queue?state=violation");
const hot = await desk.locator("a.case-link").first().getAttribute("href");
await desk.goto(origin + incident);
const suppress = await desk.locator('a[href*="/suppress"]').first().getAttribute("href");
const cluster = await desk.locator('a[href^="/cluster"]').first().getAttribute("href");

const drawn = (await desk.locator('form[action$="/picture"]').count()) > 0
  ? await desk.locator('form[action$="/picture"]').first().getAttribute("action")
  : await desk.locator("a.drawing").first().getAttribute("href");

const pages = {
  today: "/", queue: "/queue", violation: "/queue?state=violation", hot, incident, suppress, cluster,
  clusters: "/clusters", picture: drawn,
  sites: "/sites", gaps: "/sites?gaps=1", site: "/site/www.college.test",
  findings: "/site/www.college.test/findings", runs: "/runs", run: "/run/2?all=1",
  search: "/search?q=college", texts: "/search?q=%E9%A6%96%E5%AD%98&site=www.college.test",
  rules: "/rules", suppressions: "/suppressions", holds: "/holds", exports: "/exports",
  purges: "/purges", audit: "/audit", accounts: "/accounts", account: "/account",
  none: "/nowhere", owner: facts.owner, closed: "/o/" + "a".repeat(64),
};

for (const [name, path] of Object.entries(pages)) {
  await test(`${name}: both languages, both themes, wide and narrow`, async () => {
    for (const theme of ["light", "dark"]) {
      await admin.addCookies([{ name: "theme", value: theme, url: origin }]);
      for (const language of ["zh", "en"]) {
        await desk.setViewportSize({ width: 1280, height: 900 });
        const lang = (path.includes("?") ? "&" : "?") + "lang=" + language;
        await desk.goto(origin + path + lang);
        await desk.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
        });
        await checkAxe(desk, `${name} ${language} ${theme}`);
        if (language === "zh")
          await desk.screenshot({ path: `${shots}/${name}-${theme}.png`, fullPage: true });
        await desk.setViewportSize({ width: 390, height: 844 });
        const wide = await desk.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 390, `${name} ${language} is ${wide} px wide on a telephone`);
        if (language === "zh" && theme === "light")
          await desk.screenshot({ path: `${shots}/${name}-phone.png`, fullPage: true });
      }
    }
  });
}

await world.end();
console.log(failed === 0 ? "all is well" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
