// Maps, charts and traces: the plugins of plugins-dir that have scripts.

import assert from "node:assert/strict";
import test from "node:test";
import { hasChromium, site } from "./site.mjs";

const skip = hasChromium ? false : "no chromium: set CHROMIUM to its path";

const HOSTILE = "<img src=x onerror=window.hacked=1>";
const POPUPS = [
  { title: HOSTILE, description: "</p><script>window.hacked=1</script>", link: "javascript:window.hacked=1", image: "javascript:1" },
  { title: "Kyoto", link: "/library/authors", image: "/-/static/favicon.png", alt: "An icon" },
];

const library = skip
  ? null
  : site({
      plugins: ["datasette-cluster-map", "datasette-vega", "datasette-pretty-traces"],
      config: { settings: { trace_debug: true, max_returned_rows: 100 } },
      schema: [
        "create table places (id integer primary key, name text, latitude real, longitude real)",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 250) insert into places select i, 'Place ' || i, i / 4.0, i / 3.0 from n",
        "insert into places (name, latitude, longitude) values ('Nowhere', null, 5), ('Too far', 100, 5)",
        "create table one (id text primary key, name text, latitude real, longitude real)",
        `insert into one values ('a/b c', '${HOSTILE}', 10, 20)`,
        "create table popups (id integer primary key, popup text, latitude real, longitude real)",
        ...POPUPS.map((popup, at) => `insert into popups (popup, latitude, longitude) values ('${JSON.stringify(popup)}', ${at * 40}, 0)`),
        "create table sums (day text, team text, \"a.b[c]\" integer)",
        "insert into sums values ('2024-01-01', 'red', 1), ('2024-01-01', 'blue', 2), ('2024-01-02', 'red', 3)",
      ],
    });

const status = (page, text) => page.locator(".cluster-map-status [role=status]", { hasText: text }).waitFor();

test("a map loads every page of rows", { skip }, async () => {
  const page = await library.page("/library/places");
  await status(page, "250 places, 2 rows without");
  const counts = await page.locator(".cluster-map-cluster").allTextContents();
  const alone = await page.locator(".cluster-map-pin").count();
  assert.equal(counts.reduce((sum, count) => sum + Number(count), alone), 250);
  await page.locator("path.cluster-map-land").first().waitFor({ state: "attached" });
  // Without a tile server nothing is fetched from elsewhere.
  const hosts = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).host));
  assert.deepEqual([...new Set(hosts)], [new URL(page.url()).host]);
  assert.deepEqual(page.problems, []);
});

test("loading can be stopped and goes on where it was", { skip }, async () => {
  const page = await library.page("/-/versions.json");
  let release;
  await page.route(/places\.json.*_next=100/, async (route) => {
    await new Promise((resolve) => (release = resolve));
    await route.continue();
  });
  await page.goto(library.url("/library/places"));
  await status(page, "100 places of 252 rows");
  await page.click("text=Stop");
  release();
  await page.click("text=Go on");
  await status(page, "250 places, 2 rows without");
  assert.equal(await page.locator(".cluster-map-status button").isVisible(), false);
});

