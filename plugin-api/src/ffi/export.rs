//! What `export_plugin!` leaves in a library: the root module, and a manifest that can be read without
//! loading it.

/// Options of `export_plugin!`, each `name = value`.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Name of the plugin; without it the crate's.
    pub name: &'static str,
    /// Version of the plugin; without it the crate's.
    pub version: &'static str,
    /// Whether the site must not run without this plugin: it keeps people out.
    pub security: bool,
    /// Whether the plugin brings an SQLite of its own, and never opens one of the server's files with it.
    pub own_sqlite: bool,
    /// Hooks without which the plugin is of no use: a server that does not know them must not load it.
    pub requires: &'static [&'static str],
}

impl Options {
    /// What the crate says.
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        Self { name, version, security: false, own_sqlite: false, requires: &[] }
    }
}

/// Total length of the pieces.
pub const fn length(pieces: &[&str]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < pieces.len() {
        total += pieces[i].len();
        i += 1;
    }
    total
}

/// The pieces as one array of bytes, which is what a section of a library holds.
pub const fn joined<const N: usize>(pieces: &[&str]) -> [u8; N] {
    let mut all = [0; N];
    let (mut at, mut i) = (0, 0);
    while i < pieces.len() {
        let piece = pieces[i].as_bytes();
        let mut j = 0;
        while j < piece.len() {
            all[at] = piece[j];
            at += 1;
            j += 1;
        }
        i += 1;
    }
    all
}

/// Length of [`names`].
pub const fn names_length(lists: &[&[&str]]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < lists.len() {
        let mut j = 0;
        while j < lists[i].len() {
            // Quotes, and a comma behind all but the last.
            total += lists[i][j].len() + 3;
            j += 1;
        }
        i += 1;
    }
    if total == 0 { 0 } else { total - 1 }
}

/// The names as they stand in a list of JSON.
pub const fn names<const N: usize>(lists: &[&[&str]]) -> [u8; N] {
    let mut all = [b','; N];
    let (mut at, mut i) = (0, 0);
    while i < lists.len() {
        let mut j = 0;
        while j < lists[i].len() {
            let name = lists[i][j].as_bytes();
            all[at] = b'"';
            let mut k = 0;
            while k < name.len() {
                all[at + 1 + k] = name[k];
                k += 1;
            }
            all[at + 1 + name.len()] = b'"';
            at += name.len() + 3;
            j += 1;
        }
        i += 1;
    }
    all
}

/// What [`names`] made, as a piece for [`joined`].
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// JSON's word.
pub const fn boolean(it: bool) -> &'static str {
    if it { "true" } else { "false" }
}

/// Whether panics of this library can be caught.
pub const PANIC: &str = if cfg!(panic = "unwind") { "unwind" } else { "abort" };
/// The version of abi_stable that made the layouts.
pub const ABI_STABLE: &str = "0.11.3";

/// Makes the crate a library with one plugin, named after the crate.
///
/// Options: `name = "..."`, `version = "..."`, `security = true` (the server must not start without this
/// plugin), `own_sqlite = true` (the library contains an SQLite of its own), `requires = &["hook"]` (hooks that a server
/// has to know to load it).
///
/// ```ignore
/// export_plugin!(MyPlugin);
/// export_plugin!(MyPlugin, name = "my-plugin", security = true);
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty $(, $option:ident = $value:expr)* $(,)?) => {
        const _: () = {
            const OPTIONS: $crate::ffi::export::Options = $crate::__options!($($option = $value),*);
            $crate::__export!(OPTIONS; OPTIONS.name => $plugin);
        };
    };
}

