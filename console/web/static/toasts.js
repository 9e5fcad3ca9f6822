// Outcomes and errors: toasts, the live region of problems, and tables that stay tables when shown as cards.
"use strict";
document.documentElement.classList.add("scripted");

const STAYS = 8000;

function toast(text, kind) {
  const said = document.createElement("p");
  said.className = `toast toast-${kind}`;
  said.textContent = text;
  document.getElementById("toasts").append(said);
  fade(said);
}

// An outcome goes by itself, a failure stays until it is clicked away.
function fade(said) {
  said.addEventListener("click", () => said.remove());
  if (!said.classList.contains("toast-bad")) {
    setTimeout(() => said.remove(), STAYS);
  }
}

function problem(title, todo) {
  const section = document.createElement("section");
  section.className = "problem";
  section.dataset.connection = "";
  const heading = document.createElement("h2");
  heading.textContent = title;
  const words = document.createElement("p");
  words.textContent = todo;
  section.append(heading, words);
  document.getElementById("problems").replaceChildren(section);
}

// Cells shown as blocks lose their meaning to screen readers; roles give it back.
function nameTables(root) {
  for (const table of root.querySelectorAll(".table-wrap > table:not([role])")) {
    table.setAttribute("role", "table");
    for (const part of table.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup");
    for (const row of table.querySelectorAll("tr")) row.setAttribute("role", "row");
    for (const cell of table.querySelectorAll("td")) cell.setAttribute("role", "cell");
    for (const cell of table.querySelectorAll("th")) {
      cell.setAttribute("role", cell.closest("thead") ? "columnheader" : "rowheader");
    }
  }
}

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));
// What a page asks by itself shows no progress, keeps no session going, and removes no message that a person reads.
const asksByItself = (element) => element?.getAttribute?.("hx-trigger")?.includes("every ") ?? false;
document.addEventListener("htmx:configRequest", (event) => {
  if (asksByItself(event.detail.elt)) event.detail.headers["X-By-Itself"] = "true";
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!asksByItself(event.detail.elt)) document.getElementById("busy").classList.add("htmx-request");
});
document.addEventListener("htmx:afterRequest", (event) => {
  document.getElementById("busy").classList.remove("htmx-request");
  const lost = document.querySelector("#problems [data-connection]");
  if (event.detail.successful && (lost || !asksByItself(event.detail.elt))) document.getElementById("problems").replaceChildren();
});
document.addEventListener("htmx:afterSwap", (event) => {
  nameTables(document);
  if (event.detail.target?.id === "problems") document.getElementById("problems").scrollIntoView({ block: "nearest" });
});
document.addEventListener("htmx:sendError", () =>
  problem("The console does not answer", "Nothing was lost and nothing was sent twice. See that you are connected, then do the same again."));
document.addEventListener("htmx:timeout", () =>
  problem("The console took too long", "Load the page again to see whether it was done; sending the same again is safe."));
// A form sent without htmx leaves the page when its answer comes; until then it shows progress like every other.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && event.target.method !== "dialog") document.getElementById("busy").classList.add("htmx-request");
});
addEventListener("pageshow", () => document.getElementById("busy").classList.remove("htmx-request"));
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-back]")) history.back();
});

nameTables(document);
document.querySelectorAll("#toasts .toast").forEach(fade);
