// From what was chosen to what Vega-Lite draws, and to the address and back. Nothing here touches the page.

export const MARKS = { bar: "Bars", line: "Line", circle: "Points" };
export const TYPES = { ordinal: "Category", quantitative: "Number", temporal: "Date" };

// Not a column: how many rows there are.
export const COUNT = "count(*)";

// The names in the address; those of other charts' addresses mean the same.
const KEYS = {
  mark: "g.mark",
  x: "g.x_column",
  xType: "g.x_type",
  y: "g.y_column",
  yType: "g.y_type",
  color: "g.color_column",
  size: "g.size_column",
};

// What the fragment of an address says; null if nothing about a chart.
export function fromFragment(fragment, columns) {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const has = Object.values(KEYS).some((key) => params.has(key));
  if (!has) {
    return null;
  }
  const column = (key, more = []) => {
    const name = params.get(KEYS[key]);
    return [...columns, ...more].includes(name) ? name : undefined;
  };
  const one = (key, known) => (Object.hasOwn(known, params.get(KEYS[key])) ? params.get(KEYS[key]) : undefined);
  const found = {
    mark: one("mark", MARKS),
    x: column("x"),
    xType: one("xType", TYPES),
    y: column("y", [COUNT]),
    yType: one("yType", TYPES),
    color: column("color"),
    size: column("size"),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export function toFragment(choice) {
  const params = new URLSearchParams();
  for (const [key, name] of Object.entries(KEYS)) {
    if (choice[key]) {
      params.set(name, choice[key]);
    }
  }
  return params.toString();
}

function isDate(value) {
  return typeof value === "string" && /^\d{4}-\d\d(-\d\d([ T]\d\d:\d\d.*)?)?$/.test(value);
}

// What a column holds, as far as its rows tell.
export function typeOf(rows, column) {
  const values = rows.map((row) => row[column]).filter((value) => value !== null && value !== "");
  if (values.length && values.every((value) => typeof value === "number")) {
    return "quantitative";
  }
  return values.length && values.every(isDate) ? "temporal" : "ordinal";
}

// What a chart might show: something against numbers, or how often each value is there.
export function suggest(rows, columns) {
  const types = Object.fromEntries(columns.map((column) => [column, typeOf(rows, column)]));
  const isKey = (column) => /^(id|rowid)$|_id$/i.test(column);
  const distinct = (column) => new Set(rows.map((row) => row[column])).size;
  const dates = columns.filter((column) => types[column] === "temporal");
  const numbers = columns.filter((column) => types[column] === "quantitative" && !isKey(column));
  const groups = columns.filter((column) => types[column] === "ordinal" && distinct(column) > 1 && distinct(column) <= 30);
  if (dates.length && numbers.length) {
    return complete({ mark: "line", x: dates[0], y: numbers[0] }, types);
  }
  if (numbers.length > 1) {
    return complete({ mark: "circle", x: numbers[0], y: numbers[1] }, types);
  }
  const x = groups[0] ?? columns.find((column) => !isKey(column)) ?? columns[0];
  return complete({ mark: "bar", x, y: numbers[0] ?? COUNT }, types);
}

function complete(choice, types) {
  const yType = choice.y === COUNT ? "quantitative" : types[choice.y];
  return { color: "", size: "", ...choice, xType: types[choice.x], yType };
}

// Several rows of a bar or a point of a line are added up.
function needsSum({ mark, y, yType }) {
  return mark !== "circle" && y !== COUNT && yType === "quantitative";
}

export function makeSpec(choice, rows, look) {
  // Vega reads dots and brackets in names as paths: the columns get plain names.
  const values = rows.map((row) => ({
    x: row[choice.x],
    y: choice.y === COUNT ? undefined : row[choice.y],
    color: choice.color ? row[choice.color] : undefined,
    size: choice.size ? row[choice.size] : undefined,
  }));
  const encoding = { x: { field: "x", type: choice.xType, title: choice.x } };
  if (choice.y === COUNT) {
    encoding.y = { aggregate: "count", type: "quantitative", title: "Rows" };
  } else {
    const sum = needsSum(choice);
    encoding.y = { field: "y", type: choice.yType, title: choice.y, ...(sum ? { aggregate: "sum" } : {}) };
  }
  if (choice.xType === "ordinal") {
    encoding.x.axis = { labelLimit: 120 };
  }
  if (choice.color) {
    encoding.color = { field: "color", type: typeOf(rows, choice.color), title: choice.color };
    if (encoding.color.type === "ordinal") {
      encoding.color.type = "nominal";
    }
  }
  if (choice.size && choice.mark === "circle") {
    encoding.size = { field: "size", type: "quantitative", title: choice.size };
  }
  const line = choice.mark === "line" ? { point: true } : {};
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    height: 320,
    autosize: { type: "fit", contains: "padding" },
    background: "transparent",
    data: { values },
    mark: { type: choice.mark, tooltip: true, ...line },
    encoding,
    config: look,
  };
}

// The chart in words, for those who do not see it.
export function describe(choice, rows) {
  const y = choice.y === COUNT ? "number of rows" : needsSum(choice) ? `sum of ${choice.y}` : choice.y;
  const more = [choice.color && `colour by ${choice.color}`, choice.size && `size by ${choice.size}`].filter(Boolean);
  return `${MARKS[choice.mark]}: ${y} by ${choice.x}${more.length ? `, ${more.join(", ")}` : ""}, ${rows.length} rows`;
}
