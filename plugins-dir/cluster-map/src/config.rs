//! What the configuration says about the map of a table.

use datasette_plugin_api::*;

#[derive(Debug, PartialEq)]
pub(crate) struct Config {
    latitude: String,
    longitude: String,
    tile_layer: Option<String>,
    tile_layer_options: Map,
    container: Option<String>,
}

const KEYS: [&str; 6] =
    ["latitude_column", "longitude_column", "tile_layer", "tile_layer_options", "container", "required"];

impl Config {
    pub(crate) fn read(config: &Json) -> Result<Self> {
        let nothing = Map::new();
        let config = match config {
            Json::Null => &nothing,
            Json::Object(config) => config,
            _ => return Err("the configuration of datasette-cluster-map has to be an object".into()),
        };
        if let Some(key) = config.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!("datasette-cluster-map has no option {key}").into());
        }
        let text = |key: &str| match config.get(key) {
            None => Ok(None),
            Some(Json::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(Error::new(format!("{key} has to be a text"))),
        };
        let tile_layer = text("tile_layer")?;
        let tile_layer_options = match config.get("tile_layer_options") {
            None => Map::new(),
            Some(Json::Object(_)) if tile_layer.is_none() => {
                return Err("tile_layer_options does nothing without tile_layer".into());
            }
            Some(Json::Object(options)) => options.clone(),
            Some(_) => return Err("tile_layer_options has to be an object".into()),
        };
        Ok(Self {
            latitude: text("latitude_column")?.unwrap_or_else(|| "latitude".to_owned()),
            longitude: text("longitude_column")?.unwrap_or_else(|| "longitude".to_owned()),
            tile_layer,
            tile_layer_options,
            container: text("container")?,
        })
    }

    /// For the script, if these columns have both. SQL does not tell `Latitude` from `latitude`.
    pub(crate) fn for_columns(&self, columns: &[String]) -> Option<Json> {
        let find = |name: &str| columns.iter().find(|column| column.eq_ignore_ascii_case(name));
        Some(json!({
            "latitude": find(&self.latitude)?,
            "longitude": find(&self.longitude)?,
            "tileLayer": self.tile_layer,
            "tileLayerOptions": self.tile_layer_options,
            "container": self.container,
        }))
    }
}
