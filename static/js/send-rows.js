// Sends rows to the JSON API in batches, one after the other, and tells how far it is.

// `options` go into the body of every request. Throws an Error whose `sent` says how many rows are written:
// what was sent before a mistake stays.
export async function sendRows(path, rows, { batch, options = {}, onProgress = () => {}, start = 0 }) {
  let sent = start;
  const fail = (message) => Object.assign(new Error(message), { sent });
  while (sent < rows.length) {
    const some = rows.slice(sent, sent + batch);
    let response, answer;
    try {
      response = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ rows: some, ...options }),
      });
      answer = await response.json();
    } catch (problem) {
      throw fail(`The server doesn't answer: ${problem.message}`);
    }
    if (!response.ok) {
      const first = sent + 1;
      throw fail(`Rows ${first} to ${sent + some.length}: ${(answer.errors ?? [answer.error]).join("; ")}`);
    }
    sent += some.length;
    onProgress(sent, rows.length);
  }
  return sent;
}

// A bar with words, for a screen reader as well.
export function progressBar() {
  const node = Object.assign(document.createElement("p"), { className: "progress", hidden: true });
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  words.setAttribute("role", "status");
  node.append(bar, " ", words);
  const update = (sent, all) => {
    node.hidden = false;
    bar.max = all;
    bar.value = sent;
    words.textContent = `${sent.toLocaleString("en")} of ${all.toLocaleString("en")} rows`;
  };
  return { node, update };
}
