//! Names that people know from Datasette: plugins in Python, and which of them there are for this server.

/// Ported: the native plugin has the same name.
const PORTED: &[&str] = &[
    "datasette-atom",
    "datasette-auth-github",
    "datasette-auth-passwords",
    "datasette-cluster-map",
    "datasette-ephemeral-tables",
    "datasette-hashed-urls",
    "datasette-haversine",
    "datasette-ics",
    "datasette-jellyfish",
    "datasette-json-html",
    "datasette-permissions-sql",
    "datasette-pretty-json",
    "datasette-pretty-traces",
    "datasette-render-binary",
    "datasette-render-markdown",
    "datasette-vega",
];

/// Not ported. Only names that exist; whoever writes a native plugin of such a name puts it into an index, and nobody
/// looks here.
const PYTHON_ONLY: &[&str] = &[
    "datasette-acl",
    "datasette-alerts",
    "datasette-app-support",
    "datasette-auth-existing-cookies",
    "datasette-auth-tokens",
    "datasette-backup",
    "datasette-block-robots",
    "datasette-bplist",
    "datasette-checkbox",
    "datasette-chronicle",
    "datasette-codespaces",
    "datasette-comments",
    "datasette-configure-asgi",
    "datasette-configure-fts",
    "datasette-copy-to-memory",
    "datasette-copyable",
    "datasette-cors",
    "datasette-css-properties",
    "datasette-dashboards",
    "datasette-dateutil",
    "datasette-debug-asgi",
    "datasette-debug-gotham",
    "datasette-demo-dbs",
    "datasette-edit-schema",
    "datasette-edit-templates",
    "datasette-enrichments",
    "datasette-enrichments-gpt",
    "datasette-enrichments-opencage",
    "datasette-enrichments-quickjs",
    "datasette-enrichments-re2",
    "datasette-error-to-json",
    "datasette-events-db",
    "datasette-explain",
    "datasette-export-notebook",
    "datasette-external-links-new-tabs",
    "datasette-extract",
    "datasette-faiss",
    "datasette-geojson",
    "datasette-geojson-map",
    "datasette-glitch",
    "datasette-graphql",
    "datasette-gunicorn",
    "datasette-gzip",
    "datasette-homepage-table",
    "datasette-hovercards",
    "datasette-import",
    "datasette-init",
    "datasette-insert",
    "datasette-jq",
    "datasette-jupyterlite",
    "datasette-json-preview",
    "datasette-leaflet",
    "datasette-leaflet-freedraw",
    "datasette-leaflet-geojson",
    "datasette-llm-embed",
    "datasette-mask-columns",
    "datasette-mbtiles",
    "datasette-media",
    "datasette-metadata-editable",
    "datasette-multiline-links",
    "datasette-nteract-data-explorer",
    "datasette-packages",
    "datasette-parquet",
    "datasette-paste",
    "datasette-placekey",
    "datasette-plot",
    "datasette-psutil",
    "datasette-publish-azure",
    "datasette-publish-fly",
    "datasette-publish-now",
    "datasette-publish-vercel",
    "datasette-pyinstrument",
    "datasette-query-assistant",
    "datasette-query-history",
    "datasette-redirect-forbidden",
    "datasette-redirect-to-https",
    "datasette-remote-metadata",
    "datasette-render-image-tags",
    "datasette-render-images",
    "datasette-render-timestamps",
    "datasette-ripgrep",
    "datasette-rure",
    "datasette-saved-queries",
    "datasette-scale-to-zero",
    "datasette-schema-versions",
    "datasette-search-all",
    "datasette-seaborn-plot",
    "datasette-secrets",
    "datasette-sentry",
    "datasette-show-errors",
    "datasette-simple-html",
    "datasette-socrata",
    "datasette-sqlite-authorizer",
    "datasette-sqlite-debug-authorizer",
    "datasette-sqlite-fts4",
    "datasette-sqlite-http",
    "datasette-sqlite-jsonschema",
    "datasette-sqlite-regex",
    "datasette-sqlite-vec",
    "datasette-sqlite-vss",
    "datasette-sqlite-xsv",
    "datasette-statistics",
    "datasette-studio",
    "datasette-template-request",
    "datasette-template-sql",
    "datasette-tiddlywiki",
    "datasette-tiles",
    "datasette-total-page-time",
    "datasette-turnstile",
    "datasette-upload-csvs",
    "datasette-upload-dbs",
    "datasette-uptime",
    "datasette-vega-lite",
    "datasette-verify",
    "datasette-visible-internal-db",
    "datasette-write",
    "datasette-write-ui",
    "datasette-x-forwarded-host",
    "datasette-youtube-embed",
    "datasette-yaml",
];

/// A sentence for whoever looks for a plugin in Python, with a space before it. Empty for other names.
pub(super) fn remark(name: &str) -> String {
    if PORTED.contains(&name) {
        format!(
            " {name} is known as a plugin in Python, which this server can't load. It was ported: the native plugin has the \
             same name and stands in the project's folder plugins-dir."
        )
    } else if PYTHON_ONLY.contains(&name) {
        format!(" {name} is a plugin in Python, which this server can't load, and it was not ported.")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normal_and_stand_in_one_list() {
        for name in PORTED.iter().chain(PYTHON_ONLY) {
            assert_eq!(super::super::version::normal(name).as_deref(), Ok(*name));
        }
        assert!(PORTED.iter().all(|name| !PYTHON_ONLY.contains(name)));
    }

    #[test]
    fn a_plugin_in_python_is_known() {
        assert!(remark("datasette-haversine").contains("ported"));
        assert!(remark("datasette-graphql").contains("not ported"));
        assert_eq!(remark("hello"), "");
    }
}
