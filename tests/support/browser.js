/* Run at the end of a copy of the report: uses it as a reader does, and tells the page around it. */
addEventListener("load", async () => {
  const heads = [...document.querySelectorAll("#trials-table th")];
  const rows = () => [...document.querySelectorAll("#trials-table tbody tr")];
  const column = (name) => heads.findIndex((head) => head.dataset.name === name);
  const values = (name) => rows().map((row) => row.cells[column(name)].textContent);
  const found = {
    errors: window.faults,
    frame: innerWidth,
    width: document.documentElement.clientWidth,
    scrolled: document.documentElement.scrollWidth,
    plots: {},
    first: [],
    strangers: document.querySelectorAll("b, img, iframe").length,
    links: performance.getEntriesByType("resource").length,
    headings: [...document.querySelectorAll("h1, h2, h3")].map((head) => head.tagName).join(" "),
    unlabelled: [...document.querySelectorAll(".plot")]
      .filter((plot) => !(plot.getAttribute("aria-label") || "").match(/\d|Not/)).length,
    answer: JSON.parse(document.getElementById("answer-json").textContent),
    ink: getComputedStyle(document.body).color,
    drawn: getComputedStyle(document.querySelector(".plot .xtick text")).fill,
  };
  for (const part of [".lead", "[data-figure=response-curve]", "aside .copied:last-of-type"]) {
    found.first.push(document.querySelector(part)?.getBoundingClientRect().bottom ?? 0);
  }
  found.folded = document.querySelectorAll("details:not([open]) .plot").length;
  found.undrawn = [...document.querySelectorAll(".plot")].filter((plot) => !plot.layout).length;
  for (const one of document.querySelectorAll("details")) one.open = true;
  await new Promise((then) => setTimeout(then, 500)); // they are drawn as they open
  found.cut = [...document.querySelectorAll(".scroll, pre")].filter((one) =>
    one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 &&
    (one.closest(".copied") ?? one).previousElementSibling?.className !== "hint").length;
  for (const plot of document.querySelectorAll(".plot")) {
    const box = plot.querySelector(".main-svg")?.getBoundingClientRect();
    const drawn = ".trace path, .trace .point, .bars path, .hm image";
    const marks = plot.querySelectorAll(drawn).length;
    found.plots[plot.dataset.figure] = [marks, box?.width ?? 0, box?.height ?? 0];
  }
  found.clipped = [...document.querySelectorAll(".plot")].flatMap((plot) => {
    const frame = plot.getBoundingClientRect();
    const outside = ({ left, right, top, bottom, width }) => width > 0 &&
      (left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1);
    return [...plot.querySelectorAll("svg text")]
      .filter((text) => outside(text.getBoundingClientRect()))
      .map((text) => `${plot.dataset.figure}: ${text.textContent}`);
  });
  found.overlapping = [...document.querySelectorAll(".plot")].flatMap((plot) => {
    const titles = [...plot.querySelectorAll('.infolayer text[class$="title"]')];
    const boxes = titles.map((title) => title.getBoundingClientRect());
    const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return titles.filter((_, i) => boxes.some((box, j) => j < i && over(box, boxes[i])))
      .map((title) => `${plot.dataset.figure}: ${title.textContent}`);
  });
  found.entities = [...document.querySelectorAll(".plot text")]
    .map((text) => text.textContent).filter((text) => /&#?\w+;/.test(text));
  const images = [];
  Plotly.downloadImage = (figure, options) => images.push(
    Plotly.toImage(figure, options).then((url) => [options.filename, url.split(/[,;]/)[0], url.length]));
  for (const button of document.querySelectorAll("[data-image][data-of=response-curve]")) button.click();
  found.images = await Promise.all(images);
  const click = (name) => heads[column(name)].querySelector("button").click();
  click("value");
  found.rising = values("value");
  click("value");
  found.falling = values("value");
  found.sorted = heads[column("value")].getAttribute("aria-sort");
  found.keyboard = heads.every((head) => head.querySelector("button").tabIndex === 0);
  const search = document.getElementById("search");
  search.value = "pruned";
  search.dispatchEvent(new Event("input"));
  found.searched = rows().filter((row) => !row.hidden).map((row) => row.cells[1].textContent);
  found.said = document.getElementById("found").textContent;
  URL.createObjectURL = (blob) => {
    blob.text().then((text) => parent.postMessage({ ...found, csv: text }, "*"));
    return "blob:none";
  };
  HTMLAnchorElement.prototype.click = () => {};
  document.getElementById("save-trials").click();
});
