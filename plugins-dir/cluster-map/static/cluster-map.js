// A map above the rows. The server says which columns hold the places: window.datasetteClusterMap.

import { loadScripts, makePanelPlace, pages, whenSeen } from "./rows.js";
import { makePopup, markerName } from "./popup.js";

const LIBRARIES = ["leaflet.js", "leaflet.markercluster.js"];

// Without tiles the map shows coasts, and lines at every so many degrees.
const LINES = [
  [2, 30],
  [4, 10],
  [6, 5],
  [8, 1],
  [11, 0.1],
  [Infinity, 0.01],
];

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function place(row, { latitude, longitude }) {
  const number = (value) => (typeof value === "number" ? value : typeof value === "string" && value.trim() ? Number(value) : NaN);
  const [lat, lng] = [number(row[latitude]), number(row[longitude])];
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? [lat, lng] : null;
}

function makeMap(node, config) {
  const map = L.map(node, { scrollWheelZoom: false, worldCopyJump: true, minZoom: 0, maxZoom: 18, zoomSnap: 0.25, zoomDelta: 0.5 });
  map.attributionControl.setPrefix(false);
  // A page that is scrolled does not zoom the map on its way.
  map.on("focus click", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  map.setView([20, 0], 1);
  if (config.tileLayer) {
    addTiles(map, config);
  } else {
    addLand(map);
  }
  return map;
}

// Where tiles can't be had there are coasts instead of holes.
function addTiles(map, { tileLayer, tileLayerOptions }) {
  const tiles = L.tileLayer(tileLayer, tileLayerOptions);
  let loaded = false;
  tiles.once("tileload", () => (loaded = true));
  tiles.on("tileerror", () => {
    if (!loaded && map.hasLayer(tiles)) {
      map.removeLayer(tiles);
      addLand(map);
    }
  });
  tiles.addTo(map);
}

async function addLand(map) {
  map.getContainer().classList.add("cluster-map-plain");
  addLines(map);
  try {
    await loadScripts(["topojson-client.min.js"]);
    const world = await (await fetch(new URL("land-110m.json", import.meta.url))).json();
    const land = topojson.feature(world, world.objects.land);
    const polygons = land.features ?? [land];
    const rings = polygons.flatMap(({ geometry }) => geometry.coordinates.map((polygon) => polygon.map(unrolled)));
    for (const shift of [-360, 0, 360]) {
      const shifted = rings.map((polygon) => polygon.map((ring) => ring.map(([lng, lat]) => [lat, lng + shift])));
      L.polygon(shifted, { interactive: false, className: "cluster-map-land" }).addTo(map).bringToBack();
    }
  } catch (error) {
    console.warn("datasette-cluster-map shows no coasts", error);
  }
}

// A coast that crosses the 180th meridian goes on beyond it, instead of jumping back across the whole map. One that
// goes around the pole is closed below the map.
function unrolled(ring) {
  let turns = 0;
  const points = ring.map(([lng, lat], index) => {
    const step = index ? lng - ring[index - 1][0] : 0;
    turns -= Math.abs(step) > 180 ? Math.sign(step) : 0;
    return [lng + turns * 360, lat];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (Math.abs(first[0] - last[0]) > 180) {
    points.push([last[0], -89], [first[0], -89]);
  }
  return points;
}

function addLines(map) {
  const lines = L.layerGroup().addTo(map);
  const draw = () => {
    lines.clearLayers();
    const step = LINES.find(([zoom]) => map.getZoom() <= zoom)[1];
    const bounds = map.getBounds().pad(0.5);
    const options = { className: "cluster-map-line", interactive: false };
    const from = (degrees) => Math.floor(degrees / step) * step;
    const [south, north] = [Math.max(bounds.getSouth(), -85), Math.min(bounds.getNorth(), 85)];
    for (let lng = from(bounds.getWest()); lng <= bounds.getEast(); lng += step) {
      L.polyline([[south, lng], [north, lng]], options).addTo(lines);
    }
    for (let lat = Math.max(from(south), -80); lat <= north; lat += step) {
      L.polyline([[lat, bounds.getWest()], [lat, bounds.getEast()]], options).addTo(lines);
    }
  };
  map.on("moveend", draw);
  draw();
}

function makeClusters() {
  return L.markerClusterGroup({
    maxClusterRadius: 50,
    chunkedLoading: true,
    showCoverageOnHover: false,
    iconCreateFunction(cluster) {
      const count = cluster.getChildCount();
      const size = 30 + Math.min(24, Math.round(Math.log10(count) * 8));
      const text = count < 10_000 ? count : `${Math.round(count / 1000)}k`;
      return L.divIcon({ html: `<span>${text}</span>`, className: "cluster-map-cluster", iconSize: [size, size] });
    },
  });
}

function makeMarker(row, position) {
  const icon = L.divIcon({ className: "cluster-map-pin", iconSize: [18, 18] });
  const name = markerName(row);
  const marker = L.marker(position, { icon, title: name, alt: name });
  marker.bindPopup(() => makePopup(row), { maxWidth: 300, minWidth: 160, maxHeight: 260 });
  return marker;
}

// The line below the map: how far it is, and a button to stop or go on.
function makeStatus() {
  const text = element("span", { role: "status" });
  const progress = element("progress", { "aria-label": "Rows loaded" });
  const button = element("button", { type: "button", class: "button quiet" });
  const node = element("p", { class: "cluster-map-status" }, text, progress, button);
  return { node, text, progress, button };
}

function rowsOf(number) {
  return number === 1 ? "1 row" : `${number.toLocaleString()} rows`;
}

function places(number) {
  return number === 1 ? "One place" : `${number.toLocaleString()} places`;
}

async function start(node, config) {
  const canvas = element("div", { class: "cluster-map-canvas", role: "region", "aria-label": "Map of these rows" });
  const status = makeStatus();
  status.text.textContent = "Loading the map…";
  status.button.hidden = true;
  node.append(canvas, status.node);
  await loadScripts(LIBRARIES);
  const map = makeMap(canvas, config);
  new ResizeObserver(() => map.invalidateSize()).observe(canvas);
  const clusters = makeClusters().addTo(map);
  const source = { stop: null, read: null };
  // Who looks at a place is not taken away from it.
  let moved = false;
  for (const event of ["pointerdown", "wheel", "keydown"]) {
    canvas.addEventListener(event, () => (moved = true), { once: true, passive: true });
  }
  const seen = { rows: 0, places: 0, count: null };

  const tell = (state) => {
    const without = seen.rows - seen.places;
    const of = seen.count && state !== "done" ? ` of ${seen.count.toLocaleString()} rows` : "";
    status.text.textContent = `${places(seen.places)}${of}${without ? `, ${rowsOf(without)} without` : ""}`;
    status.progress.hidden = state !== "loading";
    if (seen.count) {
      Object.assign(status.progress, { max: seen.count, value: seen.rows });
    }
    status.button.hidden = state === "done";
    status.button.textContent = state === "loading" ? "Stop" : "Go on";
  };

  // The source stays where it is when it is stopped between two pages.
  const load = async () => {
    let stopped = false;
    source.stop = () => (stopped = true);
    tell("loading");
    while (!stopped) {
      const { value: page, done } = await source.read.next();
      if (done) {
        return tell("done");
      }
      const markers = [];
      for (const row of page.rows) {
        const position = place(row, config);
        if (position) {
          markers.push(makeMarker(row, position));
        }
      }
      clusters.addLayers(markers);
      seen.rows += page.rows.length;
      seen.places += markers.length;
      seen.count = page.count;
      if (seen.places && !moved) {
        map.fitBounds(clusters.getBounds(), { maxZoom: 12, padding: [20, 20], animate: false });
      }
      if (page.isLast) {
        return tell("done");
      }
      tell("loading");
    }
    tell("stopped");
  };
  const run = () =>
    load().catch((error) => {
      status.text.textContent = `The rows could not be loaded: ${error.message}`;
      status.progress.hidden = true;
      status.button.hidden = true;
    });
  status.button.addEventListener("click", () => (status.button.textContent === "Stop" ? source.stop() : run()));
  const restart = () => {
    source.stop?.();
    clusters.clearLayers();
    Object.assign(seen, { rows: 0, places: 0, count: null });
    source.read = pages({});
    return run();
  };
  document.addEventListener("rows-replaced", restart);
  await restart();
}

function render(node) {
  node.classList.add("cluster-map");
  const config = window.datasetteClusterMap;
  whenSeen(node, () =>
    start(node, config).catch((error) => {
      node.textContent = `The map could not be shown: ${error.message}`;
    }),
  );
}

document.addEventListener("datasette_init", ({ detail: manager }) => {
  const config = window.datasetteClusterMap;
  if (!config) {
    return;
  }
  const container = config.container && document.querySelector(config.container);
  if (container) {
    render(container);
    return;
  }
  makePanelPlace();
  manager.registerPlugin("datasette-cluster-map", {
    version: 1,
    makeAboveTablePanelConfigs: () => [{ id: "map", label: "Map", render }],
  });
});
