//! Opens a library, makes sure that both sides mean the same by everything, and makes its plugins.
//!
//! Not by the loaders of `abi_stable`: these keep the first library they open for each type, refuse old
//! plugins in new servers, and depend on the order of loading. The history of the tables is append-only,
//! so one side is always a prefix of the other: it is enough that the check passes in one direction.

use std::path::Path;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::{CheckingGlobals, check_layout_compatibility_with_globals};
use abi_stable::library::{AbiHeaderRef, LibHeader, ROOT_MODULE_LOADER_NAME_WITH_NUL, RootModule};
use datasette_plugin_api::server::{RawHost, RawLibraryRef, RemotePlugin};
use libloading::Library;

use super::Reason;
use super::manifest::major;

/// Loads the library, for ever, and makes its plugins.
pub(super) fn plugins(path: &Path, host: RawHost) -> Result<Vec<RemotePlugin>, Reason> {
    RemotePlugin::all(open(path)?, host).map_err(|error| error.message)
}

/// Loads the library, for ever.
pub(super) fn open(path: &Path) -> Result<RawLibraryRef, Reason> {
    let header = header(path)?;
    let ours = <RawLibraryRef as RootModule>::VERSION_STRINGS.version;
    let theirs = header.version_strings().version;
    if major(ours.as_str()) != major(theirs.as_str()) {
        return Err(format!("needs plugin API {theirs}, this server has {ours}; rebuild it"));
    }
    check_layout(header)?;
    // SAFETY: the layout was just compared.
    unsafe { header.unchecked_layout::<RawLibraryRef>() }.map_err(|error| format!("does not start: {error}"))
}

fn header(path: &Path) -> Result<&'static LibHeader, Reason> {
    // SAFETY: this runs code of the library. That is what plugins are for; what can be known without
    // running it was looked at before, and strangers were tried in another process.
    let library = unsafe { Library::new(path) }.map_err(|error| {
        // The path is that of a copy, which helps nobody.
        let copy = format!("{}: ", path.display());
        format!("can't be loaded: {}", error.to_string().replace(&copy, ""))
    })?;
    // SAFETY: the symbol is a static `LibHeader`, which starts with an `AbiHeader`; `upgrade` looks at
    // the magic of the latter before it believes the former.
    let header = unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL.as_bytes()) }
        .map(|symbol| *symbol)
        .map_err(|_| "is not a datasette plugin: it does not export one".to_owned())?;
    // Never unloaded: its functions and strings are everywhere by now.
    std::mem::forget(library);
    header.upgrade().map_err(|_| "was built with another version of abi_stable; rebuild it".to_owned())
}

/// With fresh globals: those of the process would remember other plugins.
fn check_layout(header: &LibHeader) -> Result<(), Reason> {
    let ours = <RawLibraryRef as StableAbi>::LAYOUT;
    let theirs = header.layout().ok_or("does not say how its tables are laid out; rebuild it")?;
    let fits = |interface, implementation| {
        check_layout_compatibility_with_globals(interface, implementation, &CheckingGlobals::new())
    };
    let Err(errors) = fits(ours, theirs) else { return Ok(()) };
    if fits(theirs, ours).is_ok() {
        return Ok(());
    }
    Err(format!("does not fit this server ({}); rebuild it", in_short(&errors.to_string())))
}

/// The first difference of a report that has hundreds of lines.
fn in_short(report: &str) -> String {
    let lines = report.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().find(|line| line.to_ascii_lowercase().starts_with("error"));
    let line = first.or_else(|| lines.clone().next()).unwrap_or("another layout");
    line.trim_end_matches(':').chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_cut_to_one_sentence() {
        let report = "Compared <this>:\n   x\n\nError:too many fields\n  Expected:\n   2\n";
        assert_eq!(in_short(report), "Error:too many fields");
        assert!(in_short(&"x".repeat(10_000)).len() <= 120);
    }
}
