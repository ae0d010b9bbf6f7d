// Many rows at once: data that somebody pastes or opens is looked at cell by cell, and sent in batches.

import { openDialog, showErrors } from "./dialog.js";
import { dataInput } from "./data-input.js";
import { progressBar, sendRows } from "./send-rows.js";
import { refreshRows, say } from "./refresh.js";
import { isNumber, valueFor } from "./tabular.js";

const SHOWN_ROWS = 50;

export function insertMany({ table, insertRow }) {
  const columns = new Map(insertRow.bulkColumns.map((column) => [column.name, column]));
  let data = null;
  let sent = 0;
  const frame = openDialog({
    title: `Insert rows into ${table}`,
    wide: true,
    isDirty: () => input.textarea.value !== "",
    onClose: () => sent > 0 && finish(),
  });
  const form = Object.assign(document.createElement("form"), { className: "core edit-form bulk-form" });
  const input = dataInput((read) => {
    data = read;
    sent = 0;
    update();
  });
  const preview = Object.assign(document.createElement("div"), { className: "bulk-preview" });
  const modes = modeChooser(insertRow, () => update());
  const progress = progressBar();
  const submit = Object.assign(document.createElement("button"), { textContent: "Insert rows", disabled: true });
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "quiet" });
  cancel.textContent = "Cancel";
  cancel.addEventListener("click", frame.leave);
  const buttons = Object.assign(document.createElement("p"), { className: "form-buttons" });
  buttons.append(submit, cancel);
  form.append(input.node, modes.node, preview, progress.node, buttons);
  frame.body.append(form);
  input.textarea.focus();

  function update() {
    showErrors(form, []);
    const checked = data ? check(data, columns, insertRow.primaryKeys, modes.value()) : null;
    preview.replaceChildren(...(checked ? [summary(checked), previewTable(data, checked)] : []));
    submit.disabled = !checked || checked.count > 0 || data.rows.length === 0;
    const verb = modes.value() === "upsert" ? "Write" : "Insert";
    const count = data ? data.rows.length.toLocaleString("en") : "";
    submit.textContent = `${verb} ${count} ${data?.rows.length === 1 ? "row" : "rows"}`;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const mode = modes.value();
    const rows = prepare(data, columns);
    submit.disabled = true;
    showErrors(form, []);
    try {
      await sendRows(mode === "upsert" ? insertRow.upsertPath : insertRow.path, rows, {
        batch: insertRow.maxInsertRows,
        options: mode === "ignore" ? { ignore: true } : {},
        start: sent,
        onProgress: (done, all) => {
          sent = done;
          progress.update(done, all);
        },
      });
      input.textarea.value = "";
      frame.dialog.close();
    } catch (problem) {
      const before = problem.sent > 0 ? ` The ${problem.sent} rows before them are written; sending again goes on from there.` : "";
      showErrors(form, [problem.message + before]);
      submit.disabled = false;
    }
  });

  async function finish() {
    await refreshRows();
    say(`${sent.toLocaleString("en")} ${sent === 1 ? "row" : "rows"} sent`);
  }
  update();
}

function modeChooser({ upsertPath, primaryKeys }, onChange) {
  const node = Object.assign(document.createElement("fieldset"), { className: "bulk-modes" });
  node.append(Object.assign(document.createElement("legend"), { textContent: "Rows that are there already" }));
  const add = (value, text) => {
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "mode", value });
    radio.checked = value === "insert";
    const label = document.createElement("label");
    label.append(radio, ` ${text}`);
    node.append(label);
  };
  add("insert", "are a mistake: stop there");
  add("ignore", "stay as they are");
  if (upsertPath && primaryKeys.length > 0) {
    add("upsert", `get the new values (by ${primaryKeys.join(", ")})`);
  }
  node.addEventListener("change", onChange);
  return { node, value: () => node.querySelector(":checked").value };
}

const isEmpty = (value) => value === null || value === undefined || value === "";

