// Shows what the autocomplete endpoint of a table answers to what is typed.

const input = document.querySelector("#debug-autocomplete-input");

if (input) {
  const rows = document.querySelector(".debug-autocomplete-rows");
  let asked = 0;
  let timer;

  const search = async () => {
    const number = ++asked;
    const url = new URL(input.dataset.autocompleteUrl, location.href);
    url.searchParams.set("q", input.value);
    if (!input.value) {
      url.searchParams.set("_initial", "1");
    }
    let text;
    try {
      const response = await fetch(url, { headers: { accept: "application/json" } });
      text = JSON.stringify(await response.json(), null, 2);
    } catch (problem) {
      text = problem.message;
    }
    // An answer that comes after a newer question is dropped.
    if (number === asked) {
      rows.textContent = text;
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  search();
}
