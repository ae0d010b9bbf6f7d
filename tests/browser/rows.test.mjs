// Rows: inserting, editing, deleting, one by one and many at once.

import assert from "node:assert/strict";
import test from "node:test";
import { hasChromium, site } from "./site.mjs";

const skip = hasChromium ? false : "no chromium: set CHROMIUM to its path";
const library = skip ? null : site();
const dialog = (page) => page.locator("dialog.edit-dialog");

test("a row is inserted, with a suggested author, and stands in the table", { skip }, async () => {
  const page = await library.page("/library/books");
  await page.click("[data-table-action=insert-row]");
  const form = dialog(page);
  // The form comes from the server; the focus goes to its first field then.
  await page.waitForFunction(() => document.activeElement.name === "value.title");
  await form.locator("[name='value.title']").fill("Fledgling");
  await form.locator("[name='value.author_id']").pressSequentially("Oct");
  await form.locator(".suggestions li").first().waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual([await form.locator(".suggestions").isVisible(), await form.isVisible()], [false, true]);
  await page.keyboard.press("ArrowDown");
  await form.locator(".suggestions li").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await form.locator("[name='value.author_id']").inputValue(), "3");
  assert.equal(await form.locator(".reference-label").textContent(), "Octavia E. Butler");
  await form.locator("[type=submit]").click();
  await page.locator(".message-of-script", { hasText: "Row 4 added" }).waitFor();
  assert.equal(await page.locator("tr[data-row='4'] td.col-title").textContent(), "Fledgling");
  assert.equal(await page.locator(".table-count").textContent(), "4 rows");
  // Where it was opened from.
  assert.equal(await page.evaluate(() => document.activeElement.dataset.tableAction), "insert-row");
  const [row] = await library.rows("select author_id, pages, notes, made is not null from books where id = 4");
  assert.deepEqual(row, [3, null, null, 1]);
  assert.deepEqual(page.problems, []);
});

test("mistakes are shown beside the field, and everything else stays", { skip }, async () => {
  const page = await library.page("/library/books");
  await page.click("[data-table-action=insert-row]");
  const form = dialog(page);
  await form.locator("[name='value.title']").fill("Kept");
  await form.locator("[name='value.pages']").fill("many");
  await form.locator("[type=submit]").click();
  const error = form.locator("[data-column=pages] .field-error");
  await error.waitFor();
  assert.equal(await error.textContent(), "This has to be a whole number");
  assert.equal(await form.locator("[name='value.title']").inputValue(), "Kept");
  assert.equal(await page.evaluate(() => document.activeElement.name), "value.pages");
  await page.keyboard.type("1");
  await form.locator("[name='value.pages']").fill("12");
  await form.locator("[type=submit]").click();
  await page.locator("tr[data-row='4']").waitFor();
  assert.deepEqual(await library.rows("select pages from books where id = 4"), [[12]]);
  assert.deepEqual(page.problems, []);
});

test("JSON is checked while it is typed", { skip }, async () => {
  const page = await library.page("/library/books");
  await page.click("[data-table-action=insert-row]");
  const field = dialog(page).locator("[data-column=data]");
  await field.locator("textarea").fill("{bad");
  await field.locator(".field-error", { hasText: "no JSON yet" }).waitFor();
  await field.locator("textarea").fill('{"good": 1}');
  assert.equal(await field.locator(".field-error").textContent(), "");
});

test("a row is edited where it stands; empty text and NULL are told apart", { skip }, async () => {
  const page = await library.page("/library/books");
  await page.click("tr[data-row='1'] [data-row-action=edit]");
  const form = dialog(page);
  await form.locator("[name='value.title']").fill("");
  await form.locator("[name='empty.title']").selectOption("text");
  await form.locator("[name='value.pages']").fill("");
  await form.locator("[type=submit]").click();
  await page.locator(".message-of-script", { hasText: "Updated row 1" }).waitFor();
  assert.deepEqual(await library.rows("select title, pages, author_id from books where id = 1"), [["", null, 1]]);
  assert.equal(await page.evaluate(() => document.querySelectorAll("tr[data-row='1'] .row-actions a").length), 2);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Edit row 1");
  assert.deepEqual(page.problems, []);
});