// What is wrong with a cell, or null.
function problemOf(value, column) {
  if (isEmpty(value)) {
    const needed = column.notnull && !column.has_default && !column.is_auto_pk && column.value_kind === "number";
    return needed ? "can't be empty" : null;
  }
  if (column.value_kind === "number" && typeof value === "string" && !isNumber(value.trim())) {
    return "is no number";
  }
  const text = String(value);
  switch (column.column_type?.type) {
    case "url":
      return /^https?:\/\/\S+$/i.test(text.trim()) ? null : "is no URL";
    case "email":
      return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text.trim()) ? null : "is no e-mail address";
    case "json":
      return typeof value === "object" || canParse(text) ? null : "is no JSON";
    default:
      return null;
  }
}

function canParse(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// Everything that is wrong: cells by row and column, and columns that are not there or missing.
function check(data, columns, keys, mode) {
  const unknown = data.columns.filter((name) => !columns.has(name));
  const needsKey = mode === "upsert" ? keys.filter((key) => !data.columns.includes(key)) : [];
  const general = [
    ...unknown.map((name) => `The table has no column ${name}`),
    ...needsKey.map((name) => `The column ${name} is needed to find rows again`),
  ];
  const cells = new Map();
  for (const [index, row] of data.rows.entries()) {
    for (const name of data.columns) {
      const column = columns.get(name);
      const key = mode === "upsert" && keys.includes(name) && isEmpty(row[name]) ? "can't be empty" : null;
      const problem = column && (key ?? problemOf(row[name], column));
      if (problem) {
        cells.set(`${index} ${name}`, problem);
      }
    }
  }
  return { general, cells, count: general.length + cells.size };
}

function summary({ general, cells }) {
  const node = document.createElement("div");
  const add = (text) => node.append(Object.assign(document.createElement("p"), { className: "field-error", textContent: text }));
  general.forEach(add);
  for (const [place, problem] of [...cells].slice(0, 5)) {
    const [index, ...name] = place.split(" ");
    add(`Row ${Number(index) + 1}: ${name.join(" ")} ${problem}`);
  }
  if (cells.size > 5) {
    add(`… and ${cells.size - 5} more`);
  }
  node.setAttribute("role", "status");
  return node;
}

function previewTable(data, { cells }) {
  const wrapper = Object.assign(document.createElement("div"), { className: "preview-wrapper", tabIndex: 0 });
  const table = Object.assign(document.createElement("table"), { className: "preview" });
  const head = table.createTHead().insertRow();
  for (const name of data.columns) {
    head.append(Object.assign(document.createElement("th"), { textContent: name, scope: "col" }));
  }
  const body = table.createTBody();
  for (const [index, row] of data.rows.slice(0, SHOWN_ROWS).entries()) {
    const line = body.insertRow();
    for (const name of data.columns) {
      const value = row[name];
      const cell = line.insertCell();
      cell.textContent = value !== null && typeof value === "object" ? JSON.stringify(value) : value ?? "";
      const problem = cells.get(`${index} ${name}`);
      if (problem) {
        cell.className = "wrong";
        cell.title = `${name} ${problem}`;
      }
    }
  }
  wrapper.append(table);
  if (data.rows.length > SHOWN_ROWS) {
    wrapper.append(Object.assign(document.createElement("p"), { className: "hint", textContent: `… and ${(data.rows.length - SHOWN_ROWS).toLocaleString("en")} more rows` }));
  }
  return wrapper;
}

// Rows as the API takes them. A column that is empty throughout is left to its default.
function prepare(data, columns) {
  const used = data.columns.filter((name) => {
    const { has_default: hasDefault, is_auto_pk: isAutomatic } = columns.get(name);
    return !((hasDefault || isAutomatic) && data.rows.every((row) => isEmpty(row[name])));
  });
  const value = (value, column) => {
    if (value === "" && !column.notnull) {
      return null;
    }
    const type = { INTEGER: "integer", REAL: "float" }[column.sqlite_type] ?? "text";
    return valueFor(value, type) ?? null;
  };
  return data.rows.map((row) => Object.fromEntries(used.map((name) => [name, value(row[name], columns.get(name))])));
}
