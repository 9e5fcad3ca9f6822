// The live length of a rationale: says how many characters are there, and when it is enough.
"use strict";

for (const area of document.querySelectorAll("textarea[data-count]")) {
  const least = Number(area.dataset.count);
  const said = document.createElement("output");
  said.className = "hint";
  area.after(said);
  const tell = () => {
    const length = area.value.trim().length;
    said.textContent = length < least ? `${length} of at least ${least} characters` : `${length} characters`;
    said.classList.toggle("enough", length >= least);
  };
  area.addEventListener("input", tell);
  tell();
}
