// The live length of a rationale, and forms that open ready to be typed into; one with a draft in it opens by itself.
"use strict";

for (const area of document.querySelectorAll("textarea[data-count]")) {
  const least = Number(area.dataset.count);
  const said = document.createElement("output");
  said.className = "hint";
  area.after(said);
  const showCount = () => {
    const length = area.value.trim().length;
    said.textContent = length < least ? `${length} of at least ${least} characters` : `${length} characters`;
    said.classList.toggle("enough", length >= least);
  };
  area.addEventListener("input", showCount);
  showCount();
}

for (const act of document.querySelectorAll("details.act")) {
  const typed = () => [...act.querySelectorAll("textarea, input[type=text]")].some((each) => each.value && !each.readOnly);
  if (typed()) act.open = true;
  act.addEventListener("toggle", () => {
    if (act.open) act.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
}
addEventListener("hashchange", () => {
  const named = document.getElementById(location.hash.slice(1));
  if (named?.matches("details.act")) named.open = true;
});