test("a picture is shown, stored and removed", { skip }, async () => {
  const page = await library.page("/library/books/1");
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  await page.click("a[data-row-action=edit]");
  const field = dialog(page).locator("[data-column=cover]");
  await field.locator("input[type=file]").setInputFiles({ name: "cover.png", mimeType: "image/png", buffer: png });
  await field.locator("img").waitFor();
  // The page comes anew, with its message.
  await Promise.all([page.waitForNavigation(), dialog(page).locator("[type=submit]").click()]);
  await page.locator(".message-info", { hasText: "Updated row 1" }).waitFor();
  assert.deepEqual(await library.rows("select length(cover) from books where id = 1"), [[png.length]]);
  await page.click("a[data-row-action=edit]");
  await field.locator("img").waitFor();
  assert.equal(await field.locator(".blob-download").textContent(), `${png.length} bytes stored`);
  await field.locator("[name='clear.cover']").check();
  await Promise.all([page.waitForNavigation(), dialog(page).locator("[type=submit]").click()]);
  await page.locator(".message-info", { hasText: "Updated row 1" }).waitFor();
  assert.deepEqual(await library.rows("select cover from books where id = 1"), [[null]]);
  assert.deepEqual(page.problems, []);
});

test("a row is deleted from its page and from the table", { skip }, async () => {
  const page = await library.page("/library/books/2");
  await page.click("summary:has-text('Row actions')");
  await page.click("[role=menuitem][data-row-action=delete]");
  await dialog(page).locator("dd", { hasText: "Solaris" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), "Row actions");
  assert.deepEqual(await library.rows("select count(*) from books"), [[3]]);
  await page.click("summary:has-text('Row actions')");
  await page.click("[role=menuitem][data-row-action=delete]");
  await dialog(page).locator("[type=submit]").click();
  await page.waitForURL(/\/library\/books$/);
  await page.locator(".message-info", { hasText: "Deleted row 2 (Solaris)" }).waitFor();
  await page.click("tr[data-row='1'] [data-row-action=delete]");
  await dialog(page).locator("[type=submit]").click();
  await page.locator("tr[data-row='1']").waitFor({ state: "detached" });
  assert.deepEqual(await library.rows("select id from books"), [[3]]);
  assert.deepEqual(page.problems, []);
});

test("what was entered is not lost without a question", { skip }, async () => {
  const page = await library.page("/library/books");
  const asked = [];
  page.on("dialog", (question) => {
    asked.push(question.message());
    asked.length === 1 ? question.dismiss() : question.accept();
  });
  await page.click("[data-table-action=insert-row]");
  await dialog(page).locator("[name='value.title']").fill("x");
  await page.keyboard.press("Escape");
  assert.equal(await dialog(page).isVisible(), true);
  await dialog(page).locator(".dialog-close").click();
  await dialog(page).waitFor({ state: "detached" });
  assert.equal(asked.length, 2);
});

test("many rows are checked, then sent in batches", { skip }, async () => {
  const page = await library.page("/library/books");
  await page.click("[data-table-action=insert-many]");
  const form = dialog(page);
  await form.locator("textarea").fill("title,pages,site\nOne,1,\nTwo,two,nope\n");
  await form.locator("td.wrong").first().waitFor();
  assert.equal(await form.locator("td.wrong").count(), 2);
  assert.equal(await form.locator("button", { hasText: "Insert 2 rows" }).isDisabled(), true);
  const lines = Array.from({ length: 25 }, (_, index) => `Book ${index},${index},`);
  await form.locator("textarea").fill(["title\tpages\tsite", ...lines.map((line) => line.replaceAll(",", "\t"))].join("\n"));
  await form.locator("button", { hasText: "Insert 25 rows" }).click();
  await page.locator(".message-of-script", { hasText: "25 rows sent" }).waitFor();
  assert.deepEqual(await library.rows("select count(*), max(pages), sum(made is null), sum(site is null) from books where title like 'Book %'"), [[25, 24, 0, 25]]);
  assert.deepEqual(page.problems, []);
});

test("rows that are there can stay or get new values", { skip }, async () => {
  const page = await library.page("/library/authors");
  const insert = async (text, mode) => {
    await page.click("[data-table-action=insert-many]");
    await dialog(page).locator("textarea").fill(text);
    await dialog(page).locator(`[name=mode][value=${mode}]`).check();
    await dialog(page).locator(".preview td").first().waitFor();
    await dialog(page).locator(".form-buttons button").first().click();
  };
  await insert('[{"id": 1, "name": "New"}, {"id": 4, "name": "Four"}]', "ignore");
  await page.locator("tr[data-row='4']").waitFor();
  assert.deepEqual(await library.rows("select name from authors where id in (1, 4)"), [["Ursula K. Le Guin"], ["Four"]]);
  await insert('{"id": 1, "name": "Newer"}\n{"id": 5, "name": "Five"}', "upsert");
  await page.locator("tr[data-row='5']").waitFor();
  assert.deepEqual(await library.rows("select name, born from authors where id in (1, 5)"), [["Newer", 1929], ["Five", null]]);
  await insert("id,name\n6,Six\n1,Taken", "insert");
  await dialog(page).locator(".form-errors", { hasText: "UNIQUE constraint failed" }).waitFor();
  assert.deepEqual(await library.rows("select count(*) from authors"), [[5]]);
  assert.deepEqual(page.problems, []);
});
