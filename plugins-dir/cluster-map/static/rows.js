// The rows of the page one looks at, from its JSON, page by page. The map and the charts read them like this.

// Where the page's JSON is: the server says so in the head.
function jsonUrl() {
  const link = document.querySelector("link[rel=alternate][type='application/json+datasette']");
  const url = new URL(link?.href ?? `${location.pathname}.json${location.search}`, location.href);
  for (const name of ["_shape", "_next", "_size", "_extra"]) {
    url.searchParams.delete(name);
  }
  return url;
}

// Gives {rows, count, isLast} for each page of rows. `count` is null where nobody counted.
export async function* pages({ signal, size = "max" }) {
  const isTable = document.body.classList.contains("table");
  let count = null;
  let next = null;
  do {
    const url = jsonUrl();
    if (isTable) {
      url.searchParams.set("_size", size);
      url.searchParams.set("_nofacet", "1");
      // Counting once is enough.
      url.searchParams.set(next === null ? "_extra" : "_nocount", next === null ? "count" : "1");
      if (next !== null) {
        url.searchParams.set("_next", next);
      }
    }
    const response = await fetch(url, { signal, headers: { accept: "application/json" } });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok || !Array.isArray(answer.rows)) {
      throw new Error(answer.error ?? `The server answered with status ${response.status}`);
    }
    next = answer.next ?? null;
    count = answer.count ?? count;
    yield { rows: answer.rows, count, isLast: next === null };
  } while (next !== null);
}

// Panels go above the rows. Pages of queries and rows have no place for them yet.
export function makePanelPlace() {
  if (document.querySelector(".above-table-panel")) {
    return;
  }
  const table = document.querySelector(".table-wrapper") ?? document.querySelector("table.rows-and-columns");
  const place = document.createElement("div");
  place.className = "above-table-panel";
  table?.before(place);
}

// Runs it once the node is seen for the first time: behind a tab nothing has a size.
export function whenSeen(node, run) {
  const observer = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      observer.disconnect();
      run();
    }
  });
  observer.observe(node);
}

const loaded = new Map();

function loadScript(name) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: new URL(name, import.meta.url).href, onload: resolve });
    script.onerror = () => reject(new Error(`${name} could not be loaded`));
    document.head.append(script);
  });
}

// Classic scripts beside this one, one after the other, each once.
export async function loadScripts(names) {
  for (const name of names) {
    if (!loaded.has(name)) {
      loaded.set(name, loadScript(name));
    }
    await loaded.get(name);
  }
}
