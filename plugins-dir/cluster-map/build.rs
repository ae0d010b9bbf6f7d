//! The libraries that draw the map, as package-lock.json names them.

fn main() {
    datasette_npm_files::unpack(&[
        "leaflet/dist/leaflet.js",
        "leaflet/dist/leaflet.css",
        "leaflet/LICENSE",
        "leaflet.markercluster/dist/leaflet.markercluster.js",
        "leaflet.markercluster/dist/MarkerCluster.css",
        "leaflet.markercluster/MIT-LICENCE.txt",
        "topojson-client/dist/topojson-client.min.js",
        "topojson-client/LICENSE",
        "world-atlas/land-110m.json",
        "world-atlas/LICENSE",
    ]);
}
