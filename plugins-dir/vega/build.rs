//! The libraries that draw charts, as package-lock.json names them.

fn main() {
    datasette_npm_files::unpack(&[
        "vega/build/vega.min.js",
        "vega/LICENSE",
        "vega-lite/build/vega-lite.min.js",
        "vega-lite/LICENSE",
        "vega-embed/build/vega-embed.min.js",
        "vega-embed/LICENSE",
    ]);
}
