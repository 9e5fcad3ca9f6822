// The keyboard: / finds, g and a letter goes, j and k move in lists marked data-list, x selects, ? helps.
// Enter opens because the row's link has the focus.
"use strict";

const help = document.getElementById("keys");
const enabled = document.getElementById("keys-on");
const CHORD = 1500;
let goingSince = 0;

const isOff = () => localStorage.getItem("keys") === "off";
const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

// A list is a table or a list of links; its items are those in view.
function items() {
  const rows = document.querySelectorAll("[data-list] tbody > tr, ul[data-list] > li, ol[data-list] > li, [data-list] [data-item]");
  return [...rows].filter((row) => opener(row) && row.offsetParent !== null);
}

const opener = (row) => row.querySelector("a[data-open-item]") ?? row.querySelector("a[href]");

function move(step) {
  const rows = items();
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
  opener(rows[next]).focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function select() {
  const row = items().find((each) => each.contains(document.activeElement));
  row?.querySelector("input[type=checkbox]")?.click();
}

function go(key) {
  document.querySelector(`.places a[data-key="${CSS.escape(key)}"]`)?.click();
}

const actions = {
  "/": () => document.getElementById("find")?.focus(),
  "?": () => help?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  x: select,
  g: () => { goingSince = Date.now(); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isOff() || isTyping(event.target) || help?.open) return;
  if (Date.now() - goingSince < CHORD) {
    goingSince = 0;
    go(event.key);
    return;
  }
  const own = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]:not(:disabled)`);
  if (!own && !Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  if (own) own.matches("input:not([type=checkbox], [type=radio]), select, textarea") ? own.focus() : own.click();
  else actions[event.key]();
});

document.addEventListener("click", (event) => {
  const opens = event.target.closest?.("[data-open]");
  if (opens) document.getElementById(opens.dataset.open)?.showModal();
  const who = document.querySelector("details.who[open]");
  if (who && !who.contains(event.target)) who.open = false;
});
document.addEventListener("keydown", (event) => {
  const who = document.querySelector("details.who[open]");
  if (event.key === "Escape" && who) {
    who.open = false;
    who.querySelector("summary").focus();
  }
});
if (enabled) {
  enabled.checked = !isOff();
  enabled.addEventListener("change", () => localStorage.setItem("keys", enabled.checked ? "on" : "off"));
}
