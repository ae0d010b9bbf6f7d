//! A map above rows that have a latitude and a longitude, with markers that cluster.
//!
//! Hooks: `extra_body_script`, `extra_css_urls`, `extra_js_urls`. Config: `latitude_column`, `longitude_column`,
//! `tile_layer`, `tile_layer_options`, `container`; see README.md.

mod config;

use datasette_plugin_api::host::Configs;
use datasette_plugin_api::*;

use config::Config;

/// A file of an npm package, as the build script left it, under a path below `static/`.
macro_rules! npm {
    ($path:literal, $file:literal) => {
        EmbeddedFile {
            path: concat!("static/", $path),
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/npm/", $file)),
        }
    };
}

macro_rules! own {
    ($path:literal) => {
        EmbeddedFile {
            path: concat!("static/", $path),
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/", $path)),
        }
    };
}

/// Style sheets and scripts, in the order in which pages load them.
const STYLES: [&str; 3] = ["leaflet.css", "MarkerCluster.css", "cluster-map.css"];
const SCRIPT: &str = "cluster-map.js";

struct ClusterMap {
    host: Host,
    configs: Configs<Config>,
}

#[hookimpl]
impl Plugin for ClusterMap {
    const FILES: &'static [EmbeddedFile] = &[
        own!("cluster-map.css"),
        own!("cluster-map.js"),
        own!("popup.js"),
        own!("rows.js"),
        npm!("leaflet.js", "leaflet/dist/leaflet.js"),
        npm!("leaflet.css", "leaflet/dist/leaflet.css"),
        npm!("leaflet.LICENSE.txt", "leaflet/LICENSE"),
        npm!("leaflet.markercluster.js", "leaflet.markercluster/dist/leaflet.markercluster.js"),
        npm!("MarkerCluster.css", "leaflet.markercluster/dist/MarkerCluster.css"),
        npm!("leaflet.markercluster.LICENSE.txt", "leaflet.markercluster/MIT-LICENCE.txt"),
        npm!("topojson-client.min.js", "topojson-client/dist/topojson-client.min.js"),
        npm!("topojson-client.LICENSE.txt", "topojson-client/LICENSE"),
        npm!("land-110m.json", "world-atlas/land-110m.json"),
        npm!("world-atlas.LICENSE.txt", "world-atlas/LICENSE"),
    ];

    fn new(host: Host) -> Result<Self> {
        // A mistake at the root is told at the start; one at a table, in the log, when it is shown.
        Config::read(&host.config()?)?;
        Ok(Self { configs: Configs::new(host.clone(), Config::read), host })
    }

    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        match self.map(page)? {
            None => Ok(Vec::new()),
            Some(_) => STYLES.iter().map(|file| Ok(Asset::new(self.url(file)?))).collect(),
        }
    }

    fn extra_js_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        match self.map(page)? {
            None => Ok(Vec::new()),
            // The libraries are loaded by the script, when the map is to be seen.
            Some(_) => Ok(vec![Asset::new(self.url(SCRIPT)?).module()]),
        }
    }

    fn extra_body_script(&self, page: &PageContext<'_>) -> Result<Option<BodyScript>> {
        let Some(map) = self.map(page)? else { return Ok(None) };
        // In JSON, `<` is the only thing that could end the script.
        let json = serde_json::to_string(&map)?.replace('<', "\\u003c");
        Ok(Some(BodyScript::new(format!("window.datasetteClusterMap = {json};"))))
    }
}

impl ClusterMap {
    /// What the script has to know, if the page has rows with places.
    fn map(&self, page: &PageContext<'_>) -> Result<Option<Json>> {
        // Pages of queries are called `database` as well; those of databases have no columns.
        if !["table", "row", "database"].contains(&page.view_name) {
            return Ok(None);
        }
        let config = self.configs.of(page.database, page.table)?;
        Ok(config.and_then(|config| config.for_columns(&page.columns.to_vec())))
    }

    fn url(&self, file: &str) -> Result<String> {
        self.host.static_hash(file, Some(self.host.plugin()))
    }
}

export_plugin!(ClusterMap);

#[cfg(test)]
mod tests;