/// Makes the crate a library with several plugins.
///
/// ```ignore
/// export_plugins!("facets-by-day" => Days, "facets-by-hour" => Hours);
/// export_plugins!(Days, "facets-by-hour" => Hours; security = true);
/// ```
///
/// One without a name is named after the crate. Options follow a semicolon; they hold for all.
#[macro_export]
macro_rules! export_plugins {
    ($name:literal => $($rest:tt)*) => {
        $crate::__export_plugins!([] $name => $($rest)*);
    };
    ($plugin:ty $(, $name:literal => $more:ty)* $(; $($option:ident = $value:expr),+)? $(,)?) => {
        $crate::__export_plugins!([] env!("CARGO_PKG_NAME") => $plugin $(, $name => $more)* $(; $($option = $value),+)?);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_plugins {
    ([] $first:expr => $plugin:ty $(, $name:expr => $more:ty)* $(,)? $(; $($option:ident = $value:expr),+ $(,)?)?) => {
        const _: () = {
            const OPTIONS: $crate::ffi::export::Options = $crate::__options!($($($option = $value),+)?);
            $crate::__export!(OPTIONS; $first => $plugin $(, $name => $more)*);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __options {
    ($($option:ident = $value:expr),*) => {{
        #[allow(unused_mut)]
        let mut options = $crate::ffi::export::Options::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        $( options.$option = $value; )*
        options
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($options:ident; $first:expr => $plugin:ty $(, $name:expr => $more:ty)*) => {
        use $crate::ffi::abi_stable::library as __library;
        use $crate::ffi::{export as __export, raw as __raw, remote as __remote};

        const MAKERS: &[__remote::Maker] =
            &[($first, __remote::make::<$plugin>) $(, ($name, __remote::make::<$more>))*];

        extern "C" fn plugins(
            host: __raw::RawHost,
        ) -> __raw::RawResult<$crate::ffi::abi_stable::std_types::RVec<__raw::RawPlugin>> {
            __remote::make_all(MAKERS, $options.version, host)
        }

        fn root() -> __raw::RawLibraryRef {
            use $crate::ffi::abi_stable::prefix_type::PrefixTypeTrait;
            __raw::RawLibrary { plugins }.leak_into_prefix()
        }

        extern "C" fn erased_root() -> __library::RootModuleResult {
            __library::__call_root_module_loader(root)
        }

        // The name that abi_stable looks for.
        #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
        pub static HEADER: __library::LibHeader = {
            // SAFETY: `erased_root` returns the root module whose layout the header takes down.
            unsafe {
                __library::LibHeader::from_constructor::<__raw::RawLibraryRef>(
                    erased_root,
                    __library::CheckTypeLayout::Yes,
                )
            }
        };

        const HOOKS: &[&[&str]] =
            &[<$plugin as $crate::HookSet>::HOOKS $(, <$more as $crate::HookSet>::HOOKS)*];
        const HOOK_NAMES: [u8; __export::names_length(HOOKS)] = __export::names(HOOKS);
        const REQUIRED: &[&[&str]] = &[$options.requires];
        const REQUIRED_NAMES: [u8; __export::names_length(REQUIRED)] = __export::names(REQUIRED);

        const PIECES: &[&str] = &[
            "{\"schema\":1,\"name\":\"", $options.name,
            "\",\"version\":\"", $options.version,
            "\",\"api\":\"", $crate::API_VERSION,
            "\",\"abi_stable\":\"", __export::ABI_STABLE,
            "\",\"target\":\"", ::std::env::consts::ARCH, "-", ::std::env::consts::OS,
            "\",\"panic\":\"", __export::PANIC,
            "\",\"security\":", __export::boolean($options.security),
            ",\"own_sqlite\":", __export::boolean($options.own_sqlite),
            ",\"hooks\":[", __export::text(&HOOK_NAMES),
            "],\"requires\":[", __export::text(&REQUIRED_NAMES),
            "],\"plugins\":[\"", $first, "\"" $(, ",\"", $name, "\"")*, "]}",
        ];

        // Exported, so that the linker keeps it.
        #[unsafe(export_name = "DATASETTE_PLUGIN_MANIFEST")]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__dsplugin"))]
        #[cfg_attr(windows, unsafe(link_section = ".dsplug"))]
        #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".dsplugin"))]
        pub static MANIFEST: [u8; __export::length(PIECES)] = __export::joined(PIECES);
    };
}
