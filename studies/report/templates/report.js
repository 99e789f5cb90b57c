"use strict";

const figures = JSON.parse(document.getElementById("figures").textContent);
const plots = [...document.querySelectorAll(".plot")];
const PRINTED = { width: 680, lower: 0.8 }; // pixels between a page's margins; share of the height

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/* The reader's ground and ink; the marks keep their colours, which stand out on both. */
function theme() {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    "font.color": color("--ink"),
    "hoverlabel.bgcolor": color("--card"),
    "hoverlabel.font.color": color("--ink"),
    "hoverlabel.bordercolor": color("--line"),
  };
}

/* Small letters get smaller where cells are narrow. */
function dense(...fonts) {
  for (const font of fonts) if (font.size < 12) font.size -= 3;
}

function draw(plot) {
  const { data, layout } = structuredClone(figures[plot.dataset.figure]);
  const touch = matchMedia("(pointer: coarse)").matches;
  layout.dragmode = touch ? false : "zoom"; // a finger scrolls the page
  layout.autosize = true;
  if (plot.clientWidth < 500) {
    layout.margin = { ...layout.margin, l: 50, r: 8 };
    layout.font.size = 11;
    for (const { mode, textfont } of data) if (mode === "text") dense(textfont, layout.xaxis.tickfont);
  }
  Plotly.newPlot(plot, data, layout, { displayModeBar: false, responsive: true });
  Plotly.relayout(plot, theme());
}

function redraw(change = () => ({})) {
  for (const plot of plots) {
    Plotly.relayout(plot, { ...theme(), ...change(figures[plot.dataset.figure].layout.height) });
  }
}

plots.forEach(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
addEventListener("beforeprint", () => redraw((height) => (
  { "font.color": "#000", width: PRINTED.width, height: PRINTED.lower * height })));
addEventListener("afterprint", () => redraw((height) => ({ width: null, height, autosize: true })));

function save(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const button of document.querySelectorAll("[data-save]")) {
  const from = document.getElementById(button.dataset.from);
  button.addEventListener("click", () => save(button.dataset.save, from.textContent, "text/plain"));
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const from = document.getElementById(button.dataset.copy);
  button.addEventListener("click", () => copy(from, button));
}

/* Where the browser keeps pages from the clipboard, the text is selected for the reader's keys. */
async function copy(from, button) {
  getSelection().selectAllChildren(from);
  try {
    await navigator.clipboard.writeText(from.textContent);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Selected";
  }
}

const table = document.getElementById("trials-table");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const exact = (cell) => cell.dataset.exact ?? cell.textContent;

  function compare(a, b) {
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  }

  function sort(column) {
    const head = heads[column];
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.sort((one, two) => {
      const [a, b] = [exact(one.cells[column]), exact(two.cells[column])];
      if (a === "" || b === "") return (a === "") - (b === ""); // what is blank stays last
      return (down ? -1 : 1) * compare(a, b);
    });
    body.append(...rows);
  }

  heads.forEach((head, column) =>
    head.firstElementChild.addEventListener("click", () => sort(column)));

  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const cells = [...row.cells].map((cell) => cell.textContent.toLowerCase());
      row.hidden = !wanted.every((word) => cells.some((cell) => cell.includes(word)));
      shown += !row.hidden;
    }
    document.getElementById("found").textContent = `${shown} shown`;
  });

  document.getElementById("save-trials").addEventListener("click", () => {
    const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = [heads.map((head) => head.dataset.name)];
    for (const row of rows) if (!row.hidden) lines.push([...row.cells].map(exact));
    save("trials.csv", lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n", "text/csv");
  });
}
