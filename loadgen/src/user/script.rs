//! What is sent for an endpoint, prepared as far as it can be before a run.

use crate::wire::{Answer, Kept, Message, Missing, Secrets, fill, fill_path, header, judge, keep};
use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method};
use sim::load::{Check, Keep, KeepFrom, Load, Payload, Request, Stream, Template};
use sim::metrics::Cause;
use sim::platform::traffic::Order;
use sim::time::Span;
use std::sync::Arc;

/// What the headers of a request tell the target of it.
const TELLS: [&str; 5] =
    ["dynomesh-work", "dynomesh-cpu", "dynomesh-key", "dynomesh-request", "dynomesh-patience"];

/// The request of an endpoint.
#[derive(Debug)]
pub(super) struct Script {
    method: Method,
    path: Part<String>,
    /// Those without holes.
    headers: HeaderMap,
    /// Those that need what was kept.
    open_headers: Vec<(HeaderName, Template)>,
    body: Part<Bytes>,
    checks: Vec<Check>,
    keep: Vec<Keep>,
    wants_body: bool,
    /// How it stays connected, if it does.
    pub stream: Option<Stream>,
}

/// A part of a request.
#[derive(Debug)]
enum Part<T> {
    /// The same each time.
    Fixed(T),
    /// To be filled from what the user kept.
    Open(Template),
}

/// What is told of a request.
pub(super) struct Tell<'a> {
    /// The client's name.
    pub client: &'a str,
    pub order: &'a Order,
    /// How long the client waits for an answer.
    pub patience: Span,
}

/// A request that can be sent. It owns all that it needs, so that it can outlive its user's interest.
pub(super) struct Ready {
    script: Arc<Script>,
    /// The path, where it is not the same each time.
    path: Option<String>,
    /// The headers, where they are not the same each time.
    headers: Option<HeaderMap>,
    body: Bytes,
}

impl Ready {
    /// As the wire takes it.
    pub fn message(&self) -> Message<'_> {
        let script = &self.script;
        let path = match (&self.path, &script.path) {
            (Some(path), _) | (None, Part::Fixed(path)) => path,
            (None, Part::Open(_)) => unreachable!("a path with holes was filled"),
        };
        Message {
            method: &script.method,
            path,
            headers: self.headers.as_ref().unwrap_or(&script.headers),
            body: self.body.clone(),
            wants_body: script.wants_body,
        }
    }
}

impl Script {
    /// The request of the endpoint called `endpoint`; `GET /<endpoint>` where the scenario says nothing
    /// of it.
    pub fn new(load: &Load, endpoint: &str, secrets: &Secrets) -> Result<Script, Missing> {
        let plain = Request {
            endpoint: endpoint.into(),
            method: "GET".into(),
            path: Template::plain(&format!("/{endpoint}")),
            headers: Vec::new(),
            body: Payload::Empty,
            checks: Vec::new(),
            keep: Vec::new(),
            stream: None,
        };
        let found = load.requests.iter().find(|request| request.endpoint == endpoint);
        let request = found.unwrap_or(&plain);
        let none = Kept::default();
        let path = match request.path.values().next() {
            None => Part::Fixed(fill_path(&request.path, secrets, &none)?),
            Some(_) => Part::Open(request.path.clone()),
        };
        let body = match &request.body {
            Payload::Empty => Part::Fixed(Bytes::new()),
            Payload::File(bytes) => Part::Fixed(Bytes::copy_from_slice(bytes)),
            Payload::Text(text) if text.values().next().is_some() => Part::Open(text.clone()),
            Payload::Text(text) => Part::Fixed(fill(text, secrets, &none)?.into()),
        };
        let (mut headers, mut open_headers) = (HeaderMap::new(), Vec::new());
        for (name, template) in load.headers.iter().chain(&request.headers) {
            let name = HeaderName::try_from(name).map_err(|_| Missing::Header)?;
            match template.values().next() {
                None => drop(headers.insert(name, header(template, secrets, &none)?)),
                Some(_) => open_headers.push((name, template.clone())),
            }
        }
        let of_body = |keep: &Keep| !matches!(keep.from, KeepFrom::Header(_));
        Ok(Script {
            // Methods were checked with the scenario.
            method: Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET),
            path,
            headers,
            open_headers,
            body,
            checks: request.checks.clone(),
            keep: request.keep.clone(),
            wants_body: request.keep.iter().any(of_body)
                || request.checks.iter().any(|check| matches!(check, Check::Body(_))),
            stream: request.stream.clone(),
        })
    }

    /// The request of a user who kept so much.
    pub fn ready(
        self: &Arc<Script>,
        secrets: &Secrets,
        kept: &Kept,
        tell: Option<Tell<'_>>,
    ) -> Result<Ready, Missing> {
        let changes = tell.is_some() || !self.open_headers.is_empty();
        let mut headers = changes.then(|| self.headers.clone());
        if let Some(headers) = &mut headers {
            for (name, template) in &self.open_headers {
                headers.insert(name, header(template, secrets, kept)?);
            }
            if let Some(tell) = tell {
                tell.write(headers);
            }
        }
        let path = match &self.path {
            Part::Fixed(_) => None,
            Part::Open(template) => Some(fill_path(template, secrets, kept)?),
        };
        let body = match &self.body {
            Part::Fixed(body) => body.clone(),
            Part::Open(template) => fill(template, secrets, kept)?.into(),
        };
        Ok(Ready { script: self.clone(), path, headers, body })
    }

    /// Judges an answer and keeps what later requests use of it.
    pub fn judge(&self, answer: &Answer, kept: &mut Kept) -> Result<(), Cause> {
        judge(&self.checks, answer)?;
        if self.keep.is_empty() {
            return Ok(());
        }
        keep(&self.keep, answer, kept).map_err(|_| Cause::Check)
    }
}

impl Tell<'_> {
    fn write(&self, headers: &mut HeaderMap) {
        let Order { work, cpu, key, number, .. } = *self.order;
        let text = |text: String| HeaderValue::try_from(text).ok();
        let request = text(format!("{}/{number}", self.client));
        let patience = Some(self.patience.nanos().into());
        let values =
            [Some(work.nanos().into()), text(cpu.to_string()), Some(key.into()), request, patience];
        for (name, value) in TELLS.into_iter().zip(values) {
            if let Some(value) = value {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::time::SimTime;

    #[test]
    fn a_request_tells_its_work_its_name_and_how_long_its_client_waits() {
        let work = Span::from_millis(20);
        let order = Order { number: 7, at: SimTime::ZERO, endpoint: 0, work, cpu: 0.5, key: 3 };
        let mut headers = HeaderMap::new();
        Tell { client: "visitors", order: &order, patience: Span::from_secs(5) }
            .write(&mut headers);
        let told = TELLS.map(|name| headers[name].to_str().unwrap());
        assert_eq!(told, ["20000000", "0.5", "3", "visitors/7", "5000000000"]);
    }
}
