// Tables: creating, altering and dropping them; choosing columns and what can be done with them.

import assert from "node:assert/strict";
import test from "node:test";
import { hasChromium, site } from "./site.mjs";

const skip = hasChromium ? false : "no chromium: set CHROMIUM to its path";
const library = skip ? null : site();
const dialog = (page) => page.locator("dialog.edit-dialog");
const schema = async (table) => (await library.rows(`select sql from sqlite_master where name = '${table}'`))[0][0];

test("a table is created column by column", { skip }, async () => {
  const page = await library.page("/library");
  await page.click("h2 [data-database-action=create-table]");
  const form = dialog(page);
  await form.locator("[name=table]").fill("readers");
  await form.locator("[name='name.2']").fill("name");
  await form.locator("[name='not_null.2']").check();
  await form.locator("[data-add-column]").click();
  assert.equal(await page.evaluate(() => document.activeElement.name), "name.3");
  await page.keyboard.type("favourite");
  await form.locator("[name='type.3']").selectOption("integer");
  await form.locator("[name='reference.3']").selectOption({ label: "books.id" });
  await form.locator("[data-add-column]").click();
  await page.keyboard.type("joined");
  await form.locator("[name='default_kind.4']").selectOption("current_date");
  await form.locator("[data-number='4'] [aria-label^='Move up']").click();
  await form.locator("[type=submit]").click();
  await page.waitForURL(/\/library\/readers$/);
  await page.locator(".message-info", { hasText: "Table readers created" }).waitFor();
  const sql = await schema("readers");
  assert.match(sql, /"id" INTEGER PRIMARY KEY,\s+"name" TEXT NOT NULL,\s+"joined" TEXT DEFAULT CURRENT_DATE,\s+"favourite" INTEGER REFERENCES "books"\("id"\)/);
  assert.deepEqual(page.problems, []);
});

test("a table is created from data, with its rows", { skip }, async () => {
  const page = await library.page("/library");
  await page.click("summary:has-text('Database actions')");
  await page.click("[role=menuitem][data-database-action=create-table]");
  const form = dialog(page);
  await form.locator("[name=table]").fill("cities");
  await form.locator(".from-data summary").click();
  const rows = Array.from({ length: 23 }, (_, index) => `${index + 1},City ${index},0${index},${index}.5`);
  await form.locator(".data-input textarea").fill(["id,name,code,size", ...rows].join("\n"));
  await form.locator("[name='name.4']").waitFor();
  await form.locator("[name='name.2']").fill("called");
  await form.locator("[type=submit]").click();
  await page.waitForURL(/\/library\/cities$/);
  assert.deepEqual(await library.rows("select count(*), typeof(id), typeof(code), typeof(size), called, code from cities where id > 0"), [
    [23, "integer", "text", "real", "City 0", "00"],
  ]);
  assert.match(await schema("cities"), /"id" INTEGER PRIMARY KEY/);
  assert.deepEqual(page.problems, []);
});

test("a table is altered after a review, and a foreign key is suggested", { skip }, async () => {
  const page = await library.page("/library/sales");
  await page.click("summary:has-text('Table actions')");
  await page.click("[data-table-action=alter-table]");
  const form = dialog(page);
  await form.locator(".suggested-reference button").click();
  await form.locator("[name='name.2']").fill("amount");
  await form.locator("[data-add-column]").click();
  await page.keyboard.type("day");
  await form.locator("[type=submit]").click();
  await form.locator(".changes li").first().waitFor();
  assert.deepEqual(await form.locator(".changes li").allTextContents(), [
    "Add column day, text",
    "Rename column n to amount",
    "Let column book_id refer to books.id",
  ]);
  await form.locator("[name=back]").click();
  assert.equal(await form.locator("[name='name.2']").inputValue(), "amount");
  await form.locator("[name=table]").fill("sold");
  await form.locator("[type=submit]").click();
  await form.locator("[name=confirm]").click();
  await page.waitForURL(/\/library\/sold$/);
  assert.match(await schema("sold"), /"book_id" INTEGER REFERENCES "books"\("id"\)/i);
  assert.deepEqual(await library.rows("select book_id, amount, day from sold"), [[1, 5, null], [2, 3, null]]);
  assert.deepEqual(page.problems, []);
});

