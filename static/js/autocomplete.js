// Suggests rows for a field that holds the key of one: a list under the field, for keyboard and pointer.

let count = 0;

// `onPick` is told the label of the row that was chosen.
export function autocomplete(input, onPick = () => {}) {
  const list = Object.assign(document.createElement("ul"), { className: "suggestions", id: `suggestions-${++count}` });
  list.setAttribute("role", "listbox");
  list.hidden = true;
  const box = Object.assign(document.createElement("div"), { className: "autocomplete" });
  input.replaceWith(box);
  box.append(input, list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-autocomplete", "list");
  hide();

  let asked = 0;
  let timer;
  let active = -1;

  async function search() {
    const number = ++asked;
    const url = new URL(input.dataset.autocompleteUrl, location.href);
    url.searchParams.set("q", input.value);
    if (!input.value) {
      url.searchParams.set("_initial", "1");
    }
    let rows = [];
    try {
      const response = await fetch(url, { headers: { accept: "application/json" } });
      rows = response.ok ? (await response.json()).rows : [];
    } catch {
      // Without suggestions the field is what it was: a place to type.
    }
    // An answer that comes after a newer question is dropped.
    if (number === asked && document.activeElement === input) {
      show(rows);
    }
  }

  function show(rows) {
    list.replaceChildren(...rows.map(option));
    active = -1;
    list.hidden = rows.length === 0;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    input.removeAttribute("aria-activedescendant");
  }

  function option(row, index) {
    const key = String(Object.values(row.pks)[0]);
    const item = Object.assign(document.createElement("li"), { id: `${list.id}-${index}` });
    item.setAttribute("role", "option");
    item.append(Object.assign(document.createElement("span"), { textContent: row.label ?? key }));
    if (row.label != null && String(row.label) !== key) {
      item.append(Object.assign(document.createElement("span"), { className: "suggestion-key", textContent: key }));
    }
    item.addEventListener("pointerdown", (event) => {
      // The field keeps the focus.
      event.preventDefault();
      pick(key, row.label);
    });
    item.dataset.key = key;
    item.dataset.label = row.label ?? "";
    return item;
  }

  function pick(key, label) {
    input.value = key;
    hide();
    onPick(label);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(timer);
  }

  function hide() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }

  function move(step) {
    const items = [...list.children];
    active = (active + step + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
    items[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", items[active].id);
  }

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (event.isTrusted) {
      onPick(null);
      timer = setTimeout(search, 150);
    }
  });
  input.addEventListener("focus", () => (timer = setTimeout(search, 150)));
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    hide();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) {
      search();
      event.preventDefault();
    } else if (step) {
      move(active === -1 && step === -1 ? 0 : step);
      event.preventDefault();
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      const item = list.children[active];
      pick(item.dataset.key, item.dataset.label);
      event.preventDefault();
    } else if (event.key === "Escape" && !list.hidden) {
      // The first Escape closes the list, the next one the dialog.
      hide();
      event.preventDefault();
      event.stopPropagation();
    }
  });
}
