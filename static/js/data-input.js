// A place for data: pasted, dropped or opened from a file.

import { parseRows } from "./tabular.js";

// `onData` is told {format, columns, rows}, or null and what is wrong.
export function dataInput(onData) {
  const node = Object.assign(document.createElement("div"), { className: "data-input" });
  const label = document.createElement("label");
  label.append("Paste CSV, TSV, JSON or JSON lines; the first line of CSV and TSV names the columns");
  const textarea = Object.assign(document.createElement("textarea"), { rows: 7, spellcheck: false });
  textarea.setAttribute("autocapitalize", "off");
  label.append(textarea);
  const fileLabel = Object.assign(document.createElement("label"), { className: "open-file" });
  const file = Object.assign(document.createElement("input"), {
    type: "file",
    accept: ".csv,.tsv,.txt,.json,.ndjson,.jsonl,.nl,text/csv,application/json",
  });
  fileLabel.append("or open a file ", file);
  const note = Object.assign(document.createElement("p"), { className: "data-note" });
  note.setAttribute("role", "status");
  node.append(label, fileLabel, note);

  const read = () => {
    if (textarea.value.trim() === "") {
      note.textContent = "";
      onData(null, "");
      return;
    }
    try {
      const data = parseRows(textarea.value);
      const { length } = data.rows;
      note.textContent = `${data.format}: ${length.toLocaleString("en")} ${length === 1 ? "row" : "rows"}, ${data.columns.length} columns`;
      note.classList.remove("field-error");
      onData(data, "");
    } catch (problem) {
      note.textContent = problem.message;
      note.classList.add("field-error");
      onData(null, problem.message);
    }
  };
  const open = async (chosen) => {
    if (chosen) {
      textarea.value = await chosen.text();
      read();
    }
  };
  let timer;
  textarea.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(read, 200);
  });
  file.addEventListener("change", () => open(file.files[0]));
  node.addEventListener("dragover", (event) => event.preventDefault());
  node.addEventListener("drop", (event) => {
    if (event.dataTransfer.files[0]) {
      event.preventDefault();
      open(event.dataTransfer.files[0]);
    }
  });
  return { node, textarea };
}