test("popups show rows as text and lead to them", { skip }, async () => {
  const page = await library.page("/library/one");
  await page.locator(".cluster-map-pin").click();
  const popup = page.locator(".leaflet-popup-content");
  await popup.waitFor();
  assert.ok((await popup.textContent()).includes(HOSTILE));
  assert.equal(await popup.locator("img").count(), 0);
  await popup.locator("text=Open this row").click();
  await page.waitForURL(/\/library\/one\/a~2Fb\+c$/);
  await page.locator("h1").waitFor();
  // The page of a row has a map as well.
  await status(page, "One place");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

test("popups of one's own are text, and their addresses http ones", { skip }, async () => {
  const page = await library.page("/library/popups");
  await page.locator(".cluster-map-pin").nth(1).waitFor();
  const shown = async (title) => {
    await page.locator(`.cluster-map-pin[title=${JSON.stringify(title)}]`).click();
    const popup = page.locator(".leaflet-popup-content .cluster-map-popup", { hasText: title });
    await popup.waitFor();
    return popup;
  };
  const hostile = await shown(HOSTILE);
  assert.equal(await hostile.locator("img, script, a").count(), 0);
  assert.equal(await hostile.evaluate((node) => node.tagName), "DIV");
  const good = await shown("Kyoto");
  assert.equal(await good.getAttribute("href"), library.url("/library/authors"));
  assert.equal(await good.locator("img").getAttribute("alt"), "An icon");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

test("results of queries have maps", { skip }, async () => {
  const sql = "select name, latitude + 1 as latitude, longitude from places where id < 4";
  const page = await library.page(`/library/-/query?${new URLSearchParams({ sql })}`);
  await status(page, "3 places");
  assert.deepEqual(page.problems, []);
});

test("a chart is drawn, follows its form, and stands in the address", { skip }, async () => {
  const page = await library.page("/library/sums");
  assert.equal(await page.locator(".vega-form").isVisible(), false);
  await page.click("text=Draw a chart of these rows");
  const target = page.locator(".vega-target");
  await page.locator(".vega-target svg .mark-line").first().waitFor({ state: "attached" });
  assert.equal(await target.getAttribute("aria-label"), "Line: sum of a.b[c] by day, 3 rows");
  await page.selectOption("#vega-mark", "bar");
  await page.selectOption("#vega-x", "team");
  await page.locator(".vega-target svg .mark-rect").waitFor();
  await page.locator(".vega-target svg text", { hasText: "blue" }).waitFor();
  assert.equal(await page.locator("#vega-xType").inputValue(), "ordinal");
  const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
  assert.deepEqual(Object.fromEntries(hash), {
    "g.mark": "bar",
    "g.x_column": "team",
    "g.x_type": "ordinal",
    "g.y_column": "a.b[c]",
    "g.y_type": "quantitative",
  });
  // Somebody else opens the address.
  await page.reload();
  await page.locator(".vega-target[aria-label='Bars: sum of a.b[c] by team, 3 rows'] svg .mark-rect").waitFor();
  await page.selectOption("#vega-y", "count(*)");
  await page.locator(".vega-target[aria-label='Bars: number of rows by team, 3 rows'] svg.marks").waitFor();
  assert.equal(await page.locator("#vega-yType").isVisible(), false);
  assert.deepEqual(page.problems, []);
});

test("an address that makes no sense is no chart of anything", { skip }, async () => {
  const hostile = encodeURIComponent(HOSTILE);
  const page = await library.page(`/library/sums#g.mark=${hostile}&g.x_column=${hostile}&g.y_type=constructor`);
  await page.locator(".vega-target svg .mark-line").first().waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(page.problems, []);
});

test("charts fit a phone and work with the keyboard", { skip }, async () => {
  const page = await library.page("/library/sums", { viewport: { width: 390, height: 800 } });
  await page.focus(".vega-chart > summary");
  await page.keyboard.press("Enter");
  await page.locator(".vega-target svg.marks").waitFor();
  await page.focus("#vega-mark");
  await page.keyboard.type("P");
  await page.locator(".vega-target[aria-label^=Points] svg.marks").waitFor();
  assert.equal(await page.locator(".vega-size").isVisible(), true);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} wide`);
});

test("a map and a chart share the panel, and a chart's address shows the chart", { skip }, async () => {
  const page = await library.page("/library/places");
  assert.deepEqual(await page.locator(".tab-controls button").allTextContents(), ["Map", "Chart"]);
  assert.equal(await page.locator(".cluster-map-canvas").isVisible(), true);
  await page.goto(library.url("/library/places#g.mark=circle&g.x_column=longitude&g.y_column=latitude"));
  await page.reload();
  await page.locator(".vega-target svg .mark-symbol").first().waitFor();
  assert.equal(await page.locator(".cluster-map-canvas").count(), 0);
});

test("a trace is a timeline, slowest first if one likes", { skip }, async () => {
  const page = await library.page("/library/places?_trace=1");
  const steps = page.locator(".traces-list > li");
  await steps.first().waitFor();
  assert.match(await page.locator(".traces > p").first().textContent(), /^\d+ steps took [\d.,]+ ms of the [\d.,]+ ms that the page took\./);
  const raw = JSON.parse(await page.locator(".traces-raw pre").textContent());
  assert.equal(await steps.count(), raw.traces.length);
  await page.selectOption("#traces-order", "duration");
  const slowest = raw.traces.toSorted((a, b) => b.duration_ms - a.duration_ms)[0];
  await steps.first().locator("summary").click();
  assert.equal(await steps.first().locator(".traces-body > pre").textContent(), slowest.sql);
  assert.deepEqual(page.problems, []);
});

test("SQL of a trace is text, and one that failed is marked", { skip }, async () => {
  const sql = `select 1 as "${HOSTILE}" where 1 = json('${HOSTILE}')`;
  const page = await library.page(`/library/-/query?${new URLSearchParams({ sql, _trace: 1 })}`);
  const failed = page.locator(".traces-list > li.traces-failed").first();
  await failed.waitFor();
  assert.ok((await failed.locator("code").textContent()).includes(HOSTILE));
  assert.match(await failed.locator(".traces-error").textContent(), /failed: .*malformed JSON/);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});
