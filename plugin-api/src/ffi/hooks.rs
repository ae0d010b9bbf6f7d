//! The hooks: one list, from which everything else about them is made.
//!
//! Adding a hook is one line at the end of `later`, its method in [`Plugin`], its arguments and answer in
//! `hooks/`, and a new minor version. Lines are never moved or taken away: their order is the layout of
//! the table. It has room for 64 hooks; the 65th needs a second table behind this one.

use abi_stable::StableAbi;
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::std_types::{RNone, ROption, RSome, RString};

use super::answer::Answer;
use super::args::Arguments;
use super::cells;
use super::guard::{guard, result};
use super::raw::{RawAnswer, RawArgs, RawArgsRef, RawCellRef, RawResult, State};
use super::remote::RemotePlugin;
use crate::hooks::*;
use crate::{Actor, Html, Map, Plugin, Response, Result};

/// Which hooks a plugin implements; written by `#[hookimpl]`.
pub trait HookSet {
    /// Their names.
    const HOOKS: &'static [&'static str];
    /// Those that want to be called before other plugins'.
    const TRY_FIRST: &'static [&'static str];
    /// Those that want to be called after other plugins'.
    const TRY_LAST: &'static [&'static str];
}

const fn has(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same(names[i].as_bytes(), name.as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// Calls the method of the trait, with or without arguments.
macro_rules! invoke {
    ($plugin:expr, $name:ident, $raw:expr, $Args:ident) => {
        $plugin.$name(&$Args::read($raw)?)
    };
    ($plugin:expr, $name:ident, $raw:expr,) => {{
        let _ = $raw;
        $plugin.$name()
    }};
}

/// The server's method for a hook, with or without arguments.
macro_rules! client {
    ($(#[$doc:meta])* $name:ident($Args:ident) -> $answer:ty) => {
        $(#[$doc])*
        pub fn $name(&self, args: &$Args<'_>) -> Option<Result<$answer>> {
            let hook = self.raw.hooks.$name().into_option()?;
            Some(args.lend(|raw| result(hook(self.raw.state, raw))).and_then(Answer::receive))
        }
    };
    ($(#[$doc:meta])* $name:ident() -> $answer:ty) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<Result<$answer>> {
            let hook = self.raw.hooks.$name().into_option()?;
            let answer = super::args::lend_raw(RawArgs::none(), |raw| result(hook(self.raw.state, raw)));
            Some(answer.and_then(Answer::receive))
        }
    };
}

/// Everything that is made from the list. What came after 1.0 stands behind `render_cell` in the table.
macro_rules! hooks {
    (since 1.0 { $($first:tt)* } later { $($later:tt)* }) => {
        table! { { $($first)* } { $($later)* } }
        each! { $($first)* $($later)* }
    };
}

macro_rules! table {
    ({ $( $First:ident: $first:ident($($A:ident)?) -> $a:ty, $e:ident; )* }
     { $( $Later:ident: $later:ident($($B:ident)?) -> $b:ty, $f:ident; )* }) => {
        /// The hooks of a plugin; an empty place is one that it does not have. Append only.
        #[repr(C)]
        #[derive(StableAbi)]
        #[sabi(kind(Prefix(prefix_ref = RawHooksRef)))]
        #[sabi(missing_field(default))]
        pub struct RawHooks {
            $( pub $first: ROption<extern "C" fn(State, RawArgsRef<'_>) -> RawResult<RawAnswer>>, )*
            /// Everything above is there since 1.0.
            #[sabi(last_prefix_field)]
            pub render_cell: ROption<extern "C" fn(State, RawCellRef<'_>) -> RawResult<ROption<RString>>>,
            $( pub $later: ROption<extern "C" fn(State, RawArgsRef<'_>) -> RawResult<RawAnswer>>, )*
        }
    };
}

macro_rules! each {
    ($( $Hook:ident: $name:ident($($Args:ident)?) -> $answer:ty, $effect:ident; )*) => {
        /// A hook.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Hook {
            $( #[doc = concat!("[`Plugin::", stringify!($name), "`]")] $Hook, )*
            /// [`Plugin::render_cell`]
            RenderCell,
        }

        impl Hook {
            /// Every hook.
            pub const ALL: &'static [Hook] = &[$(Hook::$Hook,)* Hook::RenderCell];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$Hook => stringify!($name), )*
                    Self::RenderCell => "render_cell",
                }
            }

            /// What its failure means.
            pub const fn effect(self) -> Effect {
                match self {
                    $( Self::$Hook => Effect::$effect, )*
                    Self::RenderCell => Effect::Decorates,
                }
            }
        }

        impl RawHooksRef {
            /// The hooks in the table. Runs nothing of the plugin's.
            pub fn implemented(self) -> Vec<Hook> {
                let mut hooks = Vec::new();
                $( if self.$name().is_some() { hooks.push(Hook::$Hook); } )*
                if self.render_cell().is_some() { hooks.push(Hook::RenderCell); }
                hooks
            }
        }

        /// The table of a plugin.
        pub(crate) fn table<P: Plugin + HookSet>() -> RawHooksRef {
            RawHooks {
                $( $name: if has(P::HOOKS, stringify!($name)) { RSome(shim::$name::<P>) } else { RNone }, )*
                render_cell: if has(P::HOOKS, "render_cell") { RSome(shim::render_cell::<P>) } else { RNone },
            }
            .leak_into_prefix()
        }

        mod shim {
            use super::*;

            $( pub(super) extern "C" fn $name<P: Plugin>(state: State, raw: RawArgsRef<'_>) -> RawResult<RawAnswer> {
                guard(|| {
                    // SAFETY: the table of `P` is handed out with a state made from a `P` only.
                    let plugin = unsafe { &*state.0.cast::<P>() };
                    invoke!(plugin, $name, raw, $($Args)?)?.send()
                })
            } )*

            pub(super) extern "C" fn render_cell<P: Plugin>(
                state: State,
                raw: RawCellRef<'_>,
            ) -> RawResult<ROption<RString>> {
                guard(|| {
                    // SAFETY: as above.
                    let plugin = unsafe { &*state.0.cast::<P>() };
                    Ok(plugin.render_cell(&cells::read(raw))?.map(|html| RString::from(html.0)).into())
                })
            }
        }

        /// Each hook, as the server calls it: `None` if the plugin does not have it.
        impl RemotePlugin {
            $( client! { #[doc = concat!("Calls [`Plugin::", stringify!($name), "`].")] $name($($Args)?) -> $answer } )*
        }
    };
}

/// What the failure of a hook means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It fails whatever asked: a broken plugin never widens access.
    Decides,
    /// It is logged, and the plugin is passed over this time.
    Decorates,
}

hooks! {
    since 1.0 {
        Startup: startup(Startup) -> (), Decides;
        Shutdown: shutdown(Shutdown) -> (), Decorates;
        RegisterCommands: register_commands() -> Vec<Command>, Decorates;
        PublishSubcommand: publish_subcommand() -> Vec<PublishTarget>, Decorates;
        PrepareConnection: prepare_connection(PrepareConnection) -> (), Decides;
        ActorFromRequest: actor_from_request(ActorFromRequest) -> Option<Actor>, Decides;
        ActorsFromIds: actors_from_ids(ActorsFromIds) -> Option<Map>, Decides;
        RegisterTokenHandler: register_token_handler() -> Vec<Box<dyn TokenHandler>>, Decides;
        RequestWrapper: request_wrapper(RequestWrapper) -> Response, Decides;
        SkipCsrf: skip_csrf(SkipCsrf) -> bool, Decides;
        RegisterRoutes: register_routes() -> Vec<Route>, Decides;
        RegisterActions: register_actions() -> Vec<Action>, Decides;
        PermissionResourcesSql: permission_resources_sql(PermissionResourcesSql) -> Vec<PermissionSql>, Decides;
        FiltersFromRequest: filters_from_request(FiltersFromRequest) -> Option<FilterArguments>, Decides;
        RegisterFacetClasses: register_facet_classes() -> Vec<Box<dyn FacetClass>>, Decides;
        RegisterColumnTypes: register_column_types() -> Vec<Box<dyn ColumnType>>, Decides;
        CannedQueries: canned_queries(CannedQueries) -> Map, Decides;
        RegisterMagicParameters: register_magic_parameters() -> Vec<MagicParameter>, Decides;
        WriteWrapper: write_wrapper(WriteWrapper) -> (), Decides;
        RegisterEvents: register_events() -> Vec<EventType>, Decides;
        TrackEvent: track_event(TrackEvent) -> (), Decorates;
        RegisterOutputRenderer: register_output_renderer() -> Vec<Box<dyn OutputRenderer>>, Decides;
        PrepareTemplateEnvironment: prepare_template_environment(PrepareTemplateEnvironment) -> TemplateAdditions, Decorates;
        TemplateEnvironmentFromRequest:
            template_environment_from_request(TemplateEnvironmentFromRequest) -> Option<TemplateAdditions>, Decorates;
        ExtraTemplateVars: extra_template_vars(PageContext) -> Map, Decorates;
        ExtraCssUrls: extra_css_urls(PageContext) -> Vec<Asset>, Decorates;
        ExtraJsUrls: extra_js_urls(PageContext) -> Vec<Asset>, Decorates;
        ExtraBodyScript: extra_body_script(PageContext) -> Option<BodyScript>, Decorates;
        MenuLinks: menu_links(MenuLinks) -> Vec<MenuItem>, Decorates;
        JumpItemsSql: jump_items_sql(JumpItemsSql) -> Vec<JumpSql>, Decorates;
        HomepageActions: homepage_actions(HomepageActions) -> Vec<MenuItem>, Decorates;
        DatabaseActions: database_actions(DatabaseActions) -> Vec<MenuItem>, Decorates;
        TableActions: table_actions(TableActions) -> Vec<MenuItem>, Decorates;
        ViewActions: view_actions(ViewActions) -> Vec<MenuItem>, Decorates;
        RowActions: row_actions(RowActions) -> Vec<MenuItem>, Decorates;
        QueryActions: query_actions(QueryActions) -> Vec<MenuItem>, Decorates;
        TopHomepage: top_homepage(TopHomepage) -> Option<Html>, Decorates;
        TopDatabase: top_database(TopDatabase) -> Option<Html>, Decorates;
        TopTable: top_table(TopTable) -> Option<Html>, Decorates;
        TopRow: top_row(TopRow) -> Option<Html>, Decorates;
        TopQuery: top_query(TopQuery) -> Option<Html>, Decorates;
        TopStoredQuery: top_stored_query(TopStoredQuery) -> Option<Html>, Decorates;
        Forbidden: forbidden(Forbidden) -> Option<Response>, Decides;
        HandleException: handle_exception(HandleException) -> Option<Response>, Decides;
    }
    later {}
}

/// Names of all hooks.
pub const HOOK_NAMES: [&str; Hook::ALL.len()] = {
    let mut names = [""; Hook::ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = Hook::ALL[i].name();
        i += 1;
    }
    names
};
