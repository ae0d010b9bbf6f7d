// The upload page: shows how far a file has come, and what is wrong without leaving the page.
// Without this script the form is sent as forms are.

const form = document.querySelector(".upload-form");
const file = form.elements.file;
const table = form.elements.table;
const error = document.querySelector("[data-upload-error]");
const panel = form.querySelector("[data-upload-progress]");
const bar = panel.querySelector("progress");
const status = panel.querySelector("[data-upload-status]");
const submit = form.querySelector("input[type=submit]");

const megabytes = (bytes) => `${(bytes / 1024 / 1024).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;

let suggested = table.value === "";
table.addEventListener("input", () => {
  suggested = table.value === "";
});

file.addEventListener("change", () => {
  fail("");
  const chosen = file.files[0];
  const most = Number(form.dataset.maxBytes);
  file.setCustomValidity(chosen && most > 0 && chosen.size > most ? `This file has ${megabytes(chosen.size)}, and ${megabytes(most)} is the most.` : "");
  file.reportValidity();
  if (chosen && suggested) {
    table.value = chosen.name.replace(/\.[^.]+$/, "");
  }
});

function fail(message) {
  error.textContent = message;
  error.hidden = message === "";
  if (message !== "") {
    error.scrollIntoView({ block: "nearest" });
  }
}

function busy(isBusy) {
  panel.hidden = !isBusy;
  submit.disabled = isBusy;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  fail("");
  busy(true);
  bar.value = 0;
  status.textContent = "Sending the file…";
  const request = new XMLHttpRequest();
  const url = new URL(form.action);
  url.searchParams.set("_message", "1");
  request.open("POST", url);
  request.setRequestHeader("accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
    if (lengthComputable) {
      bar.value = loaded / total;
      status.textContent = `Sent ${megabytes(loaded)} of ${megabytes(total)}`;
    }
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    status.textContent = "The rows are written…";
  });
  request.addEventListener("load", () => {
    const answer = request.response ?? {};
    if (answer.ok) {
      location.assign(answer.redirect);
      return;
    }
    busy(false);
    fail(answer.error ?? `The server answered ${request.status} ${request.statusText}`);
  });
  request.addEventListener("error", () => {
    busy(false);
    fail("The connection ended before the file was sent. Nothing was imported.");
  });
  request.addEventListener("abort", () => busy(false));
  panel.querySelector("[data-upload-cancel]").onclick = () => request.abort();
  request.send(new FormData(form));
});
