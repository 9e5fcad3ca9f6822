// Draws the table inside figure[data-chart] as lines over time (uPlot); the table stays, for those who read rather than look.
// First column: time, as <time datetime>; each further column is a series. data-unit names what is counted.
// A page with charts loads uplot.css, uplot.js and this in its head block.
"use strict";

const HEIGHT = 180;
const SERIES = ["--accent", "--warn", "--info", "--ok", "--bad"];
const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4], [1, 5]];
// From each step on: the label, and what is added under it where a new day begins.
const STAMPS = [
  [86400, "{MMM} {D}", null, null, null, null, null, null, 1],
  [60, "{HH}:{mm}", null, null, "\n{MMM} {D}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", null, null, "\n{MMM} {D}", null, null, null, 1],
];
const drawn = new WeakMap();

// A canvas needs a plain color; an element's computed color is one, in either theme.
function color(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function read(table) {
  const names = [...table.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.querySelectorAll("tbody tr")].map((row) => [...row.cells]);
  const times = rows.map((cells) => Date.parse(cells[0].querySelector("time").dateTime) / 1000);
  const number = (cell) => (cell?.textContent.trim() ? Number(cell.dataset.value ?? cell.textContent.replaceAll(",", "")) : null);
  return { names, data: [times, ...names.map((_, index) => rows.map((cells) => number(cells[index + 1])))] };
}

function draw(figure) {
  const table = figure.querySelector(".table-wrap > table");
  if (!table?.tBodies[0]?.rows.length) return;
  let canvas = figure.querySelector(".chart-canvas");
  drawn.get(figure)?.destroy();
  if (!canvas) {
    canvas = document.createElement("div");
    canvas.className = "chart-canvas";
    canvas.setAttribute("aria-hidden", "true");
    figure.querySelector("figcaption")?.after(canvas);
    if (!canvas.isConnected) figure.prepend(canvas);
  }
  const { names, data } = read(table);
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
  const series = names.map((label, index) => ({
    label, stroke: color(SERIES[index % SERIES.length]), width: 2, dash: DASHES[index % DASHES.length],
    value: (_, shown) => (shown === null ? "" : `${shown} ${figure.dataset.unit ?? ""}`),
  }));
  const plot = new uPlot(
    { width: canvas.clientWidth || 400, height: HEIGHT, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), figure.dataset.zone),
      axes: [{ ...axis, values: STAMPS }, { ...axis, size: 56 }], series: [{ label: figure.dataset.zone, value: "{MMM} {D} {HH}:{mm}:{ss}" }, ...series] },
    data, canvas);
  drawn.set(figure, plot);
}

const drawAll = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
let resizing;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(drawAll, 150); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("htmx:afterSwap", drawAll);
document.addEventListener("htmx:sseMessage", drawAll);
drawAll();
