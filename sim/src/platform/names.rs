//! Names that a scenario gives its apps, clients and endpoints, and finding what they mean.

use super::app::App;
use super::client::Client;
use super::ids::AppId;
use crate::config::{Fields, Key, Problem, list_of, nearest, one_of};
use crate::fault::Name;

/// Reads named things of which there must be one.
pub(super) fn read_named<T>(
    fields: &mut Fields<'_>,
    key: &str,
    help: &str,
    read: impl FnMut(&str, &mut Fields<'_>) -> T,
) -> Vec<T> {
    let noted = fields.reading.problems();
    let things = fields.named(key, read);
    if things.is_empty() && fields.reading.problems() == noted {
        fields.missing(key, help);
    }
    things.into_iter().map(|(_, thing)| thing).collect()
}

/// The app that a client asks: the one it names, or the only one.
pub(super) fn app_of(fields: &Fields<'_>, client: &Client, apps: &[App]) -> AppId {
    match (&client.app, apps) {
        (Some(name), _) => {
            let names = apps.iter().map(|app| app.name.as_str());
            AppId(find(fields, name, "app", names).unwrap_or(0))
        }
        (None, [] | [_]) => AppId(0),
        (None, several) => {
            let names = list_of(several.iter().map(|app| app.name.as_str()));
            let message = format!("`client.{}.app` is missing", client.name);
            let place = fields.place_of_named("client", &client.name);
            let problem = Problem::at(place, message)
                .allowed(format!("there are several apps: {names}"))
                .help(format!("add `app = \"{}\"`", several[0].name));
            fields.reading.complain(problem);
            AppId(0)
        }
    }
}

/// The position of a name among those of a table such as `app`, or a complaint with the nearest one.
pub(super) fn find<'n>(
    fields: &Fields<'_>,
    name: &Name,
    table: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Option<u32> {
    if let Some(at) = names.clone().position(|known| known == name.text) {
        return Some(at as u32);
    }
    // An empty name stands for one that was missing or wrong, which has been complained of; and so
    // it has when there is nothing to name.
    if !name.text.is_empty() && names.clone().next().is_some() {
        let message = match table.rsplit_once('.') {
            Some((owner, what)) => format!("`{owner}` has no {what} `{}`", name.text),
            None => format!("there is no {table} `{}`", name.text),
        };
        let problem = Problem::at(name.place, message).allowed(one_of(names.clone()));
        fields.reading.complain(match nearest(&name.text, names) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => {
                let key = Key(&name.text);
                problem.help(format!("add `[{table}.{key}]`, or use one that is there"))
            }
        });
    }
    None
}
