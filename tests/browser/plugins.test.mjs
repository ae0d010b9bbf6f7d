// What plugins in JavaScript can do, and what works without any script.

import assert from "node:assert/strict";
import test from "node:test";
import { hasChromium, site } from "./site.mjs";

const skip = hasChromium ? false : "no chromium: set CHROMIUM to its path";
const library = skip ? null : site();

// As a plugin's script does it: waiting for the event.
const PLUGIN = `document.addEventListener("datasette_init", ({ detail: manager }) => {
  window.seen = { version: manager.VERSION, data: window._datasetteTableData?.table, same: manager === window.__DATASETTE__ };
  manager.registerPlugin("broken", { makeColumnActions() { throw new Error("broken") }, makeColumnField() { throw new Error("broken") } });
  manager.registerPlugin("test", {
    version: 1,
    makeColumnActions: (column) => [{ label: "Say " + column.columnName, onClick: () => (window.said = column) }],
    makeAboveTablePanelConfigs: () => [
      { id: "first", label: "First", render: (node) => (node.textContent = "one") },
      { id: "second", label: "Second", render: (node) => (node.textContent = "two") },
    ],
    makeColumnField(context) {
      if (context.column !== "title") return null;
      return {
        focus: () => document.querySelector("#my-control").focus(),
        render(field) {
          const button = document.createElement("button");
          button.type = "button";
          button.id = "my-control";
          button.addEventListener("click", () => field.setValue("Mine"));
          window.fieldBefore = field.getValue();
          return button;
        },
      };
    },
    makeJumpSections: () => [{ id: "mine", render: (node) => (node.textContent = "My section") }],
  });
});`;

async function withPlugin(path) {
  const page = await library.page("/-/versions.json");
  await page.addInitScript(PLUGIN);
  await page.goto(library.url(path));
  return page;
}

test("plugins add entries, panels, controls and sections", { skip }, async () => {
  const page = await withPlugin("/library/books");
  assert.deepEqual(await page.evaluate(() => ({ ...window.seen, version: typeof window.seen.version })), {
    version: "string",
    data: "books",
    same: true,
  });
  assert.equal(await page.locator("#test_first_panel-content").isVisible(), true);
  await page.click(".tab-controls >> text=Second");
  assert.equal(await page.locator("#test_second_panel-content").isVisible(), true);
  assert.equal(await page.locator("#test_first_panel-content").isVisible(), false);
  await page.click("th[data-column=pages] .column-menu-button");
  await page.click(".column-menu >> text=Say pages");
  const said = { columnName: "pages", columnNotNull: false, columnType: "INTEGER", isPk: false };
  assert.deepEqual(await page.evaluate(() => window.said), said);
  await page.click(".jump-open");
  assert.equal(await page.locator("[data-jump-section-id=mine]").textContent(), "My section");
  await page.keyboard.press("Escape");
  await page.click("tr[data-row='1'] [data-row-action=edit]");
  await page.locator("#my-control").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "my-control");
  assert.equal(await page.locator("dialog [name='value.title']").isVisible(), false);
  await page.click("#my-control");
  assert.equal(await page.evaluate(() => window.fieldBefore), "The Dispossessed");
  await page.click("dialog [type=submit]");
  await page.locator(".message-of-script", { hasText: "Updated row 1" }).waitFor();
  assert.deepEqual(await library.rows("select title from books where id = 1"), [["Mine"]]);
  // A plugin that fails is named, and harms nobody.
  assert.ok(page.problems.length > 0 && page.problems.every((problem) => problem.includes("The plugin broken failed")));
});

test("the forms' own pages have the same fields", { skip }, async () => {
  const page = await withPlugin("/library/books/1/-/update-form");
  await page.click("#my-control");
  await page.click("main [type=submit]");
  await page.waitForURL(/\/library\/books\/1$/);
  assert.deepEqual(await library.rows("select title from books where id = 1"), [["Mine"]]);
});

test("everything works without scripts", { skip }, async () => {
  const page = await library.page("/library/authors", { javaScriptEnabled: false });
  await page.click("text=Insert row");
  await page.fill("[name='value.name']", "Ann");
  await page.click("main [type=submit]");
  await page.locator(".message-info", { hasText: "Row 4 added" }).waitFor();
  await page.click("a:has-text('Edit row')");
  await page.fill("[name='value.born']", "1999");
  await page.click("main [type=submit]");
  await page.locator(".message-info", { hasText: "Updated row 4 (Ann)" }).waitFor();
  await page.click("summary:has-text('Row actions')");
  await page.click("button:has-text('Delete row')");
  await page.click("main [type=submit]");
  await page.locator(".message-info", { hasText: "Deleted row 4 (Ann)" }).waitFor();
  await page.click("summary:has-text('Table actions')");
  await page.click("button:has-text('Alter table')");
  await page.fill("[name='name.3']", "year");
  await page.click("[type=submit]");
  await page.click("button:has-text('Alter the table')");
  await page.locator("th[data-column=year]").waitFor();
  assert.deepEqual(await library.rows("select year from authors where id = 1"), [[1929]]);
});

test("the API explorer sends what it is told and keeps it in the address", { skip }, async () => {
  const page = await library.page("/-/api");
  await page.fill("#api-explorer-get [name=path]", "/library/authors/1.json?_shape=objects");
  await page.click("#api-explorer-get [type=submit]");
  await page.locator("#api-answer pre", { hasText: "Ursula K. Le Guin" }).waitFor();
  assert.match(page.url(), /#path=%2Flibrary%2Fauthors%2F1.json.*method=GET/);
  await page.click("a:has-text('Insert rows into authors')");
  await page.fill("#api-explorer-post [name=json]", '{"row": {"name": "Ann"}}');
  await page.click("#api-explorer-post [type=submit]");
  await page.locator(".api-status", { hasText: "201" }).waitFor();
  await page.fill("#api-explorer-post [name=json]", "{}");
  await page.click("#api-explorer-post [type=submit]");
  await page.locator(".api-errors li", { hasText: "JSON must have one or other" }).waitFor();
  assert.deepEqual(page.problems, []);
});
