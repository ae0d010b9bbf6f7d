// The columns of a table's form: added, moved and taken away without asking the server, and for a new table
// taken from data that is pasted.

import { createFromData } from "./create-from-data.js";

export function upgradeTable(form, frame) {
  const list = form.querySelector(".column-fields");
  form.classList.add("scripted");
  list.querySelectorAll(".column-field").forEach((field) => upgradeColumn(field, list));
  form.querySelector("[data-add-column]").addEventListener("click", (event) => {
    event.preventDefault();
    const field = addColumn(form, list);
    field.querySelector("[name^='name.']").focus();
  });
  // Columns without a name are left out; there is no need to see two of them.
  const blank = [...list.children].filter((field) => !field.querySelector("[name^='name.']").value);
  blank.slice(1).forEach((field) => field.remove());
  if (form.dataset.mode === "create") {
    createFromData(form, frame, (columns) => setColumns(form, list, columns));
  }
}

function addColumn(form, list) {
  const numbers = [...list.children].map((field) => Number(field.dataset.number));
  const number = Math.max(0, ...numbers) + 1;
  const template = form.querySelector("template.blank-column");
  const field = template.content.firstElementChild.cloneNode(true);
  field.dataset.number = number;
  for (const control of field.querySelectorAll("[name$='.N']")) {
    control.name = control.name.replace(/N$/, number);
  }
  list.append(field);
  upgradeColumn(field, list);
  return field;
}

// Puts these columns in place of all: [{name, type, pk}].
function setColumns(form, list, columns) {
  list.replaceChildren();
  for (const column of columns) {
    const field = addColumn(form, list);
    field.querySelector("[name^='name.']").value = column.name;
    field.querySelector("[name^='type.']").value = column.type;
    field.querySelector("[name^='pk.']").checked = column.pk;
    field.dataset.source = column.name;
    field.dispatchEvent(new Event("input"));
  }
}

function upgradeColumn(field, list) {
  const get = (name) => field.querySelector(`[name^='${name}.']`);
  const name = get("name");
  const legend = field.querySelector("legend");
  const kind = get("default_kind");
  const value = field.querySelector(".column-default");
  const update = () => {
    legend.textContent = name.value || "new column";
    value.hidden = kind.value !== "value";
    field.classList.toggle("dropped", get("drop")?.checked ?? false);
  };
  // The order of the fields is the order of the columns; places were for forms without scripts.
  field.querySelector(".column-position").remove();
  field.addEventListener("input", update);
  update();

  const tools = Object.assign(document.createElement("div"), { className: "column-tools" });
  const add = (sign, label, work) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign });
    button.className = "quiet";
    button.title = label;
    button.setAttribute("aria-label", `${label}: ${name.value || "new column"}`);
    button.addEventListener("click", () => {
      work();
      button.isConnected && button.focus();
    });
    tools.append(button);
  };
  add("↑", "Move up", () => field.previousElementSibling?.before(field));
  add("↓", "Move down", () => field.nextElementSibling?.after(field));
  if (!get("drop")) {
    add("✕", "Take away", () => {
      const next = field.nextElementSibling ?? field.previousElementSibling;
      field.remove();
      (next?.querySelector("[name^='name.']") ?? list.parentElement.querySelector("[data-add-column]")).focus();
    });
  }
  legend.after(tools);

  const suggested = field.querySelector(".suggested-reference");
  if (suggested) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "use it" });
    button.className = "quiet";
    button.addEventListener("click", () => {
      get("reference").value = suggested.dataset.reference;
      suggested.remove();
      get("reference").focus();
    });
    suggested.append(" ", button);
  }
}
