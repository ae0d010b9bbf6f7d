// The trace at the end of the page, {request_duration_ms, traces: [{type, start, end, duration_ms, …}]}, as a timeline.

// Below this a bar could not be seen.
const NARROWEST = 0.3;

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function milliseconds(number) {
  return `${number.toLocaleString(undefined, { maximumFractionDigits: number < 10 ? 2 : 0 })} ms`;
}

// The text of a step, and everything else that is known about it.
function parts({ type, start, end, duration_ms, sql, database, error, traceback, ...rest }) {
  const isEmpty = (value) => value === null || value === undefined || Object.keys(Object(value)).length === 0;
  const details = Object.entries(rest).filter(([, value]) => !isEmpty(value) || ["number", "boolean"].includes(typeof value));
  if (Array.isArray(traceback) && traceback.length) {
    details.push(["where", traceback.join("\n")]);
  }
  return { text: sql ?? type, details };
}

function step(trace, from, length, repeats) {
  const { text, details } = parts(trace);
  const share = (time) => Math.min(100, Math.max(0, ((time - from) / length) * 100));
  const left = Math.min(share(trace.start), 100 - NARROWEST);
  const bar = element("span", { class: "traces-bar", "aria-hidden": "true" }, element("span"));
  bar.firstChild.style.marginInlineStart = `${left}%`;
  bar.firstChild.style.width = `${Math.min(100 - left, Math.max(NARROWEST, share(trace.end) - left))}%`;
  const about = element("span", { class: "traces-about" }, element("strong", {}, milliseconds(trace.duration_ms)));
  about.append(` ${trace.type === "sql" ? "" : `${trace.type} `}`);
  if (trace.database) {
    about.append(element("span", { class: "traces-database" }, trace.database));
  }
  if (repeats > 1) {
    about.append(element("span", { class: "traces-repeats" }, `ran ${repeats} times`));
  }
  if (trace.error) {
    about.append(element("span", { class: "traces-error" }, `failed: ${trace.error}`));
  }
  const code = element("code", {}, text.replace(/\s+/g, " "));
  const summary = element("summary", {}, about, bar, code);
  const body = element("div", { class: "traces-body" }, element("pre", {}, text));
  if (details.length) {
    const list = element("dl");
    for (const [key, value] of details) {
      list.append(element("dt", {}, key), element("dd", {}, element("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 1))));
    }
    body.append(list);
  }
  return element("li", trace.error ? { class: "traces-failed" } : {}, element("details", {}, summary, body));
}

function timeline(trace) {
  const traces = trace.traces;
  const from = Math.min(...traces.map(({ start }) => start));
  const length = Math.max(...traces.map(({ end }) => end), from + trace.request_duration_ms / 1000) - from || 1;
  const counts = new Map();
  for (const { sql, database } of traces) {
    const key = `${database}\n${sql}`;
    counts.set(key, (counts.get(key) ?? 0) + (sql ? 1 : 0));
  }
  const list = element("ol", { class: "traces-list" });
  const show = (ordered) =>
    list.replaceChildren(...ordered.map((one) => step(one, from, length, counts.get(`${one.database}\n${one.sql}`))));
  show(traces);
  const order = element("select", { id: "traces-order" });
  order.append(element("option", { value: "time" }, "as they ran"), element("option", { value: "duration" }, "slowest first"));
  order.addEventListener("change", () =>
    show(order.value === "time" ? traces : traces.toSorted((a, b) => b.duration_ms - a.duration_ms)),
  );
  return [element("p", { class: "traces-tools" }, element("label", { for: "traces-order" }, "Order "), order), list];
}

function section(trace, pre) {
  const heading = element("h2", { id: "trace", tabindex: "-1" }, "What ran for this page");
  const failed = trace.traces.filter(({ error }) => error).length;
  const count = trace.num_traces === 1 ? "One step" : `${trace.num_traces.toLocaleString()} steps`;
  const said = `${count} took ${milliseconds(trace.sum_trace_duration_ms)} of the ${milliseconds(trace.request_duration_ms)} that the page took.`;
  const summary = element("p", {}, said, failed ? ` ${failed === 1 ? "One" : failed} of them failed.` : "");
  const raw = element("details", { class: "traces-raw" }, element("summary", {}, "As JSON"));
  const node = element("section", { class: "traces", "aria-labelledby": "trace" }, heading, summary);
  node.append(...(trace.traces.length ? timeline(trace) : []), raw);
  pre.replaceWith(node);
  raw.append(pre);
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
}

// The server puts it at the very end of the page.
const pre = [...document.querySelectorAll("body > pre")].at(-1);
try {
  const trace = JSON.parse(pre?.textContent ?? "null");
  if (Array.isArray(trace?.traces)) {
    section(trace, pre);
  }
} catch (error) {
  // Some other <pre>: it stays as it is.
  console.warn("datasette-pretty-traces found no trace", error);
}
