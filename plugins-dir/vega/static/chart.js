// A panel above the rows that draws them. What was chosen stands in the fragment of the address, so that a chart can
// be sent to somebody.

import { loadScripts, makePanelPlace, pages } from "./rows.js";
import { COUNT, MARKS, TYPES, describe, fromFragment, makeSpec, suggest, toFragment, typeOf } from "./spec.js";

const LIBRARIES = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];

// More points than these help nobody, and a browser feels them.
const MOST_ROWS = 10_000;

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// Column names, in the order of the page.
function pageColumns() {
  const heads = document.querySelectorAll("table.rows-and-columns th[data-column]");
  if (heads.length) {
    return [...heads].map((head) => head.dataset.column);
  }
  return [...document.querySelectorAll("table.rows-and-columns th")].map((head) => head.textContent.trim());
}

async function read(signal) {
  const rows = [];
  let total = null;
  for await (const page of pages({ signal })) {
    rows.push(...page.rows);
    total = page.count ?? total;
    if (rows.length >= MOST_ROWS && !page.isLast) {
      return { rows: rows.slice(0, MOST_ROWS), total, isWhole: false };
    }
  }
  return { rows, total, isWhole: true };
}

// Colours of the page: they differ by day and night.
function look() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  const [text, muted, line, accent] = ["--text", "--muted", "--line", "--accent"].map(value);
  const axis = { labelColor: muted, titleColor: text, gridColor: line, domainColor: muted, tickColor: muted, titlePadding: 8 };
  return {
    font: getComputedStyle(document.body).fontFamily,
    axis: { ...axis, labelFontSize: 12, titleFontSize: 13, titleFontWeight: 600 },
    legend: { labelColor: text, titleColor: text },
    mark: { color: accent },
    view: { stroke: "transparent" },
  };
}

class Chart {
  constructor(node) {
    this.columns = pageColumns();
    this.chosen = fromFragment(location.hash, this.columns) !== null;
    this.data = null;
    this.drawn = 0;
    this.details = element("details", { class: "vega-chart" });
    this.form = element("form", { class: "core vega-form" });
    this.status = element("p", { class: "vega-status", role: "status" });
    this.canvas = element("div", { class: "vega-canvas" });
    this.details.append(element("summary", {}, "Draw a chart of these rows"), this.form, this.status, this.canvas);
    this.details.addEventListener("toggle", () => this.details.open && this.open());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => this.changed(event.target));
    node.append(this.details);
    const redraw = () => this.data && this.draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    document.addEventListener("rows-replaced", () => this.data && this.load());
    window.addEventListener("hashchange", () => this.follow());
    if (this.chosen) {
      this.details.open = true;
      // Who comes with a chart's address wants to see it, whatever the first panel is.
      queueMicrotask(() => document.querySelector(`[aria-controls="${node.id}"]`)?.click());
    }
  }

  // Somebody went back, or came with another chart's address.
  follow() {
    const chosen = fromFragment(location.hash, this.columns);
    if (chosen && this.data && toFragment(this.choice) !== toFragment({ ...this.choice, ...chosen })) {
      this.choice = { ...this.choice, ...chosen };
      this.fill();
      this.draw();
    }
  }

  async open() {
    if (!this.loading) {
      this.loading = this.load();
    }
    await this.loading;
  }

  async load() {
    this.status.textContent = "Loading the rows…";
    try {
      const [data] = await Promise.all([read(), loadScripts(LIBRARIES)]);
      this.data = data;
    } catch (error) {
      this.loading = null;
      this.status.textContent = `There is no chart: ${error.message}`;
      return;
    }
    if (!this.data.rows.length) {
      this.status.textContent = "There are no rows to draw.";
      return;
    }
    this.columns = Object.keys(this.data.rows[0]);
    this.choice ??= { ...suggest(this.data.rows, this.columns), ...this.consistent(fromFragment(location.hash, this.columns) ?? {}) };
    this.fill();
    await this.draw();
  }

  // A column without its type has the one that its values have.
  consistent(chosen) {
    const type = (column) => (column === COUNT ? "quantitative" : typeOf(this.data.rows, column));
    const types = {
      ...(chosen.x && !chosen.xType ? { xType: type(chosen.x) } : {}),
      ...(chosen.y && !chosen.yType ? { yType: type(chosen.y) } : {}),
    };
    return { ...chosen, ...types };
  }

  select(key, label, options) {
    const select = element("select", { id: `vega-${key}`, name: key });
    for (const [value, text] of options) {
      select.append(element("option", { value }, text));
    }
    select.value = this.choice[key];
    return element("p", { class: `vega-field vega-${key}` }, element("label", { for: select.id }, label), select);
  }

  fill() {
    const columns = this.columns.map((column) => [column, column]);
    const types = Object.entries(TYPES);
    const fields = [
      this.select("mark", "Draw", Object.entries(MARKS)),
      this.select("x", "Across", columns),
      this.select("xType", "as", types),
      this.select("y", "Up", [[COUNT, "Number of rows"], ...columns]),
      this.select("yType", "as", types),
      this.select("color", "Colour", [["", "the same"], ...columns]),
      this.select("size", "Size", [["", "the same"], ...columns]),
    ];
    this.form.replaceChildren(...fields);
    this.show();
  }

  // Fields that would do nothing are not there.
  show() {
    this.form.querySelector(".vega-size").hidden = this.choice.mark !== "circle";
    this.form.querySelector(".vega-yType").hidden = this.choice.y === COUNT;
  }

  changed({ name, value }) {
    this.choice[name] = value;
    for (const [column, type] of [["x", "xType"], ["y", "yType"]]) {
      if (name === column) {
        this.choice[type] = value === COUNT ? "quantitative" : typeOf(this.data.rows, value);
        this.form.elements[type].value = this.choice[type];
      }
    }
    this.show();
    history.replaceState(history.state, "", `#${toFragment(this.choice)}`);
    this.draw();
  }

  async draw() {
    const { rows, total, isWhole } = this.data;
    const turn = ++this.drawn;
    const sight = describe(this.choice, rows);
    const target = element("div", { class: "vega-target", role: "img", "aria-label": sight });
    this.canvas.replaceChildren(target);
    try {
      // Expressions are interpreted: pages may forbid code made of text.
      const options = { actions: { export: true, source: false, compiled: false, editor: false }, ast: true, renderer: "svg" };
      await vegaEmbed(target, makeSpec(this.choice, rows, look()), options);
      if (turn === this.drawn) {
        const of = total ? ` of ${total.toLocaleString()}` : "";
        this.status.textContent = isWhole ? "" : `The first ${rows.length.toLocaleString()}${of} rows are drawn.`;
      }
    } catch (error) {
      if (turn === this.drawn) {
        this.status.textContent = `This can't be drawn: ${error.message}`;
      }
    }
  }
}

document.addEventListener("datasette_init", ({ detail: manager }) => {
  if (!document.querySelector("table.rows-and-columns tbody tr")) {
    return;
  }
  makePanelPlace();
  manager.registerPlugin("datasette-vega", {
    version: 1,
    makeAboveTablePanelConfigs: () => [{ id: "chart", label: "Chart", render: (node) => new Chart(node) }],
  });
});
