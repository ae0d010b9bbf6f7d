// What can be done with a column: a menu in its header, and the same in a dialog where headers are not shown.

import { chooseColumns } from "./column-chooser.js";
import { chooseColumnType } from "./column-type.js";
import { openDialog } from "./dialog.js";

const params = () => new URLSearchParams(location.search);

function address(change) {
  const next = params();
  next.delete("_next");
  change(next);
  const query = next.toString();
  return location.pathname + (query ? `?${query}` : "");
}

// Removes the pair, and keeps others of the same name.
function removePair(query, name, value) {
  const kept = query.getAll(name).filter((known) => known !== value);
  query.delete(name);
  kept.forEach((known) => query.append(name, known));
}

function actionsOf(header) {
  const { column, columnType, isPk, columnNotNull } = header.dataset;
  const link = header.querySelector("a");
  const isKey = isPk === "1";
  const query = params();
  const sorted = header.getAttribute("aria-sort");
  const actions = [];
  if (link) {
    const sort = (name, other) => address((query) => (query.delete(other), query.set(name, column)));
    if (sorted !== "ascending") {
      actions.push({ label: "Sort ascending", href: sort("_sort", "_sort_desc") });
    }
    if (sorted !== "descending") {
      actions.push({ label: "Sort descending", href: sort("_sort_desc", "_sort") });
    }
  }
  if (header.dataset.isLinkColumn !== "1") {
    const facets = document.querySelector("[data-allow-facet]");
    if (facets && !isKey && !query.getAll("_facet").includes(column)) {
      actions.push({ label: "Facet by this", href: address((query) => query.append("_facet", column)) });
    }
    if (!isKey) {
      const hide = (query) => {
        query.has("_col") ? removePair(query, "_col", column) : query.append("_nocol", column);
      };
      actions.push({ label: "Hide this column", href: address(hide) });
      const name = column.startsWith("_") || column.includes("__") ? `${column}__exact` : column;
      const notBlank = `${name.replace(/__exact$/, "")}__notblank`;
      if (!query.has(notBlank)) {
        actions.push({ label: "Show not-blank rows", href: address((query) => query.set(notBlank, "1")) });
      }
    }
    if (query.has("_col") || query.has("_nocol")) {
      const all = address((query) => (query.delete("_col"), query.delete("_nocol")));
      actions.push({ label: "Show all columns", href: all });
    }
    if (window._setColumnTypeData?.columns[column]?.options.length > 0) {
      actions.push({ label: "Set what it holds…", onClick: () => chooseColumnType(column) });
    }
  }
  const meta = { columnName: column, columnNotNull: columnNotNull === "1", columnType, isPk: isKey };
  return [...actions, ...(window.__DATASETTE__?.makeColumnActions(meta) ?? [])];
}

// `Type: INTEGER NOT NULL`, and the description.
function facts(header) {
  const { columnType, columnNotNull, columnDescription } = header.dataset;
  const type = `${(columnType ?? "").toUpperCase()}${columnNotNull === "1" ? " NOT NULL" : ""}`.trim();
  return [type && `Type: ${type}`, columnDescription].filter(Boolean);
}

function items(header, close) {
  return actionsOf(header).map((action) => {
    const node = document.createElement(action.href ? "a" : "button");
    node.textContent = action.label;
    if (action.href) {
      node.href = action.href;
      node.rel = "nofollow";
    } else {
      node.type = "button";
    }
    node.addEventListener("click", (event) => {
      close();
      action.onClick?.(event);
    });
    return node;
  });
}

let openMenu = null;

function toggle(header, button) {
  const wasMine = openMenu?.button === button;
  openMenu?.close();
  if (wasMine) {
    return;
  }
  const menu = Object.assign(document.createElement("div"), { className: "column-menu" });
  const list = Object.assign(document.createElement("div"), { className: "column-menu-items" });
  list.setAttribute("role", "menu");
  list.setAttribute("aria-label", `Column ${header.dataset.column}`);
  const close = () => {
    openMenu = null;
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  list.append(...items(header, close));
  [...list.children].forEach((item) => item.setAttribute("role", "menuitem"));
  menu.append(list, ...facts(header).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  document.body.append(menu);
  const place = button.getBoundingClientRect();
  menu.style.top = `${place.bottom + 4}px`;
  menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - menu.offsetWidth - 8))}px`;
  button.setAttribute("aria-expanded", "true");
  openMenu = { menu, button, close };
  list.querySelector("a, button")?.focus();
}

document.addEventListener("pointerdown", (event) => {
  if (openMenu && !openMenu.menu.contains(event.target) && event.target !== openMenu.button) {
    openMenu.close();
  }
});
addEventListener("resize", () => openMenu?.close());
document.addEventListener("scroll", () => openMenu?.close(), { capture: true, passive: true });

document.addEventListener("keydown", (event) => {
  if (!openMenu) {
    return;
  }
  const items = [...openMenu.menu.querySelectorAll("[role=menuitem]")];
  const current = items.indexOf(document.activeElement);
  const to = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    openMenu.close();
  } else if (to !== undefined) {
    event.preventDefault();
    items[(to + items.length) % items.length]?.focus();
  }
});

function addMenus() {
  for (const header of document.querySelectorAll("table.rows-and-columns th[data-column]")) {
    if (header.querySelector(".column-menu-button") || actionsOf(header).length === 0) {
      continue;
    }
    const button = Object.assign(document.createElement("button"), { type: "button", className: "column-menu-button" });
    button.setAttribute("aria-label", `Actions for column ${header.dataset.column}`);
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => toggle(header, button));
    header.append(button);
  }
}

// Narrow screens show rows as cards, without headers.
function showColumnActions() {
  const frame = openDialog({ title: "Column actions" });
  const close = () => frame.dialog.close();
  const headers = [...document.querySelectorAll("table.rows-and-columns th[data-column]")];
  for (const header of headers) {
    const box = Object.assign(document.createElement("details"), { className: "column-actions", name: "column-actions" });
    box.append(Object.assign(document.createElement("summary"), { textContent: header.dataset.column }));
    box.append(...items(header, close));
    box.append(...facts(header).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    frame.body.append(box);
  }
  frame.body.querySelector("summary")?.focus();
}

function start() {
  addMenus();
  const { allColumns = [], primaryKeys = [] } = window._columnChooserData ?? {};
  const choose = document.querySelector("[data-choose-columns]");
  if (choose && allColumns.length > primaryKeys.length + 1) {
    choose.hidden = false;
    choose.addEventListener("click", () => chooseColumns(window._columnChooserData, address));
  }
  const actions = document.querySelector("[data-column-actions]");
  if (actions) {
    actions.hidden = false;
    actions.addEventListener("click", showColumnActions);
  }
}

// Plugins are there by then, and their entries count.
document.addEventListener("DOMContentLoaded", start);
document.addEventListener("rows-replaced", addMenus);
