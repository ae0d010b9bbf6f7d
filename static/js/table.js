// Table pages: counting all rows, and filters that show only the controls they need.

const countAll = document.querySelector(".count-all");

if (countAll) {
  countAll.hidden = false;
  countAll.addEventListener("click", async () => {
    const error = document.querySelector(".count-error");
    countAll.disabled = true;
    countAll.textContent = "counting…";
    error.textContent = "";
    try {
      const response = await fetch(countAll.dataset.countUrl + location.search, { method: "POST" });
      const answer = await response.json();
      if (!response.ok) {
        throw new Error(answer.error);
      }
      const rows = answer.count === 1 ? "row" : "rows";
      document.querySelector(".table-count").textContent = `${answer.count.toLocaleString("en")} ${rows}`;
      countAll.remove();
    } catch (problem) {
      countAll.disabled = false;
      countAll.textContent = "count all";
      error.textContent = problem.message;
    }
  });
}

for (const row of document.querySelectorAll(".filter-controls-row")) {
  const [column, operator] = row.querySelectorAll("select");
  const value = row.querySelector(".filter-value");

  // "is null" and the like take no value.
  const update = () => {
    value.hidden = operator.value.endsWith("__1");
  };
  operator.addEventListener("change", update);
  update();

  if (column.name !== "_filter_column") {
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "quiet";
    remove.textContent = "✖";
    remove.title = "Remove this filter";
    remove.setAttribute("aria-label", `Remove the filter on ${column.value}`);
    remove.addEventListener("click", () => {
      column.value = "";
      row.closest("form").submit();
    });
    row.append(remove);
  }
}

// What a facet on this page lists is offered where a value is typed.
for (const row of document.querySelectorAll(".filter-controls-row")) {
  const column = row.querySelector("select");
  const value = row.querySelector(".filter-value");
  const offer = () => {
    const facet = [...document.querySelectorAll(".facet-info")].find((info) => info.dataset.column === column.value);
    const values = facet ? [...facet.querySelectorAll("[data-facet-value]")] : [];
    if (values.length === 0) {
      value.removeAttribute("list");
      return;
    }
    const id = `values-of-${value.name}`;
    let list = document.getElementById(id);
    if (!list) {
      list = document.createElement("datalist");
      list.id = id;
      row.append(list);
    }
    list.replaceChildren(...values.map((link) => new Option("", link.dataset.facetValue)));
    value.setAttribute("list", id);
  };
  column.addEventListener("change", offer);
  offer();
}
