//! The libraries that draw charts, as package-lock.json names them.

/// What the bundles of Vega hold besides Vega: nobody may pass it on without these.
const PARTS: &[&str] = &[
    "d3-array/LICENSE",
    "d3-color/LICENSE",
    "d3-delaunay/LICENSE",
    "d3-dispatch/LICENSE",
    "d3-dsv/LICENSE",
    "d3-force/LICENSE",
    "d3-format/LICENSE",
    "d3-geo-projection/LICENSE",
    "d3-geo/LICENSE",
    "d3-hierarchy/LICENSE",
    "d3-interpolate/LICENSE",
    "d3-path/LICENSE",
    "d3-quadtree/LICENSE",
    "d3-scale-chromatic/LICENSE",
    "d3-scale/LICENSE",
    "d3-shape/LICENSE",
    "d3-time-format/LICENSE",
    "d3-time/LICENSE",
    "d3-timer/LICENSE",
    "delaunator/LICENSE",
    "fast-json-patch/LICENSE.txt",
    "internmap/LICENSE",
    "json-stringify-pretty-compact/LICENSE",
    "robust-predicates/LICENSE",
    "semver/LICENSE",
    "topojson-client/LICENSE",
    "tslib/LICENSE.txt",
];

fn main() {
    datasette_npm_files::unpack(&[
        "vega/build/vega.min.js",
        "vega/LICENSE",
        "vega-lite/build/vega-lite.min.js",
        "vega-lite/LICENSE",
        "vega-embed/build/vega-embed.min.js",
        "vega-embed/LICENSE",
    ]);
    datasette_npm_files::unpack_joined("PARTS.LICENSE.txt", PARTS);
}
