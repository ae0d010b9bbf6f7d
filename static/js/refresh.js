// Brings the rows of a table page up to date after a change, and says what happened.

const tableData = () => window._datasetteTableData;

// Replaces the rows by what the same address shows now. Scripts that add to them listen for `rows-replaced`.
export async function refreshRows() {
  const column = document.querySelector(".table-column");
  const response = await fetch(`${tableData().tableUrl}/-/fragment${location.search}`);
  if (!column || !response.ok) {
    location.reload();
    return;
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = await response.text();
  column.querySelectorAll(".table-wrapper, .zero-results").forEach((node, index) => {
    index === 0 ? node.replaceWith(fresh.content) : node.remove();
  });
  document.dispatchEvent(new CustomEvent("rows-replaced"));
  await refreshCount();
}

async function refreshCount() {
  const count = document.querySelector(".table-count");
  if (!count) {
    return;
  }
  const url = new URL(`${tableData().tableUrl}.json${location.search}`, location.href);
  url.searchParams.set("_size", "0");
  url.searchParams.append("_extra", "count");
  const answer = await fetch(url).then((response) => (response.ok ? response.json() : {}));
  if (Number.isInteger(answer.count) && !answer.count_truncated) {
    count.textContent = `${answer.count.toLocaleString("en")} ${answer.count === 1 ? "row" : "rows"}`;
  }
}

// Says it where messages of the server stand. `link` leads to what it is about.
export function say(text, link = null) {
  document.querySelector(".message-of-script")?.remove();
  const message = Object.assign(document.createElement("p"), { className: "message-info message-of-script" });
  message.setAttribute("role", "status");
  message.append(text);
  if (link) {
    message.append(" ", Object.assign(document.createElement("a"), { href: link.href, textContent: link.label }));
  }
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
  close.className = "dialog-close";
  close.setAttribute("aria-label", "Close this message");
  close.addEventListener("click", () => message.remove());
  message.append(close);
  document.querySelector("main").before(message);
}
