// The API explorer: fills its forms from the part of the address behind "#", sends what they say, and
// shows the answer.

const get = document.querySelector("#api-explorer-get");
const post = document.querySelector("#api-explorer-post");
const answer = document.querySelector("#api-answer");

function fill() {
  const wish = new URLSearchParams(location.hash.slice(1));
  if (!wish.has("path")) {
    return;
  }
  const isPost = wish.get("method") === "POST";
  get.closest("details").open = !isPost;
  post.closest("details").open = isPost;
  const form = isPost ? post : get;
  form.elements.path.value = wish.get("path");
  if (isPost) {
    post.elements.json.value = wish.get("json") ?? "";
  }
}

function remember(method, fields) {
  history.pushState(null, "", `#${new URLSearchParams({ ...fields, method })}`);
}

// Only paths of this site: the request carries the visitor's cookies.
function address(path) {
  const url = new URL(path, location.href);
  if (url.origin !== location.origin) {
    throw new Error("The path has to be one of this site");
  }
  return url;
}

async function send(path, options) {
  let status, errors = [], body = "";
  try {
    const response = await fetch(address(path), options);
    status = `${response.status} ${response.statusText}`;
    const text = await response.text();
    try {
      const data = JSON.parse(text);
      body = JSON.stringify(data, null, 2);
      errors = data?.errors ?? [];
    } catch {
      body = text;
    }
  } catch (problem) {
    status = problem.message;
  }
  answer.hidden = false;
  answer.querySelector(".api-status").textContent = status;
  answer.querySelector("pre").textContent = body;
  answer.querySelector(".api-errors").replaceChildren(
    ...errors.map((error) => Object.assign(document.createElement("li"), { textContent: error })),
  );
}

get.addEventListener("submit", (event) => {
  event.preventDefault();
  const path = get.elements.path.value;
  remember("GET", { path });
  send(path, { headers: { accept: "application/json" } });
});

post.addEventListener("submit", (event) => {
  event.preventDefault();
  const path = post.elements.path.value;
  const json = post.elements.json.value;
  remember("POST", { path, json });
  send(path, { method: "POST", body: json, headers: { "content-type": "application/json" } });
});

document.querySelector("#json-format").addEventListener("click", () => {
  const field = post.elements.json;
  try {
    field.value = JSON.stringify(JSON.parse(field.value), null, 2);
    field.setCustomValidity("");
  } catch (problem) {
    field.setCustomValidity(problem.message);
    field.reportValidity();
  }
});

window.addEventListener("hashchange", fill);
window.addEventListener("popstate", fill);
fill();
