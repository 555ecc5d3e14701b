// The queue by keyboard. Every key presses what stands on the page: a link, a button, a
// field; without this file nothing is missing but the shortcut.
//
// A key does nothing while somebody types, with Ctrl, Alt or Meta held, or after they
// turned keys off. Nothing that reaches beyond the desk hangs on a key.
//
// SPDX-License-Identifier: Apache-2.0

const panel = document.getElementById("keys");
const off = () => document.cookie.split("; ").includes("keys=off");

const rows = [...document.querySelectorAll("[data-row]")];
let at = -1;

function move(by) {
  if (rows.length === 0) return;
  rows[at]?.classList.remove("here");
  at = Math.min(rows.length - 1, Math.max(0, at + by));
  rows[at].classList.add("here");
  const link = rows[at].querySelector("a.case-link");
  link?.focus({ preventScroll: true });
  rows[at].scrollIntoView({ block: "nearest" });
}

// The verdict goes with a reason, so the key only chooses; Enter in the field sends it.
function judge(verdict) {
  const form = document.querySelector("form[data-judge]");
  const button = form?.querySelector(`button[value="${verdict}"]`);
  if (!button) return openCurrent();
  form.querySelector("input[type=hidden][name=verdict]")?.remove();
  const chosen = document.createElement("input");
  chosen.type = "hidden";
  chosen.name = "verdict";
  chosen.value = verdict;
  form.append(chosen);
  for (const other of form.querySelectorAll("button[name=verdict]"))
    other.setAttribute("aria-pressed", String(other === button));
  const reason = form.querySelector("textarea");
  reason.focus();
  reason.scrollIntoView({ block: "center" });
}

function openCurrent() {
  rows[at]?.querySelector("a.case-link")?.click();
}

function deed(name) {
  const details = document.querySelector(`details[data-deed="${name}"]`);
  if (!details) return;
  details.open = true;
  const field = details.querySelector("textarea, select, button");
  field?.focus();
}

// Where the next one is: the queue remembers what it listed.
function skip() {
  const here = document.querySelector("[data-incident]")?.dataset.incident;
  if (!here) return move(1);
  const listed = JSON.parse(sessionStorage.getItem("queue") ?? "[]");
  const next = listed[listed.indexOf(here) + 1];
  location.assign(next ? `/incident/${encodeURIComponent(next)}` : "/queue");
}

function assignMe() {
  const details = document.querySelector('details[data-deed="assign"]');
  if (!details) return;
  details.querySelector("select[name=to]").selectedIndex = 0;
  details.querySelector("button").click();
}

function pick() {
  rows[at]?.classList.toggle("picked");
}

function help() {
  if (panel) panel.hidden = !panel.hidden;
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  v: () => judge("violation"),
  f: () => judge("false-positive"),
  e: () => judge("escalate"),
  s: skip,
  a: assignMe,
  c: () => deed("note"),
  x: pick,
  X: () => document.querySelector('[data-key="X"]')?.click(),
  u: () => document.querySelector('[data-key="u"]')?.click(),
  "/": () => document.querySelector('[data-key="/"]')?.focus(),
  "?": help,
};

const types = (target) => target.matches("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape") {
    if (panel) panel.hidden = true;
    if (types(event.target)) event.target.blur();
    return;
  }
  if (off() || types(event.target)) {
    // In the field of the reason, Enter sends a verdict that a key has chosen.
    const form = event.target.closest?.("form[data-judge]");
    const chosen = form?.querySelector("input[type=hidden][name=verdict]");
    if (event.key === "Enter" && !event.shiftKey && chosen && !off()) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// What was clicked wins over what a key had chosen before.
for (const button of document.querySelectorAll("form[data-judge] button[name=verdict]")) {
  button.addEventListener("click", () =>
    button.form.querySelector("input[type=hidden][name=verdict]")?.remove());
}

const list = document.querySelector("[data-list]");
if (list) {
  const listed = [...list.querySelectorAll("[data-id]")].map((row) => row.dataset.id);
  sessionStorage.setItem("queue", JSON.stringify(listed));
}

for (const button of document.querySelectorAll("[data-keys]")) {
  button.addEventListener("click", () => {
    document.cookie = `keys=${button.dataset.keys}; path=/; max-age=31536000; samesite=strict`;
    show();
  });
}
function show() {
  for (const button of document.querySelectorAll("[data-keys]"))
    button.hidden = (button.dataset.keys === "off") === off();
}
show();

// How long a verdict can still be taken back.
const seconds = document.querySelector("[data-seconds]");
if (seconds) {
  const end = Date.now() + Number(seconds.dataset.seconds) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    seconds.textContent = String(Math.max(0, left));
    if (left <= 0) {
      clearInterval(timer);
      seconds.closest("form").remove();
      // What waited for that may be done now; what is being written stays.
      for (const waits of document.querySelectorAll("[data-waits]")) {
        if (waits instanceof HTMLButtonElement) waits.disabled = false;
        else waits.remove();
      }
    }
  }, 500);
}

// A run under way.
const poll = document.querySelector("[data-poll]");
if (poll) {
  const bar = document.querySelector("progress");
  setInterval(async () => {
    const answer = await fetch(poll.dataset.poll, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const run = await answer.json();
    if (run.ended) location.reload();
    poll.querySelector("[data-done]").textContent = String(run.sites_done);
    if (bar) bar.value = run.sites_done;
  }, 5000);
}
