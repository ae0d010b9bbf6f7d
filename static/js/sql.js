// The SQL editor: Ctrl, Command or Shift with Enter runs the query, and the box grows with its text.

for (const editor of document.querySelectorAll("textarea[name=sql]")) {
  const hint = editor.form.querySelector("[data-submit-hint]");
  if (hint) {
    hint.hidden = false;
    hint.textContent = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ + Enter" : "Ctrl + Enter";
  }
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      editor.form.requestSubmit();
    }
  });
  const grow = () => {
    const lines = editor.value.split("\n").length + 1;
    editor.rows = Math.min(Math.max(lines, Number(editor.dataset.rows)), 40);
  };
  editor.dataset.rows = editor.rows;
  editor.addEventListener("input", grow);
  grow();
}
