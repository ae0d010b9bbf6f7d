// Says what a column holds, beyond SQLite's types: URLs, e-mail addresses, JSON.

import { openDialog, showErrors } from "./dialog.js";

export function chooseColumnType(column) {
  const { path, columns } = window._setColumnTypeData;
  const { current, options } = columns[column];
  const frame = openDialog({ title: `What ${column} holds` });
  const form = Object.assign(document.createElement("form"), { className: "core edit-form column-type" });
  const list = Object.assign(document.createElement("div"), { className: "choices" });
  for (const { name, description } of [{ name: "", description: "Anything" }, ...options]) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "type", value: name });
    radio.checked = name === (current?.type ?? "");
    label.append(radio, ` ${description}`);
    list.append(label);
  }
  const buttons = Object.assign(document.createElement("p"), { className: "form-buttons" });
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Cancel" });
  cancel.addEventListener("click", frame.leave);
  buttons.append(Object.assign(document.createElement("button"), { textContent: "Save" }), cancel);
  form.append(list, buttons);
  frame.body.append(form);
  form.querySelector(":checked")?.focus();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const type = form.elements.type.value;
    // The configuration belongs to the type it was made for.
    const config = type === current?.type && current?.config ? { config: current.config } : {};
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ column, column_type: type ? { type, ...config } : null }),
      });
      if (!response.ok) {
        throw new Error((await response.json()).error);
      }
      location.reload();
    } catch (problem) {
      showErrors(form, [problem.message]);
    }
  });
}
