// Keeps what is typed into forms marked data-draft="key" in this tab until it was sent: an error loses nothing.
// sessionStorage ends with the tab; keys hold who types. Signing out clears all, and so does a sign-in by another person.
"use strict";

// A page that answered a form has the address of the page that holds the form: back and refresh lead there, and send nothing again.
if (document.body.dataset.address) history.replaceState(history.state, "", document.body.dataset.address);

const PERSON = document.body.dataset.person;
const OWNER = `draft:${PERSON ?? ""}:`;
const SENT = "draft-sent";
const KEPT = "textarea, select, input:not([type=hidden], [type=password], [type=file], [data-no-draft])";
const keyOf = (form) => OWNER + form.dataset.draft;
const controlsOf = (form) => [...form.querySelectorAll(KEPT)].filter((control) => control.name);
const isChoice = (control) => control.type === "checkbox" || control.type === "radio";

function keep(form) {
  const typed = controlsOf(form).map((control) => [control.name, isChoice(control) ? control.value : null, isChoice(control) ? control.checked : control.value]);
  sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
}

function restore(form) {
  const controls = controlsOf(form);
  for (const [name, choice, value] of JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "[]")) {
    const control = controls.find((each) => each.name === name && (choice === null || each.value === choice));
    if (!control) continue;
    if (choice !== null) control.checked = value;
    else if (control.value === control.defaultValue || control.tagName === "SELECT") control.value = value;
  }
}

function start(root) {
  const forms = root.querySelectorAll("form[data-draft]:not([data-drafting])");
  for (const form of forms) {
    form.dataset.drafting = "";
    restore(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("submit", () => sessionStorage.setItem(SENT, keyOf(form)));
  }
}

// A page without a problem after a form was sent means that it was taken; the way to sign in means that it was not.
const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
if (sent && PERSON && !document.querySelector("[data-problem], .field-error")) sessionStorage.removeItem(sent);
if (PERSON) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("draft:") && !key.startsWith(OWNER)) sessionStorage.removeItem(key);
  }
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt?.closest?.("form[data-draft]");
  if (!form) return;
  sessionStorage.removeItem(SENT);
  if (event.detail.successful && event.detail.requestConfig.verb !== "get") sessionStorage.removeItem(keyOf(form));
});
document.addEventListener("htmx:load", (event) => start(event.detail.elt.parentNode ?? document));
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-sign-out]")) sessionStorage.clear();
});
start(document);
