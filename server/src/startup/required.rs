//! Plugins without which the site must not start, because the configuration says so. One that is broken can say of itself
//! that it is there for security; one that is not there at all can't.

use datasette_plugin_api::Json;

use crate::config::Config;

/// `plugins.NAME.required: true` and no plugin of that name is an error, a sentence for the operator.
pub(super) fn check(config: &Config, is_loaded: impl Fn(&str) -> bool) -> Result<(), String> {
    let plugins = config.root().get("plugins").and_then(Json::as_object);
    for (name, block) in plugins.into_iter().flatten() {
        let path = format!("plugins.{name}.required");
        match block.get("required") {
            None | Some(Json::Null | Json::Bool(false)) => {}
            Some(Json::Bool(true)) if is_loaded(name) => {}
            Some(Json::Bool(true)) => {
                return Err(format!(
                    "The plugin {name} is required ({path} in the configuration) and is not loaded, so the server \
                     does not start. Put its library into the folder of plugins, or see above why it was refused."
                ));
            }
            Some(_) => {
                return Err(format!("Invalid configuration at {path}: expected true or false"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::{Map, json};

    use super::*;

    #[track_caller]
    fn checked(plugins: Json) -> Result<(), String> {
        let config = Config::new(json!({"plugins": plugins}), Json::Null, Map::new()).unwrap();
        check(&config, |name| name == "guard")
    }

    #[test]
    fn what_is_required_has_to_be_there() {
        assert_eq!(checked(json!({"guard": {"required": true}, "other": {"required": false}})), Ok(()));
        let error = checked(json!({"gaurd": {"required": true}})).unwrap_err();
        assert!(error.contains("gaurd") && error.contains("plugins.gaurd.required"), "{error}");
        assert!(checked(json!({"guard": {"required": "yes"}})).unwrap_err().contains("true or false"));
    }
}
