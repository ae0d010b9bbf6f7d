// Menus made of <details>: they close when the visitor turns elsewhere, and answer to the arrow keys.

const menus = () => [...document.querySelectorAll("details.details-menu")];

document.addEventListener("click", (event) => {
  for (const menu of menus()) {
    if (menu.open && !menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

document.addEventListener("keydown", (event) => {
  const menu = menus().find((menu) => menu.open);
  if (!menu) {
    return;
  }
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const items = [...menu.querySelectorAll("li a, li button")];
  if (!step || items.length === 0 || !menu.contains(document.activeElement)) {
    return;
  }
  event.preventDefault();
  const current = items.indexOf(document.activeElement);
  const next = current === -1 && step === -1 ? items.length - 1 : (current + step + items.length) % items.length;
  items[next].focus();
});

for (const menu of menus()) {
  const summary = menu.querySelector("summary");
  const tell = () => summary.setAttribute("aria-expanded", String(menu.open));
  menu.addEventListener("toggle", tell);
  tell();
}
