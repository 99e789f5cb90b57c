"use strict";

const figures = JSON.parse(document.getElementById("figures").textContent);
const plots = [...document.querySelectorAll(".plot")];
const SAVED = { width: 900, scale: 2 }; // pixels of a picture as a file, as --png draws it
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

/* Labels hide what is behind them. */
function labels({ annotations = [] }) {
  return Object.fromEntries(annotations.map((_, i) => [`annotations[${i}].bgcolor`, color("--paper")]));
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
  Plotly.relayout(plot, { ...theme(), ...labels(layout) });
}

function redraw(change = () => ({})) {
  for (const plot of plots.filter((one) => one.layout)) {
    const { layout } = figures[plot.dataset.figure];
    Plotly.relayout(plot, { ...theme(), ...labels(layout), ...change(layout.height) });
  }
}

/* A picture in what is folded is drawn when that is opened, as wide as it is then. */
function drawOpen() {
  for (const plot of plots) if (!plot.layout && !plot.closest("details:not([open])")) draw(plot);
}

drawOpen();
const folded = [...document.querySelectorAll("details")];
for (const one of folded) one.addEventListener("toggle", drawOpen);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
let closed = [];
addEventListener("beforeprint", () => {
  closed = folded.filter((one) => !one.open);
  for (const one of closed) one.open = true;
  drawOpen();
  redraw((height) => ({ "font.color": "#000", width: PRINTED.width, height: PRINTED.lower * height }));
});
addEventListener("afterprint", () => {
  redraw((height) => ({ width: null, height, autosize: true }));
  for (const one of closed) one.open = false;
});

/* A command breaks between its words, not within an option and what that is given. */
for (const line of document.querySelectorAll("pre[id^=step]")) {
  const words = line.textContent.match(/(-\S+ )?\S+/g).map((word) => {
    const whole = document.createElement("span");
    whole.className = "word";
    whole.textContent = word;
    return whole;
  });
  line.replaceChildren(...words.flatMap((word, place) => (place ? [" ", word] : [word])));
}

/* What is wider than its frame says so. */
for (const frame of document.querySelectorAll(".scroll, pre")) {
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "scrolls sideways →";
  const look = () => {
    const hidden = frame.scrollWidth - frame.clientWidth;
    if (hidden > 1) (frame.closest(".copied") ?? frame).before(hint);
    else hint.remove();
    frame.classList.toggle("more", hidden - frame.scrollLeft > 1);
  };
  const watch = new ResizeObserver(look);
  watch.observe(frame);
  if (frame.firstElementChild) watch.observe(frame.firstElementChild);
  frame.addEventListener("scroll", look);
}

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

/* As it is for a printed page: dark ink on white, and whole, whatever the window. */
for (const button of document.querySelectorAll("[data-image]")) {
  button.addEventListener("click", () => {
    const { image: format, of: slug } = button.dataset;
    const { data, layout } = structuredClone(figures[slug]);
    const size = { width: SAVED.width, height: layout.height, scale: format === "png" ? SAVED.scale : 1 };
    Plotly.downloadImage({ data, layout }, { format, filename: slug, ...size });
  });
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
