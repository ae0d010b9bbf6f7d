//! A request's life as warp filters, in order: arrive → admit → answer → depart.
//!
//! No filter rejects: what is refused on the way carries its answer along. Nothing here knows a URL; all of
//! them are the site's.

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::Site;
use super::arrival::{self, Leaving, Visit};
use super::connection::Arrived;
use super::departure::Departure;
use super::queue::{Place, Queue};

/// A step's outcome: the request goes on, or leaves with an answer.
type Step<T> = Result<T, Box<Leaving>>;

pub(super) fn chain(site: Arc<dyn Site>, queue: Arc<Queue>) -> BoxedFilter<(Response,)> {
    let arrived = arrive(Arc::clone(&site));
    let admitted = admit(arrived, Arc::clone(&site), Arc::clone(&queue));
    let answered = answer(admitted, site, queue);
    depart(answered)
}

/// HTTP becomes a plain request, its body read up to the limit.
fn arrive(site: Arc<dyn Site>) -> BoxedFilter<(Step<Visit>,)> {
    warp::method()
        .and(warp::ext::get::<Arrived>())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method, arrived, headers, body| {
            let site = Arc::clone(&site);
            async move { arrival::arrive(&site, method, arrived, headers, body).await }
        })
        .boxed()
}

/// There is a place in the queue, or the client is asked to come back.
fn admit(
    arrived: BoxedFilter<(Step<Visit>,)>,
    site: Arc<dyn Site>,
    queue: Arc<Queue>,
) -> BoxedFilter<(Step<(Visit, Place)>,)> {
    arrived
        .map(move |step: Step<Visit>| {
            let visit = step?;
            let Some(place) = queue.admit() else {
                let Visit { request, watch, .. } = visit;
                let departure = Departure::refusal(
                    503,
                    "The server is busy; try again in a moment",
                    &request.method,
                    &request.full_path,
                    site.options().cors,
                )
                .with_header("retry-after", "1");
                return Err(Box::new(Leaving { departure, watch }));
            };
            Ok((visit, place))
        })
        .boxed()
}

/// The site answers, on a blocking thread: the one hand-over of a request.
fn answer(
    admitted: BoxedFilter<(Step<(Visit, Place)>,)>,
    site: Arc<dyn Site>,
    queue: Arc<Queue>,
) -> BoxedFilter<(Leaving,)> {
    admitted
        .then(move |step: Step<(Visit, Place)>| {
            let (site, queue) = (Arc::clone(&site), Arc::clone(&queue));
            async move {
                let (visit, place) = match step {
                    Ok(admitted) => admitted,
                    Err(leaving) => return *leaving,
                };
                let Visit { request, watch, working } = visit;
                let departure = queue.answer(site, request, place, working).await;
                Leaving { departure: departure.unwrap_or_else(Departure::broken), watch }
            }
        })
        .boxed()
}

/// The plain response becomes HTTP again.
fn depart(answered: BoxedFilter<(Leaving,)>) -> BoxedFilter<(Response,)> {
    answered
        .map(|leaving: Leaving| {
            let reply = leaving.departure.into_reply();
            leaving.watch.answered(reply.status().as_u16());
            reply
        })
        .boxed()
}
