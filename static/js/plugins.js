// The JavaScript plugin API, with Datasette's names: plugins listen for `datasette_init` and are handed the
// manager, which is also window.__DATASETTE__. docs/javascript-plugins.md tells what they can do.

// What the server tells scripts about this page becomes the global that plugins know it by.
for (const data of document.querySelectorAll("script[type='application/json'][data-global]")) {
  window[data.dataset.global] = JSON.parse(data.textContent);
}

const selectors = {
  jsonExportLink: ".export-links a[href*=json]",
  tableWrapper: ".table-wrapper",
  table: "table.rows-and-columns",
  aboveTablePanel: ".above-table-panel",
  tableHeaders: "table.rows-and-columns th",
  filterRows: ".filter-row",
  facetResults: ".facet-results [data-column]",
};

const plugins = new Map();

// One plugin's mistake must not take the page's own functions with it.
function call(name, method, ...args) {
  const plugin = plugins.get(name);
  if (typeof plugin[method] !== "function") {
    return null;
  }
  try {
    return plugin[method](...args);
  } catch (error) {
    console.error(`The plugin ${name} failed in ${method}()`, error);
    return null;
  }
}

function lists(method, ...args) {
  return [...plugins.keys()].flatMap((name) => {
    const list = call(name, method, ...args);
    return Array.isArray(list) ? list : [];
  });
}

const manager = {
  VERSION: window.datasetteVersion,
  plugins,
  selectors,

  registerPlugin(name, plugin) {
    if (plugins.has(name)) {
      console.warn(`The plugin ${name} is registered again; the later one stays`);
    }
    plugins.set(name, plugin);
    plugin.setup?.(manager);
  },

  // Entries for a column's menu: [{label, href or onClick}].
  makeColumnActions: (column) => lists("makeColumnActions", column).filter((action) => action?.label),

  // The first plugin with a control of its own for a field of a row's form wins.
  makeColumnField(context) {
    for (const name of plugins.keys()) {
      const control = call(name, "makeColumnField", context);
      if (control) {
        return { pluginName: name, ...control };
      }
    }
    return null;
  },

  // Sections for the dialog "Jump to": [{id, render(node, context)}].
  makeJumpSections: (context) =>
    lists("makeJumpSections", context).filter((section) => typeof section?.render === "function"),

  renderAboveTablePanel,
};

// Tabs above the rows, one for each panel of a plugin. Called again, it adds panels that are new.
function renderAboveTablePanel() {
  const panel = document.querySelector(selectors.aboveTablePanel);
  if (!panel) {
    return;
  }
  for (const name of plugins.keys()) {
    for (const config of call(name, "makeAboveTablePanelConfigs") ?? []) {
      addPanel(panel, `${name}_${config.id}_panel-content`, config);
    }
  }
}

function addPanel(panel, id, config) {
  if (document.getElementById(id)) {
    return;
  }
  if (!panel.querySelector(".tab-controls")) {
    const controls = Object.assign(document.createElement("div"), { className: "tab-controls" });
    const contents = Object.assign(document.createElement("div"), { className: "tab-contents" });
    controls.setAttribute("role", "tablist");
    panel.append(controls, contents);
  }
  const [controls, contents] = panel.children;
  const tab = Object.assign(document.createElement("button"), { type: "button", textContent: config.label });
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", id);
  const content = Object.assign(document.createElement("div"), { id });
  content.setAttribute("role", "tabpanel");
  const isFirst = contents.children.length === 0;
  const select = (chosen) => {
    for (const [index, node] of [...contents.children].entries()) {
      node.hidden = node !== chosen;
      controls.children[index].setAttribute("aria-selected", String(node === chosen));
    }
  };
  tab.addEventListener("click", () => select(content));
  controls.append(tab);
  contents.append(content);
  config.render(content);
  select(isFirst ? content : [...contents.children].find((node) => !node.hidden) ?? content);
}

function start() {
  window.__DATASETTE__ = manager;
  document.dispatchEvent(new CustomEvent("datasette_init", { detail: manager }));
  renderAboveTablePanel();
}

// After all scripts of plugins, modules included.
document.addEventListener("DOMContentLoaded", start);
