// Reads rows from text that somebody pasted: CSV, TSV, JSON or one JSON object to a line.

// Returns {format, columns, rows}; rows are objects. Throws an Error that says what is wrong.
export function parseRows(text) {
  const trimmed = text.trim();
  if (trimmed === "") {
    throw new Error("There is nothing to read yet");
  }
  if (/^[[{]/.test(trimmed)) {
    return parseJson(trimmed);
  }
  const delimiter = delimiterOf(trimmed);
  return parseDelimited(text.replace(/^\uFEFF/, ""), delimiter);
}

function parseJson(text) {
  let data;
  let format = "JSON";
  try {
    data = JSON.parse(text);
  } catch (problem) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2 || text.startsWith("[")) {
      throw new Error(`This is no JSON: ${problem.message}`);
    }
    format = "JSON lines";
    data = lines.map((line, index) => {
      try {
        return JSON.parse(line);
      } catch (problem) {
        throw new Error(`Line ${index + 1} is no JSON: ${problem.message}`);
      }
    });
  }
  // The answer of a table page is a list of rows with something around it.
  const rows = Array.isArray(data) ? data : Array.isArray(data.rows) ? data.rows : [data];
  const wrong = rows.findIndex((row) => row === null || typeof row !== "object" || Array.isArray(row));
  if (wrong !== -1) {
    throw new Error(`Item ${wrong + 1} is no object with a value for each column`);
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { format, columns, rows };
}

// What there is most of in the first line, outside of quotes.
function delimiterOf(text) {
  const line = text.split("\n", 1)[0].replace(/"[^"]*"/g, "");
  const counts = ["\t", ",", ";"].map((delimiter) => [delimiter, line.split(delimiter).length]);
  counts.sort((a, b) => b[1] - a[1]);
  return counts[0][1] > 1 ? counts[0][0] : ",";
}

function parseDelimited(text, delimiter) {
  const lines = records(text, delimiter).filter((record) => record.length > 1 || record[0] !== "");
  const columns = lines.shift().map((name, index) => name.trim() || `column_${index + 1}`);
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice) {
    throw new Error(`The first line has the column ${twice} twice`);
  }
  const rows = lines.map((record, index) => {
    if (record.length > columns.length) {
      throw new Error(`Row ${index + 1} has ${record.length} cells for ${columns.length} columns`);
    }
    return Object.fromEntries(columns.map((name, column) => [name, record[column] ?? ""]));
  });
  return { format: delimiter === "\t" ? "TSV" : "CSV", columns, rows };
}

// Cells may be in quotes, with line ends, delimiters and doubled quotes in them.
function records(text, delimiter) {
  const found = [];
  let record = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') {
        cell += character;
      } else if (text[at + 1] === '"') {
        cell += '"';
        at++;
      } else {
        quoted = false;
      }
    } else if (character === '"' && cell === "") {
      quoted = true;
    } else if (character === delimiter) {
      record.push(cell);
      cell = "";
    } else if (character === "\n") {
      record.push(cell.replace(/\r$/, ""));
      found.push(record);
      record = [];
      cell = "";
    } else {
      cell += character;
    }
  }
  if (quoted) {
    throw new Error("A quote that begins a cell has no end");
  }
  if (cell !== "" || record.length > 0) {
    record.push(cell.replace(/\r$/, ""));
    found.push(record);
  }
  return found;
}

const INTEGER = /^-?(0|[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export const isNumber = (text) => NUMBER.test(text) && Number.isFinite(Number(text));

// The type of the API that holds all values of a column exactly. Leading zeros are no number.
export function typeOf(values) {
  const known = values.filter((value) => value !== null && value !== undefined && value !== "");
  const all = (test) => known.length > 0 && known.every(test);
  const whole = (value) => typeof value === "boolean" || (INTEGER.test(String(value)) && Number.isSafeInteger(Number(value)));
  if (all(whole)) {
    return "integer";
  }
  return all((value) => typeof value !== "object" && isNumber(String(value))) ? "float" : "text";
}

// The value as JSON sends it: text from CSV becomes what the column holds.
export function valueFor(value, type) {
  if (typeof value !== "string") {
    return value;
  }
  if (value === "" && type !== "text") {
    return null;
  }
  // What JavaScript can't count stays text; SQLite makes the number of it.
  const isExact = type === "float" ? isNumber(value) : INTEGER.test(value) && Number.isSafeInteger(Number(value));
  return type !== "text" && isExact ? Number(value) : value;
}
