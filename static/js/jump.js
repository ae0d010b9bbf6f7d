// "Jump to": a dialog that searches databases, tables and queries. The `/` key opens it.

const opener = document.querySelector(".jump-open");

if (opener && typeof HTMLDialogElement === "function") {
  opener.hidden = false;
  opener.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      open();
    }
  });
}

let dialog, input, list, note, sections, timer;
let asked = 0;

function open() {
  if (!dialog) {
    build();
  }
  if (!dialog.open) {
    input.value = "";
    dialog.showModal();
    showSections();
    search();
  }
}

function build() {
  dialog = document.createElement("dialog");
  dialog.className = "jump-dialog";
  dialog.setAttribute("aria-label", "Jump to");
  input = document.createElement("input");
  input.type = "search";
  input.placeholder = "Database, table, query…";
  input.setAttribute("aria-label", "Name of a database, table or query");
  list = document.createElement("ul");
  note = document.createElement("p");
  note.setAttribute("role", "status");
  sections = Object.assign(document.createElement("div"), { className: "jump-sections" });
  dialog.append(input, sections, list, note);
  document.body.append(dialog);

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  dialog.addEventListener("keydown", move);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close();
    }
  });
}

// What plugins have to offer before anything is typed.
function showSections() {
  const context = { navigationSearch: dialog, container: sections, input };
  const found = window.__DATASETTE__?.makeJumpSections(context) ?? [];
  sections.replaceChildren(
    ...found.map((section) => {
      const node = Object.assign(document.createElement("div"), { className: "jump-section" });
      if (section.id) {
        node.dataset.jumpSectionId = section.id;
      }
      section.render(node, context);
      return node;
    }),
  );
}

async function search() {
  const number = ++asked;
  sections.hidden = input.value.trim() !== "";
  const url = new URL(opener.dataset.jumpUrl, location.href);
  url.searchParams.set("q", input.value.trim());
  let matches;
  try {
    const response = await fetch(url, { headers: { accept: "application/json" } });
    matches = response.ok ? (await response.json()).matches : null;
  } catch {
    matches = null;
  }
  // An answer that comes after a newer question is dropped.
  if (number === asked) {
    show(matches);
  }
}

function show(matches) {
  list.replaceChildren(...(matches ?? []).map(entry));
  select(0);
  if (matches === null) {
    note.textContent = "The search doesn't answer. Try again in a moment.";
  } else {
    note.textContent = matches.length === 0 ? "Nothing has that name." : "";
  }
  note.hidden = note.textContent === "";
}

function entry(match) {
  const link = document.createElement("a");
  link.href = match.url;
  const name = document.createElement("span");
  name.textContent = match.display_name ?? match.name;
  link.append(name);
  if (match.type) {
    const type = document.createElement("span");
    type.className = "jump-type";
    type.textContent = match.type;
    link.append(type);
  }
  const item = document.createElement("li");
  item.append(link);
  return item;
}

const links = () => [...list.querySelectorAll("a")];

function select(index) {
  links().forEach((link, position) => link.setAttribute("aria-selected", String(position === index)));
  links()[index]?.scrollIntoView({ block: "nearest" });
}

function move(event) {
  const all = links();
  const current = all.findIndex((link) => link.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    select((current + step + all.length) % all.length);
  } else if (event.key === "Enter" && event.target === input && all[current]) {
    event.preventDefault();
    location.href = all[current].href;
  }
}
