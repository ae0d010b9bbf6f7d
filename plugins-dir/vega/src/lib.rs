//! Charts of any table or query: bars, lines, points, drawn by Vega-Lite.
//!
//! Hooks: `extra_css_urls`, `extra_js_urls`. Config: none.

use datasette_plugin_api::*;

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
    ($path:literal, $file:literal) => {
        EmbeddedFile {
            path: concat!("static/", $path),
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)),
        }
    };
}

struct Vega {
    host: Host,
}

// Behind others: of several panels the first is the one that is seen, and this one begins closed.
#[hookimpl(trylast = [extra_js_urls])]
impl Plugin for Vega {
    const FILES: &'static [EmbeddedFile] = &[
        own!("chart.css", "static/chart.css"),
        own!("chart.js", "static/chart.js"),
        own!("spec.js", "static/spec.js"),
        // How rows are read page by page is the same for maps and charts.
        own!("rows.js", "../cluster-map/static/rows.js"),
        npm!("vega.min.js", "vega/build/vega.min.js"),
        npm!("vega.LICENSE.txt", "vega/LICENSE"),
        npm!("vega-lite.min.js", "vega-lite/build/vega-lite.min.js"),
        npm!("vega-lite.LICENSE.txt", "vega-lite/LICENSE"),
        npm!("vega-embed.min.js", "vega-embed/build/vega-embed.min.js"),
        npm!("vega-embed.LICENSE.txt", "vega-embed/LICENSE"),
        npm!("vega-parts.LICENSE.txt", "PARTS.LICENSE.txt"),
    ];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        self.asset(page, "chart.css")
    }

    fn extra_js_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        // Vega itself is a megabyte: the script loads it for those who draw a chart.
        Ok(self.asset(page, "chart.js")?.into_iter().map(Asset::module).collect())
    }
}

impl Vega {
    fn asset(&self, page: &PageContext<'_>, file: &str) -> Result<Vec<Asset>> {
        // Pages of queries are called `database` as well; those of databases have no columns.
        if page.columns.is_empty() || !["table", "database"].contains(&page.view_name) {
            return Ok(Vec::new());
        }
        Ok(vec![Asset::new(self.host.static_hash(file, Some(self.host.plugin()))?)])
    }
}

export_plugin!(Vega);

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, Harness};

    use super::*;

    fn assets(view: &str, columns: &[&str]) -> usize {
        let plugin = Harness::<Vega>::with(FakeHost::new().answer("static_hash", "/s/chart?_hash=1"));
        let page =
            || PageContext::new(None, Some("d"), None, Names::new(columns.iter().copied()), view, None);
        let scripts = plugin.extra_js_urls(&page()).unwrap().unwrap();
        assert!(scripts.iter().all(|asset| asset.module));
        scripts.len() + plugin.extra_css_urls(&page()).unwrap().unwrap().len()
    }

    #[test]
    fn pages_with_many_rows_can_draw_them() {
        assert_eq!((assets("table", &["a"]), assets("database", &["a"])), (2, 2));
        assert_eq!((assets("row", &["a"]), assets("index", &[]), assets("database", &[])), (0, 0, 0));
    }

    #[test]
    fn licences_go_with_the_libraries() {
        let licences = Vega::FILES.iter().filter(|file| file.path.ends_with(".LICENSE.txt"));
        assert_eq!(licences.filter(|file| file.bytes.len() > 500).count(), 4);
    }
}
