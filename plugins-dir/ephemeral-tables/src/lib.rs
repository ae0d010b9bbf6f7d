//! Drops the tables of a database some time after they were created: for demos that everybody may write to.
//!
//! Hooks: `startup`, `shutdown`, `write_wrapper`, `top_database`, `top_table`. Config: `database`, `table_ttl`,
//! `check_interval`, `prefixes`, `keep`; see README.md.

mod book;
mod config;
mod keeper;

use std::sync::Arc;

use datasette_plugin_api::*;

use config::Config;
use keeper::Keeper;

struct Ephemeral {
    keeper: Arc<Keeper>,
}

#[hookimpl]
impl Plugin for Ephemeral {
    fn new(host: Host) -> Result<Self> {
        let config = Config::read(&host.config()?)?;
        Ok(Self { keeper: Arc::new(Keeper::new(host, config)) })
    }

    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        self.keeper.begin()?;
        let keeper = Arc::clone(&self.keeper);
        self.keeper.host.add_background_task("drop expired tables", move || keeper.run())
    }

    fn shutdown(&self, _: &Shutdown<'_>) -> Result<()> {
        self.keeper.stop();
        Ok(())
    }

    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        args.write.proceed()?;
        // Between two looks of the background task a table may go and another of its name may come.
        if args.database == self.keeper.config.database {
            self.keeper.look_within(&args.write)
        } else {
            Ok(())
        }
    }

    fn top_database(&self, args: &TopDatabase<'_>) -> Result<Option<Html>> {
        let config = &self.keeper.config;
        Ok((args.database == config.database).then(|| {
            let which = match config.prefixes.as_slice() {
                [] => "Tables that are created here".to_owned(),
                prefixes => format!("Tables that are created here with names like {}", names(prefixes)),
            };
            note(&format!("{which} are dropped after {}.", config::duration(config.table_ttl)))
        }))
    }

    fn top_table(&self, args: &TopTable<'_>) -> Result<Option<Html>> {
        if args.database != self.keeper.config.database {
            return Ok(None);
        }
        let Some(left) = self.keeper.left(args.table) else { return Ok(None) };
        let when = if left > 0 { format!("in {}", config::duration(left)) } else { "now".to_owned() };
        Ok(Some(note(&format!("This table is temporary: it is dropped {when}."))))
    }
}

export_plugin!(Ephemeral);

fn names(prefixes: &[String]) -> String {
    prefixes.iter().map(|prefix| format!("{prefix}…")).collect::<Vec<_>>().join(", ")
}

fn note(text: &str) -> Html {
    Html(format!("<p class=\"message-warning ephemeral-note\">{}</p>", Html::escape(text)))
}

#[cfg(test)]
mod tests;
