//! Hooks that decide: an error of a plugin is an error of the request.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Debug;
use std::ops::ControlFlow;

use datasette_plugin_api::server::{Hook, NextStep, RemotePlugin, SqlRegistrar};
use datasette_plugin_api::{
    self as api, Action, ActorFromRequest, ActorsFromIds, CannedQueries, FilterArguments, FiltersFromRequest,
    Forbidden, HandleException, Json, Map, Next, PermissionResourcesSql, PermissionSql, PrepareConnection,
    Registrar, Request as View, RequestWrapper, Sent, SkipCsrf, Write, WriteWrapper,
};

use super::bodies::returned;
use super::glue::{Guarded, Rest, WriteStep, failure};
use super::sql::Named;
use super::{Loaded, Plugins, apart};
use crate::config::StoredQueryConfig;
use crate::error::{ErrorPage, Result};
use crate::request::{Actor, Request};
use crate::response::Response;

impl Plugins {
    /// Registers the plugins' SQL functions on a new connection.
    pub(crate) fn prepare_connection<R: SqlRegistrar>(&self, connection: &R, database: &str) -> Result<()> {
        let told = || PrepareConnection::new(Registrar::over(connection), database);
        let prepare = |plugin: &RemotePlugin, _: &PrepareConnection<'_>| {
            let named = Named { plugin: &plugin.info().name, connection };
            plugin.prepare_connection(&PrepareConnection::new(Registrar::over(&named), database))
        };
        self.decide(Hook::PrepareConnection, told, prepare).map(drop)
    }

    /// Who makes the request: all are asked, the first that knows is right.
    pub(crate) fn actor_from_request(&self, request: &Request) -> Result<Option<Actor>> {
        let args = || ActorFromRequest::new(View::over(request));
        let answers = self.decide(Hook::ActorFromRequest, args, RemotePlugin::actor_from_request)?;
        Ok(answers.into_iter().find_map(|(_, actor)| actor))
    }

    /// Actors by id; without a plugin that knows more, each is its id.
    pub(crate) fn actors_from_ids(&self, ids: &[Json]) -> Result<Map> {
        let args = || ActorsFromIds::new(Sent::new(ids.to_vec()));
        let known = self.first(Hook::ActorsFromIds, args, RemotePlugin::actors_from_ids)?;
        Ok(known.map(|(_, known)| known).unwrap_or_else(|| {
            let actor = |id: &Json| {
                let key = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                (key, Actor::with_id(id.clone()).into_json())
            };
            ids.iter().map(actor).collect()
        }))
    }

    /// Whether a form need not prove where it comes from.
    pub(crate) fn skip_csrf(&self, request: &Request) -> Result<bool> {
        let args = || SkipCsrf::new(View::over(request));
        let answers = self.decide(Hook::SkipCsrf, args, RemotePlugin::skip_csrf)?;
        Ok(answers.into_iter().any(|(_, skip)| skip))
    }

    /// Answers with `answer`, and with the plugins that stand around every request: the last that would be
    /// called is outermost, as each wraps what was there before.
    pub(crate) fn request_wrapper(
        &self,
        request: &Request,
        answer: &dyn Fn(&Request) -> Response,
    ) -> Result<Response> {
        let wrappers: Vec<&Loaded> = self.with_hook(Hook::RequestWrapper).collect();
        self.wrapped(&wrappers, request, answer)
    }

    fn wrapped(
        &self,
        wrappers: &[&Loaded],
        request: &Request,
        answer: &dyn Fn(&Request) -> Response,
    ) -> Result<Response> {
        let Some((outermost, inner)) = wrappers.split_last() else { return Ok(answer(request)) };
        let next = |request: &Request| {
            self.wrapped(inner, request, answer).unwrap_or_else(|error| {
                // Whoever is further out sees a page like any other that failed.
                tracing::error!("{error}");
                let page = ErrorPage::from(&error);
                Response::text(page.message).with_status(page.status)
            })
        };
        let rest = Rest { request, answer: &next, inside: Cell::default() };
        let args = RequestWrapper::new(View::over(request), Next::over(&rest));
        let wrap = || outermost.remote.request_wrapper(&args);
        let answer = outermost.counted(Hook::RequestWrapper, &rest.inside, wrap);
        let answer = answer.unwrap_or_else(|| rest.call(api::Changes::default()));
        let failed = |error| failure(&outermost.name, Hook::RequestWrapper, error);
        answer.map(|answer| returned(&outermost.name, answer)).map_err(failed)
    }

    /// What an actor may, as SQL. Rules without a source get the plugin's name.
    pub(crate) fn permission_resources_sql(
        &self,
        actor: Option<&Actor>,
        action: &str,
    ) -> Result<Vec<PermissionSql>> {
        let args = || PermissionResourcesSql::new(actor.cloned(), action);
        let hook = Hook::PermissionResourcesSql;
        let answers = self.decide(hook, args, RemotePlugin::permission_resources_sql)?;
        let named = answers.into_iter().flat_map(|(plugin, rules)| {
            rules.into_iter().map(|mut rule| {
                rule.source.get_or_insert_with(|| plugin.name.clone());
                rule
            })
        });
        Ok(named.collect())
    }

    /// Which rows of a table the request wants.
    pub(crate) fn filters_from_request(
        &self,
        request: &Request,
        database: &str,
        table: &str,
    ) -> Result<Vec<FilterArguments>> {
        let args = || FiltersFromRequest::new(View::over(request), database, table);
        let answers = self.decide(Hook::FiltersFromRequest, args, RemotePlugin::filters_from_request)?;
        Ok(answers.into_iter().filter_map(|(_, filters)| filters).collect())
    }

    /// The queries of a database that plugins bring for this actor; of equal names the first plugin's.
    pub(crate) fn canned_queries(
        &self,
        database: &str,
        actor: Option<&Actor>,
    ) -> Result<Vec<StoredQueryConfig>> {
        let args = || CannedQueries::new(database, actor.cloned());
        let answers = self.decide(Hook::CannedQueries, args, RemotePlugin::canned_queries)?;
        let (mut queries, mut taken) = (Vec::new(), HashSet::new());
        for (plugin, named) in answers {
            for (name, query) in named {
                let is_allowed = api::actor_matches_allow(actor, query.get("allow").unwrap_or(&Json::Null));
                // Taken also by a query that this actor may not see: another's must not stand in for it.
                if taken.insert(name.clone()) && is_allowed {
                    let wrong = |reason| failure(&plugin.name, Hook::CannedQueries, api::Error::new(reason));
                    queries.push(StoredQueryConfig::of_plugin(&name, &query).map_err(wrong)?);
                }
            }
        }
        Ok(queries)
    }

    /// Writes, with the plugins that stand around every write; the last that would be called is outermost.
    pub(crate) fn write_wrapper(
        &self,
        database: &str,
        request: Option<&Request>,
        transaction: bool,
        step: &dyn WriteStep,
    ) -> Result<Json> {
        let wrappers: Vec<&Loaded> = self.with_hook(Hook::WriteWrapper).collect();
        let place = Place { database, request, transaction };
        guarded(&wrappers, &place, step)
    }

    /// An answer for somebody who was turned away.
    pub(crate) fn forbidden(&self, request: &Request, message: &str) -> Result<Option<Response>> {
        let args = || Forbidden::new(View::over(request), message);
        let answer = self.first(Hook::Forbidden, args, RemotePlugin::forbidden)?;
        Ok(answer.map(|(plugin, answer)| returned(&plugin.name, answer)))
    }

    /// An answer for a request that failed; `format` is `html`, `json` or `text`, `cause` what visitors may not know.
    pub(crate) fn handle_exception(
        &self,
        request: &Request,
        page: &ErrorPage,
        format: &str,
        cause: Option<&str>,
    ) -> Result<Option<Response>> {
        let args = || {
            let (view, sql) = (View::over(request), page.sql.as_deref());
            HandleException::new(view, page.status, page.title, &page.message, format, sql, cause)
        };
        let answer = self.first(Hook::HandleException, args, RemotePlugin::handle_exception)?;
        Ok(answer.map(|(plugin, answer)| returned(&plugin.name, answer)))
    }

    /// Every action there is, with the plugin that registered it.
    pub(crate) fn actions(&self) -> &[(String, Action)] {
        &self.registered().actions
    }

    /// Calls the hook in every plugin that has it; the first error ends that.
    #[inline]
    fn decide<A: Debug, T: Debug>(
        &self,
        hook: Hook,
        args: impl FnOnce() -> A,
        call: impl Fn(&RemotePlugin, &A) -> Option<api::Result<T>>,
    ) -> Result<Vec<(&Loaded, T)>> {
        if !self.has_hook(hook) {
            return Ok(Vec::new());
        }
        apart(move || {
            let answers = self.ask(hook, &args(), call).into_iter();
            answers
                .map(|(plugin, answer)| match answer {
                    Ok(answer) => Ok((plugin, answer)),
                    Err(error) => Err(failure(&plugin.name, hook, error)),
                })
                .collect()
        })
    }

    /// Calls the hook until a plugin answers, or errs; the answer, and whose it is.
    fn first<A: Debug, T: Debug>(
        &self,
        hook: Hook,
        args: impl FnOnce() -> A,
        call: impl Fn(&RemotePlugin, &A) -> Option<api::Result<Option<T>>>,
    ) -> Result<Option<(&Loaded, T)>> {
        if !self.has_hook(hook) {
            return Ok(None);
        }
        let args = args();
        let mut trace = self.trace.start(hook, &args);
        let found = self.with_hook(hook).try_for_each(|plugin| {
            let started = std::time::Instant::now();
            let Some(answer) = call(&plugin.remote, &args) else { return ControlFlow::Continue(()) };
            let took = started.elapsed();
            plugin.called(hook, took, answer.is_err());
            if let Some(trace) = &mut trace {
                trace.answered(&plugin.name, took, format!("{answer:?}"));
            }
            match answer {
                Ok(None) => ControlFlow::Continue(()),
                Ok(Some(answer)) => ControlFlow::Break(Ok((plugin, answer))),
                Err(error) => ControlFlow::Break(Err(failure(&plugin.name, hook, error))),
            }
        });
        found.break_value().transpose()
    }
}

/// Where a write goes.
struct Place<'a> {
    database: &'a str,
    request: Option<&'a Request>,
    transaction: bool,
}

fn guarded(wrappers: &[&Loaded], place: &Place<'_>, step: &dyn WriteStep) -> Result<Json> {
    let Some((outermost, inner)) = wrappers.split_last() else { return step.proceed() };
    let next = || guarded(inner, place, step);
    let guard = Guarded::new(step, &next);
    let request = place.request.map(View::over);
    let args = WriteWrapper::new(place.database, request, place.transaction, Write::over(&guard));
    let wrap = || outermost.remote.write_wrapper(&args);
    let said = outermost.counted(Hook::WriteWrapper, guard.inside(), wrap);
    let said = said.unwrap_or_else(|| args.write.proceed().map(drop));
    guard.outcome(&outermost.name, said)
}
