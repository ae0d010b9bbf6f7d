// The fields of a row's form, with what scripts can do for them: suggestions, choices that show only when they
// matter, files that can be looked at, and controls that plugins bring.

import { autocomplete } from "./autocomplete.js";

// Returns what tidies up when the form is gone.
export function upgradeRow(form, frame) {
  const tidies = [...form.querySelectorAll(".row-field")].map((node) => upgradeField(node, form, frame));
  return () => tidies.forEach((tidy) => tidy?.());
}

function upgradeField(node, form, frame) {
  if (node.dataset.kind === "file") {
    return previewFile(node);
  }
  const input = node.querySelector("[name^='value.']");
  if (!input) {
    return null;
  }
  const choice = node.querySelector(".if-empty");
  if (choice) {
    const select = choice.querySelector("select");
    choice.classList.add("compact");
    const update = () => {
      choice.hidden = input.value !== "";
      const chosen = select.selectedOptions[0];
      input.placeholder = chosen.value === "text" ? "" : chosen.textContent;
    };
    input.addEventListener("input", update);
    select.addEventListener("change", update);
    update();
  }
  if (input.dataset.autocompleteUrl) {
    const label = node.querySelector(".reference-label") ?? document.createElement("span");
    label.className = "reference-label";
    node.querySelector(".row-field-notes").prepend(label, " ");
    autocomplete(input, (text) => (label.textContent = text ?? ""));
  }
  if (input.matches("textarea")) {
    grow(input);
  }
  return ownControl(node, input, form, frame);
}

function grow(textarea) {
  const update = () => {
    textarea.rows = Math.min(Math.max(textarea.value.split("\n").length + 1, 3), 20);
  };
  textarea.addEventListener("input", update);
}

// The control of a plugin, or one of ours, around the field's own.
function ownControl(node, input, form, frame) {
  const { mode, database, table, tableUrl } = form.dataset;
  const { column, sqliteType, notNull, isPk, columnType, columnTypeConfig, defaultExpression } = node.dataset;
  const context = {
    mode,
    database,
    table,
    tableUrl,
    column,
    columnType: columnType ? { type: columnType, config: columnTypeConfig ? JSON.parse(columnTypeConfig) : null } : null,
    sqliteType: sqliteType || null,
    notNull: notNull === "1",
    isPk: isPk === "1",
    defaultExpression: defaultExpression ?? null,
    form,
    dialog: frame?.dialog ?? null,
  };
  const control = window.__DATASETTE__?.makeColumnField(context) ?? (columnType === "json" ? jsonControl : null);
  if (!control) {
    return null;
  }
  if (control.useTextarea && !input.matches("textarea")) {
    input = withTextarea(input);
  }
  const field = fieldApi(node, input, context);
  const wrap = Object.assign(document.createElement("div"), { className: "plugin-control" });
  wrap.dataset.column = column;
  field.root = wrap;
  const place = input.closest(".autocomplete") ?? input;
  place.after(wrap);
  try {
    const rendered = control.render?.(field);
    // A control that is the field itself stays where it is.
    if (rendered && rendered !== input) {
      wrap.append(rendered);
      place.hidden = true;
    }
  } catch (error) {
    console.error(`The control of ${control.pluginName ?? columnType} for ${column} failed`, error);
  }
  if (control.focus) {
    // Whoever wants to put the focus into this field asks the control.
    node.focusControl = () => control.focus(field);
    node.querySelector("label").addEventListener("click", node.focusControl);
  }
  return () => control.destroy?.(field);
}

function withTextarea(input) {
  const textarea = document.createElement("textarea");
  for (const { name, value } of [...input.attributes]) {
    if (!["type", "value", "inputmode"].includes(name)) {
      textarea.setAttribute(name, value);
    }
  }
  textarea.value = input.value;
  input.replaceWith(textarea);
  grow(textarea);
  return textarea;
}

// What plugins are given of a field.
function fieldApi(node, input, context) {
  const select = node.querySelector(".if-empty select");
  const notes = node.querySelector(".row-field-notes");
  const choose = (name) => {
    if (select && [...select.options].some((option) => option.value === name)) {
      select.value = name;
    }
  };
  const changed = () => input.dispatchEvent(new Event("input", { bubbles: true }));
  const whatIsEmpty = () => select?.value ?? (input.placeholder.startsWith("default") ? "default" : "null");
  const field = {
    context,
    id: input.id,
    labelId: `${input.id}-label`,
    descriptionId: notes.id,
    root: null,
    form: context.form,
    dialog: context.dialog,
    input,
    control: input,
    meta: notes,
    getValue() {
      if (input.value === "") {
        return { text: "", null: null }[whatIsEmpty()];
      }
      const isNumber = ["INTEGER", "REAL"].includes(context.sqliteType) && input.value.trim() !== "";
      return isNumber && Number.isFinite(Number(input.value)) ? Number(input.value) : input.value;
    },
    setValue(value) {
      if (value !== null && typeof value === "object") {
        throw new TypeError("A field takes text, a number, true, false or null; make text of an object first");
      }
      input.value = value ?? "";
      choose(value == null ? "null" : "text");
      changed();
    },
    getInitialValue: () => input.defaultValue,
    hasChanged: () => input.value !== input.defaultValue,
    clearValue: () => field.setValue(null),
    isUsingSqliteDefault: () => input.value === "" && whatIsEmpty() === "default",
    useSqliteDefault() {
      input.value = "";
      choose("default");
      changed();
    },
    stopUsingSqliteDefault() {
      if (field.isUsingSqliteDefault()) {
        choose(context.notNull ? "text" : "null");
        changed();
      }
    },
    markClean: () => (input.defaultValue = input.value),
    setValidity(message) {
      input.setCustomValidity(message);
      message ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
      const error = notes.querySelector(".field-error") ?? document.createElement("span");
      error.className = "field-error";
      error.textContent = message;
      notes.prepend(error);
    },
    clearValidity: () => field.setValidity(""),
  };
  return field;
}

// JSON is checked while it is typed.
const jsonControl = {
  useTextarea: true,
  render(field) {
    const check = () => {
      try {
        if (field.input.value.trim() !== "") {
          JSON.parse(field.input.value);
        }
        field.clearValidity();
      } catch (problem) {
        field.setValidity(`This is no JSON yet: ${problem.message}`);
      }
    };
    field.input.addEventListener("input", check);
    return field.input;
  },
};

// Bytes that are an image are shown, those stored and those chosen.
function previewFile(node) {
  const input = node.querySelector("input[type=file]");
  const stored = node.querySelector("[data-preview]");
  const image = Object.assign(document.createElement("img"), { className: "file-preview", alt: "", hidden: true });
  input.before(image);
  let url = null;
  const show = async (blob) => {
    URL.revokeObjectURL(url);
    const type = imageType(new Uint8Array(await blob.slice(0, 12).arrayBuffer()));
    image.hidden = type === null;
    if (type) {
      url = URL.createObjectURL(new Blob([blob], { type }));
      image.src = url;
    }
  };
  const showStored = async () => {
    if (stored) {
      const response = await fetch(stored.href);
      if (response.ok) {
        await show(await response.blob());
      }
    } else {
      image.hidden = true;
    }
  };
  input.addEventListener("change", () => (input.files[0] ? show(input.files[0]) : showStored()));
  showStored();
  return () => URL.revokeObjectURL(url);
}

// By its first bytes: names and declared types are not stored.
function imageType(bytes) {
  const starts = (...signature) => signature.every((byte, index) => byte === null || bytes[index] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "image/gif";
  if (starts(0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50)) return "image/webp";
  return null;
}