test("a table is dropped only by its name", { skip }, async () => {
  const page = await library.page("/library/sales");
  await page.click("summary:has-text('Table actions')");
  await page.click("[data-table-action=alter-table]");
  await dialog(page).locator(".drop-link").click();
  const form = dialog(page);
  await form.locator("strong", { hasText: "2 rows" }).waitFor();
  await form.locator("#drop-name").fill("sale");
  await form.locator("[type=submit]").click();
  await form.locator(".form-errors", { hasText: "That is not its name" }).waitFor();
  await form.locator("#drop-name").fill("sales");
  await form.locator("[type=submit]").click();
  await page.waitForURL(/\/library$/);
  await page.locator(".message-warning", { hasText: "Table sales dropped" }).waitFor();
  assert.deepEqual(await library.rows("select count(*) from sqlite_master where name = 'sales'"), [[0]]);
  assert.deepEqual(page.problems, []);
});

test("a column has a menu for keyboard and pointer", { skip }, async () => {
  const page = await library.page("/library/books");
  const button = page.locator("th[data-column=pages] .column-menu-button");
  await button.focus();
  await page.keyboard.press("Enter");
  const menu = page.locator(".column-menu");
  const labels = ["Sort ascending", "Sort descending", "Facet by this", "Hide this column", "Show not-blank rows"];
  assert.deepEqual(await menu.locator("[role=menuitem]").allTextContents(), labels);
  assert.match(await menu.textContent(), /Type: INTEGER/);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.className), "column-menu-button");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/_sort_desc=pages/);
  await button.click();
  await menu.locator("text=Facet by this").click();
  await page.waitForURL(/_sort_desc=pages&_facet=pages/);
  await button.click();
  await menu.locator("text=Hide this column").click();
  await page.waitForURL(/_nocol=pages/);
  assert.equal(await page.locator("th[data-column=pages]").count(), 0);
  assert.deepEqual(page.problems, []);
});

test("columns are chosen and put in order", { skip }, async () => {
  const page = await library.page("/library/authors");
  await page.click("[data-choose-columns]");
  await dialog(page).locator("[aria-label='Move up: born']").click();
  await dialog(page).locator("text=Show these columns").click();
  await page.waitForURL(/_col=born&_col=name/);
  assert.deepEqual(await page.locator("th").evaluateAll((all) => all.map((th) => th.dataset.column)), ["id", "born", "name"]);
  await page.click("[data-choose-columns]");
  await dialog(page).locator("input[value=born]").uncheck();
  await dialog(page).locator("text=Show these columns").click();
  await page.waitForURL(/_nocol=born$/);
  assert.deepEqual(page.problems, []);
});

test("what a column holds is set from its menu", { skip }, async () => {
  const page = await library.page("/library/books");
  await page.click("th[data-column=title] .column-menu-button");
  await page.click(".column-menu >> text=Set what it holds");
  await dialog(page).locator("[value=textarea]").check();
  await dialog(page).locator("text=Save").click();
  await dialog(page).waitFor({ state: "detached" });
  await page.waitForFunction(() => window._setColumnTypeData?.columns.title.current?.type === "textarea");
  assert.deepEqual(page.problems, []);
});

test("on a phone the columns have their actions in a dialog, and forms fill the screen", { skip }, async () => {
  const page = await library.page("/library/books", { viewport: { width: 390, height: 800 }, hasTouch: true });
  await page.click("[data-column-actions]");
  await dialog(page).locator("summary", { hasText: "pages" }).click();
  await dialog(page).locator("details[open] a", { hasText: "Sort descending" }).click();
  await page.waitForURL(/_sort_desc=pages/);
  await page.click("[data-table-action=insert-row]");
  await dialog(page).locator(".row-field").first().waitFor();
  const box = await dialog(page).boundingBox();
  assert.deepEqual([box.x, box.width], [0, 390]);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 390), true);
  assert.deepEqual(page.problems, []);
});
