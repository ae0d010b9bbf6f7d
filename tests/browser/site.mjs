// A server with a small library, and a browser in front of it.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

const PROGRAM = process.env.DATASETTE ?? new URL("../../target/debug/datasette", import.meta.url).pathname;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const hasChromium = existsSync(CHROMIUM);

const SCHEMA = [
  "create table authors (id integer primary key, name text not null, born integer)",
  "insert into authors values (1, 'Ursula K. Le Guin', 1929), (2, 'Stanisław Lem', 1921), (3, 'Octavia E. Butler', 1947)",
  `create table books (id integer primary key, title text, author_id integer references authors(id), pages integer,
    price real, notes text, site text, data text, cover blob, made text default current_date)`,
  "insert into books (title, author_id, pages) values ('The Dispossessed', 1, 387), ('Solaris', 2, 204), ('Kindred', 3, 264)",
  "create table sales (book_id integer, n integer not null)",
  "insert into sales values (1, 5), (2, 3)",
];

const CONFIG = {
  permissions: Object.fromEntries(
    ["insert-row", "update-row", "delete-row", "create-table", "alter-table", "drop-table", "set-column-type", "execute-write-sql"]
      .map((action) => [action, true]),
  ),
  settings: { max_insert_rows: 10 },
  databases: { library: { tables: { books: { column_types: { site: "url", data: "json", notes: "textarea" } } } } },
};

// One server and one browser for the tests of a file; `page()` is a new window on a fresh database. `plugins` are crates
// whose libraries are loaded, `config` and `schema` come on top of the usual ones.
export function site({ plugins = [], config = {}, schema = [] } = {}) {
  let folder, server, browser, url;
  const contexts = [];
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  });
  after(async () => {
    await browser?.close();
    await stop();
  });

  async function stop() {
    if (server) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
      server = null;
    }
  }

  async function start() {
    await stop();
    folder = await mkdtemp(join(tmpdir(), "datasette-browser-"));
    const settings = { ...CONFIG.settings, ...config.settings };
    await writeFile(join(folder, "config.json"), JSON.stringify({ ...CONFIG, ...config, settings }));
    await mkdir(join(folder, "plugins"));
    for (const plugin of plugins) {
      const library = `lib${plugin.replaceAll("-", "_")}.${process.platform === "darwin" ? "dylib" : "so"}`;
      await copyFile(join(dirname(PROGRAM), library), join(folder, "plugins", library));
    }
    const words = [join(folder, "library.db"), "--create", "-c", join(folder, "config.json"), "-p", "0"];
    words.push("--plugins-dir", join(folder, "plugins"));
    server = spawn(PROGRAM, words, { stdio: ["ignore", "ignore", "pipe"] });
    url = await new Promise((resolve, reject) => {
      let said = "";
      server.stderr.on("data", (piece) => {
        said += piece;
        const found = said.match(/running on (http:\/\/[\d.]+:\d+)\//);
        found && resolve(found[1]);
      });
      server.once("exit", () => reject(new Error(`The server did not start: ${said}`)));
    });
    for (const sql of [...SCHEMA, ...schema]) {
      await post("/library/-/execute-write", { sql });
    }
  }

  async function post(path, body) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) {
      throw new Error(answer.error);
    }
    return answer;
  }

  return {
    // Whatever a script throws, or writes to the console as an error, ends the test.
    async page(path, options = {}) {
      await start();
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.problems = [];
      page.on("pageerror", (error) => page.problems.push(error.message));
      page.on("console", (message) => {
        // The browser itself reports answers like 400, which forms handle.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
          page.problems.push(message.text());
        }
      });
      await page.goto(url + path);
      return page;
    },
    async rows(sql) {
      const query = new URLSearchParams({ sql, _shape: "arrays" });
      return (await (await fetch(`${url}/library/-/query.json?${query}`)).json()).rows;
    },
    url: (path) => url + path,
  };
}
