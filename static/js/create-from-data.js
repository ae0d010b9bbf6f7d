// A new table from data: its columns fill the form, and once the table is there its rows are sent.

import { dataInput } from "./data-input.js";
import { progressBar, sendRows } from "./send-rows.js";
import { typeOf, valueFor } from "./tabular.js";

// `setColumns` fills the form with columns. Without a dialog nobody would send the rows.
export function createFromData(form, frame, setColumns) {
  const { canInsertRows, maxInsertRows } = window._datasetteDatabaseData?.createTable ?? {};
  if (!frame) {
    return;
  }
  const box = Object.assign(document.createElement("details"), { className: "from-data" });
  box.append(Object.assign(document.createElement("summary"), { textContent: "Take the columns from data" }));
  const choice = document.createElement("label");
  const withRows = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
  choice.append(withRows, " insert the rows as well");
  choice.hidden = !canInsertRows;
  const input = dataInput((read) => {
    frame.data = read;
    if (read) {
      setColumns(columnsOf(read));
    }
  });
  const progress = progressBar();
  box.append(input.node, choice);
  form.querySelector(".form-row").after(box);
  form.querySelector(".form-buttons").before(progress.node);
  if (frame.data) {
    box.append(Object.assign(document.createElement("p"), { textContent: "The data is still here." }));
  }

  // A column that was renamed keeps what came with it.
  const sources = () => {
    const before = new Map((frame.sources ?? []).map(({ name, source }) => [name, source]));
    return [...form.querySelectorAll(".column-field")].map((field, index) => {
      const name = field.querySelector("[name^='name.']").value;
      const type = field.querySelector("[name^='type.']").value;
      return { name, type, source: field.dataset.source ?? before.get(name) ?? frame.data?.columns[index] };
    });
  };
  form.addEventListener("submit", () => {
    frame.sources = sources();
    frame.beforeLeaving = async (answer) => {
      if (!frame.data || !canInsertRows || !withRows.checked) {
        return;
      }
      const known = frame.sources.filter(({ source, name }) => name && frame.data.columns.includes(source));
      const rows = frame.data.rows.map((row) =>
        Object.fromEntries(known.map(({ name, type, source }) => [name, valueFor(row[source], type) ?? null])),
      );
      try {
        await sendRows(`${answer.redirect}/-/insert`, rows, { batch: maxInsertRows, onProgress: progress.update });
      } catch (problem) {
        // The table can't be made a second time.
        const open = Object.assign(document.createElement("a"), { href: answer.redirect, textContent: "Open the table" });
        form.querySelector(".form-buttons").replaceChildren(open);
        throw new Error(`The table is made, and has ${problem.sent} rows. ${problem.message}`);
      }
    };
  });
}

function columnsOf({ columns, rows }) {
  const described = columns.map((name) => {
    const values = rows.map((row) => row[name]);
    return { name, type: typeOf(values), values };
  });
  // A first column of different numbers, or one called id without gaps or repetitions, is the key.
  const isKey = ({ name, values }, index) =>
    (index === 0 || name.toLowerCase() === "id") &&
    /(^|_)id$|^key$/i.test(name) &&
    values.every((value) => value !== null && value !== undefined && value !== "") &&
    new Set(values.map(String)).size === values.length;
  const key = described.findIndex(isKey);
  return described.map(({ name, type }, index) => ({ name, type, pk: index === key }));
}
