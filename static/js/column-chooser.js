// Which columns a table page shows, and in which order.

import { openDialog } from "./dialog.js";

// `address` makes a URL of this page with a changed query.
export function chooseColumns({ allColumns, selectedColumns, primaryKeys }, address) {
  const isKey = (name) => primaryKeys.includes(name) || !allColumns.includes(name);
  const shown = selectedColumns.filter((name) => !isKey(name));
  const order = [...shown, ...allColumns.filter((name) => !isKey(name) && !shown.includes(name))];
  const frame = openDialog({ title: "Choose columns" });
  const form = Object.assign(document.createElement("form"), { className: "core edit-form column-chooser" });
  const all = Object.assign(document.createElement("p"), { className: "choose-all" });
  const list = document.createElement("ol");
  list.append(...order.map((name) => entry(name, shown.includes(name))));
  const boxes = () => [...list.querySelectorAll("input")];
  for (const [text, checked] of [["Select all", true], ["Select none", false]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: text });
    button.addEventListener("click", () => boxes().forEach((box) => (box.checked = checked)));
    all.append(button, " ");
  }
  const buttons = Object.assign(document.createElement("p"), { className: "form-buttons" });
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Cancel" });
  cancel.addEventListener("click", frame.leave);
  buttons.append(Object.assign(document.createElement("button"), { textContent: "Show these columns" }), cancel);
  form.append(all, list, buttons);
  if (primaryKeys.length > 0) {
    const note = `The key (${primaryKeys.join(", ")}) is always shown.`;
    list.after(Object.assign(document.createElement("p"), { className: "choose-note", textContent: note }));
  }
  frame.body.append(form);
  boxes()[0]?.focus();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = boxes().filter((box) => box.checked).map((box) => box.value);
    const natural = allColumns.filter((name) => !isKey(name));
    const hidden = natural.filter((name) => !wanted.includes(name));
    const inOrder = natural.filter((name) => wanted.includes(name)).every((name, index) => name === wanted[index]);
    location.assign(address((query) => {
      query.delete("_col");
      query.delete("_nocol");
      // Leaving out is the shorter way to say it, as long as the order is the table's own.
      if (inOrder && (hidden.length <= wanted.length || wanted.length === 0)) {
        hidden.forEach((name) => query.append("_nocol", name));
      } else {
        wanted.forEach((name) => query.append("_col", name));
      }
    }));
  });
}

function entry(name, checked) {
  const item = Object.assign(document.createElement("li"), { draggable: true });
  const label = document.createElement("label");
  label.append(Object.assign(document.createElement("input"), { type: "checkbox", value: name, checked }), ` ${name}`);
  item.append(label);
  const add = (sign, text, move) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: sign });
    button.setAttribute("aria-label", `${text}: ${name}`);
    button.addEventListener("click", () => {
      move();
      button.focus();
    });
    item.append(button);
  };
  add("↑", "Move up", () => item.previousElementSibling?.before(item));
  add("↓", "Move down", () => item.nextElementSibling?.after(item));
  drag(item);
  return item;
}

let dragged = null;

function drag(item) {
  item.addEventListener("dragstart", () => (dragged = item));
  item.addEventListener("dragend", () => (dragged = null));
  item.addEventListener("dragover", (event) => {
    if (dragged && dragged !== item) {
      event.preventDefault();
      const { top, height } = item.getBoundingClientRect();
      event.clientY < top + height / 2 ? item.before(dragged) : item.after(dragged);
    }
  });
}
