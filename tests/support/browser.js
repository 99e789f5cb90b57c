/* Run at the end of a copy of the report: uses it as a reader does, and tells the page around it. */
addEventListener("load", () => {
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
  for (const plot of document.querySelectorAll(".plot")) {
    const box = plot.querySelector(".main-svg")?.getBoundingClientRect();
    const drawn = ".trace path, .trace .point, .bars path, .hm image";
    const marks = plot.querySelectorAll(drawn).length;
    found.plots[plot.dataset.figure] = [marks, box?.width ?? 0, box?.height ?? 0];
  }
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
