// Dialogs: a frame with a title, and forms of the server's pages shown in it. The browser keeps the focus
// inside, closes on Escape and gives the focus back to where it was.

let count = 0;
let isOpening = false;

// Opens an empty dialog. `isDirty` tells whether closing would lose something.
export function openDialog({ title, wide = false, isDirty = () => false, onClose = () => {} }) {
  const id = `dialog-title-${++count}`;
  const dialog = document.createElement("dialog");
  dialog.className = wide ? "edit-dialog wide" : "edit-dialog";
  dialog.setAttribute("aria-labelledby", id);
  const heading = Object.assign(document.createElement("h2"), { id, textContent: title });
  const close = Object.assign(document.createElement("button"), {
    type: "button",
    className: "dialog-close",
    textContent: "✕",
  });
  close.setAttribute("aria-label", "Close");
  const header = document.createElement("header");
  header.append(heading, close);
  const body = Object.assign(document.createElement("div"), { className: "dialog-body" });
  dialog.append(header, body);
  document.body.append(dialog);

  const leave = () => {
    if (!isDirty() || confirm("Close, and lose what you have entered?")) {
      dialog.close();
    }
  };
  close.addEventListener("click", leave);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  // A press that begins inside and ends outside is somebody selecting text.
  let pressed = null;
  dialog.addEventListener("pointerdown", (event) => (pressed = event.target));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && pressed === dialog) {
      leave();
    }
  });
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
    if (opener?.isConnected) {
      opener.focus();
    }
  });
  dialog.showModal();
  return { dialog, body, leave, setTitle: (text) => (heading.textContent = text) };
}

// Shows the form of the page at `url` in a dialog. `upgrade` adds to the form what scripts can do.
// `onDone` is told the server's answer; with `stays` the message is not kept for the next page.
export async function openForm(url, { upgrade = () => {}, onDone, stays = false }) {
  if (isOpening) {
    return;
  }
  isOpening = true;
  const page = await load(url);
  isOpening = false;
  if (!page) {
    // The page itself says what is wrong.
    location.assign(url);
    return;
  }
  let form = null;
  let clean = "";
  let tidy = () => {};
  const frame = openDialog({
    title: page.title,
    wide: page.form.dataset.form === "table",
    isDirty: () => form !== null && snapshot(form) !== clean,
    onClose: () => tidy(),
  });
  const show = (page, isFresh) => {
    tidy();
    form = page.form;
    frame.setTitle(page.title);
    frame.body.replaceChildren(form);
    tidy = upgrade(form, frame) ?? (() => {});
    // What was sent and refused is still only here.
    clean = isFresh ? snapshot(form) : "";
    focusIn(form);
  };
  frame.body.addEventListener("click", async (event) => {
    const cancel = event.target.closest("[data-cancel]");
    const link = event.target.closest("a[data-dialog]");
    if (cancel) {
      event.preventDefault();
      frame.leave();
    } else if (link) {
      event.preventDefault();
      const next = await load(link.href);
      next ? show(next, true) : location.assign(link.href);
    }
  });
  frame.body.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send(form, event.submitter, stays);
    if (answer.page) {
      show(answer.page, false);
    } else if (answer.done) {
      clean = snapshot(form);
      try {
        await frame.beforeLeaving?.(answer.done);
      } catch (problem) {
        showErrors(form, [problem.message]);
        return;
      }
      frame.dialog.close();
      onDone(answer.done);
    } else {
      showErrors(form, answer.errors);
    }
  });
  show(page, true);
}

async function load(url) {
  try {
    return read(await fetch(url, { headers: { accept: "text/html" } }));
  } catch {
    return null;
  }
}

// The form of a page, and its heading.
async function read(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const form = page.querySelector("form.edit-form");
  if (!form) {
    return null;
  }
  form.classList.remove("panel");
  return { form: document.adoptNode(form), title: page.querySelector("h1")?.textContent ?? "" };
}

async function send(form, submitter, stays) {
  const headers = { accept: "application/json" };
  if (stays) {
    headers["x-stays-on-page"] = "1";
  }
  const buttons = [...form.querySelectorAll("button, input[type=submit]")];
  const body = new FormData(form);
  if (submitter?.name) {
    body.append(submitter.name, submitter.value);
  }
  form.setAttribute("aria-busy", "true");
  buttons.forEach((button) => (button.disabled = true));
  try {
    const response = await fetch(form.action, { method: "POST", headers, body });
    const type = response.headers.get("content-type") ?? "";
    const page = type.includes("html") ? await read(response) : null;
    if (page) {
      return { page };
    }
    if (!type.includes("json")) {
      return { errors: [`The server answered ${response.status} ${response.statusText}`] };
    }
    const answer = await response.json();
    return response.ok ? { done: answer } : { errors: answer.errors ?? [answer.error] };
  } catch (problem) {
    return { errors: [`The server doesn't answer: ${problem.message}`] };
  } finally {
    form.removeAttribute("aria-busy");
    buttons.forEach((button) => (button.disabled = false));
  }
}

// Puts messages at the top of a form, where the server puts its own.
export function showErrors(form, errors) {
  form.querySelector(".form-errors")?.remove();
  if (errors.length === 0) {
    return;
  }
  const box = Object.assign(document.createElement("div"), { className: "message-error form-errors", tabIndex: -1 });
  box.setAttribute("role", "alert");
  box.append(...errors.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  form.prepend(box);
  box.focus();
}

// To what is wrong, or to the first field.
function focusIn(form) {
  const fields = [...form.querySelectorAll("input:not([type=hidden]):not(:disabled), textarea, select, button")];
  const target =
    form.querySelector("[aria-invalid=true]") ??
    form.querySelector(".form-errors") ??
    fields.find((field) => !field.closest("[data-automatic]"));
  const control = target?.closest(".row-field")?.focusControl;
  control ? control() : target?.focus();
}

function snapshot(form) {
  const entries = [...new FormData(form)];
  return JSON.stringify(entries.map(([name, value]) => [name, value instanceof File ? value.name + value.size : value]));
}
