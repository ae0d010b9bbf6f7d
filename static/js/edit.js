// Makes dialogs of the pages on which rows and tables are changed. Without it the links and buttons lead to
// those pages.

import { openForm } from "./dialog.js";
import { upgradeRow } from "./fields.js";
import { insertMany } from "./bulk.js";
import { refreshRows, say } from "./refresh.js";
import { upgradeTable } from "./table-form.js";

const data = () => window._datasetteTableData ?? {};

function upgrade(form, frame) {
  switch (form.dataset.form) {
    case "row":
      return upgradeRow(form, frame);
    case "table":
      return upgradeTable(form, frame);
    default:
      return null;
  }
}

function goTo(answer) {
  const here = location.pathname === new URL(answer.redirect, location.href).pathname;
  here ? location.reload() : location.assign(answer.redirect);
}

// On the page of a table its rows are brought up to date; from anywhere else the way leads on.
async function rowChanged(answer, isDeleted, row) {
  if (!document.body.classList.contains("table")) {
    goTo(answer);
    return;
  }
  await refreshRows();
  // The link that opened the dialog was replaced with its row.
  const again = row && document.querySelector(`tr[data-row="${CSS.escape(row)}"] [data-row-action]`);
  (again ?? (row ? document.querySelector(".table-wrapper") : null))?.focus();
  const isRow = !isDeleted && answer.redirect !== data().tableUrl;
  say(answer.message, isRow ? { href: answer.redirect, label: "Show it" } : null);
}

function openRowForm(url, row, isDeleted = false) {
  const stays = document.body.classList.contains("table");
  openForm(url, { upgrade, stays, onDone: (answer) => rowChanged(answer, isDeleted, row) });
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-row-action], [data-table-action], [data-database-action]");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  const url = target.getAttribute("href") ?? target.getAttribute("formaction");
  const row = target.closest("tr")?.dataset.row ?? null;
  const action = target.dataset.rowAction ?? target.dataset.tableAction ?? target.dataset.databaseAction;
  const open = {
    edit: () => openRowForm(url, row),
    delete: () => openRowForm(url, row, true),
    "insert-row": () => openRowForm(url, null),
    "insert-many": () => insertMany(data()),
    "alter-table": () => openForm(url, { upgrade, onDone: goTo }),
    "create-table": () => openForm(url, { upgrade, onDone: goTo }),
  }[action];
  if (open && (url || action === "insert-many")) {
    event.preventDefault();
    const menu = target.closest("details[open]");
    if (menu) {
      // The focus comes back to what can be seen then.
      menu.open = false;
      menu.querySelector("summary").focus();
    } else {
      target.focus();
    }
    open();
  }
});

// Rows of a table can be changed where they stand.
function addRowActions() {
  const { tableUrl, updateRow, deleteRow } = data();
  if (!document.body.classList.contains("table") || !(updateRow || deleteRow)) {
    return;
  }
  for (const row of document.querySelectorAll("tr[data-row]")) {
    const cell = row.querySelector("td.type-pk");
    const name = row.dataset.rowLabel ?? cell?.textContent;
    if (!cell || cell.querySelector(".row-actions")) {
      continue;
    }
    const actions = Object.assign(document.createElement("span"), { className: "row-actions" });
    const add = (action, form, sign, label) => {
      const link = Object.assign(document.createElement("a"), {
        href: `${tableUrl}/${row.dataset.row}/-/${form}`,
        textContent: sign,
        title: label,
      });
      link.dataset.rowAction = action;
      link.setAttribute("aria-label", `${label} ${name}`);
      actions.append(link);
    };
    if (updateRow) {
      add("edit", "update-form", "✎", "Edit row");
    }
    if (deleteRow) {
      add("delete", "delete-form", "✕", "Delete row");
    }
    cell.append(actions);
  }
}

document.querySelector("[data-table-action=insert-many]")?.removeAttribute("hidden");
document.addEventListener("rows-replaced", addRowActions);
addRowActions();

// A form's own page has the same fields, and the plugins are there by then.
document.addEventListener("datasette_init", () => {
  const form = document.querySelector("main form.edit-form");
  if (form) {
    upgrade(form, null);
  }
});
