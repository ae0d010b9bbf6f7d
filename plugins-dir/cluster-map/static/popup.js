// What a marker says about its row. Everything from the row is text, and addresses are http ones.

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function httpUrl(text) {
  try {
    const url = new URL(text, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// A column `popup` may hold {title, description, image, alt, link} as JSON.
function custom(value) {
  try {
    const popup = typeof value === "string" ? JSON.parse(value) : value;
    return popup && typeof popup === "object" && !Array.isArray(popup) ? popup : null;
  } catch {
    return null;
  }
}

function customPopup({ title, description, image, alt, link }) {
  const url = link ? httpUrl(link) : null;
  const node = url ? element("a", { href: url, class: "cluster-map-popup" }) : element("div", { class: "cluster-map-popup" });
  const source = image ? httpUrl(image) : null;
  if (title) {
    node.append(element("strong", {}, String(title)));
  }
  if (source) {
    node.append(element("img", { src: source, alt: String(alt ?? ""), loading: "lazy" }));
  }
  if (description) {
    node.append(element("p", {}, String(description)));
  }
  return node;
}

// Names and keys as the server writes them in paths.
function tilde(text) {
  const bytes = new TextEncoder().encode(text);
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[\w-]/.test(character) && byte < 128) return character;
      return character === " " ? "+" : `~${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

function rowUrl(row) {
  const keys = window._columnChooserData?.primaryKeys ?? [];
  const tableUrl = window._datasetteTableData?.tableUrl;
  if (!tableUrl || !keys.length || keys.some((key) => row[key] === undefined || row[key] === null)) {
    return null;
  }
  return `${tableUrl}/${keys.map((key) => tilde(String(row[key]))).join(",")}`;
}

function shown(value) {
  if (value && typeof value === "object") {
    return value.$base64 ? "binary data" : JSON.stringify(value);
  }
  return String(value);
}

export function makePopup(row) {
  const own = custom(row.popup);
  if (own) {
    return customPopup(own);
  }
  const list = element("dl", { class: "cluster-map-popup" });
  for (const [column, value] of Object.entries(row)) {
    if (value !== null && value !== "") {
      list.append(element("dt", {}, column), element("dd", {}, shown(value)));
    }
  }
  const url = rowUrl(row);
  return url ? element("div", {}, element("a", { href: url }, "Open this row"), list) : list;
}

// The name of a marker, for those who do not see it.
export function markerName(row) {
  const own = custom(row.popup)?.title;
  const name = own ?? Object.entries(row).find(([column, value]) => /name|title|label/i.test(column) && value)?.[1];
  return String(name ?? Object.values(row).find((value) => value !== null) ?? "A row");
}
