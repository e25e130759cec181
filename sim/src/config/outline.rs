//! What a kind asks for, found by reading it with nothing written.
//!
//! The reader of a kind knows its settings and their defaults, and nobody else should: this listens
//! while it reads. What it complains of on the way (what is required is missing) is let go.

use super::kind::Body;
use super::{Kind, Place, Reading};

/// What a kind asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Its settings, in the order in which they are read. Of a list they are those of an item.
    pub settings: Vec<Asked>,
    /// What is expected where the body is one value, such as `a duration`.
    pub value: Option<&'static str>,
}

/// A setting as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Its default, as it would be written.
    pub default: Option<String>,
    /// Whether it must be there.
    pub required: bool,
}

/// What is heard while a kind is read, by dotted paths.
#[derive(Debug, Default)]
pub(super) struct Ear {
    settings: Vec<Asked>,
    value: Option<&'static str>,
}

/// The path under which a kind is read here.
const ROOT: &str = "it";

impl Outline {
    /// What `kind` asks for.
    pub fn of<T>(kind: &Kind<T>) -> Outline {
        let open = |_: &str| Err("no file is read for an outline".to_string());
        let reading = Reading::listening(&open);
        (kind.read)(&mut Body::empty(&reading, ROOT, Place::default()));
        let Ear { settings, value } = reading.heard();
        let own = |asked: Asked| {
            let rest = asked.name.strip_prefix(ROOT)?;
            let name = rest.strip_prefix("[0]").unwrap_or(rest).strip_prefix('.')?;
            (!name.contains(['.', '['])).then(|| Asked { name: name.into(), ..asked })
        };
        Outline { settings: settings.into_iter().filter_map(own).collect(), value }
    }
}

impl Ear {
    /// The setting at `path` is asked for.
    pub fn asked(&mut self, path: &str) -> &mut Asked {
        let at = self.settings.iter().position(|asked| asked.name == path);
        let at = at.unwrap_or_else(|| {
            let name = path.into();
            self.settings.push(Asked { name, default: None, required: false });
            self.settings.len() - 1
        });
        &mut self.settings[at]
    }

    /// The body at `path` is one value.
    pub fn value(&mut self, path: &str, expects: &'static str) {
        if path == ROOT {
            self.value = Some(expects);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Page;
    use crate::time::Span;

    fn asked(name: &str, default: Option<&str>, required: bool) -> Asked {
        Asked { name: name.into(), default: default.map(String::from), required }
    }

    #[test]
    fn settings_are_heard_with_their_defaults() {
        let kind: Kind<()> = Kind {
            name: "it",
            summary: "",
            page: Page::BARE,
            read: |body| {
                body.fields(|fields| {
                    let _: Span = fields.required("rate");
                    fields.or("least", 3_u32);
                    fields.optional::<Span>("clip");
                    fields.table("inner", |fields| fields.or("deep", true));
                });
            },
        };
        let Outline { settings, value } = Outline::of(&kind);
        assert_eq!(
            settings[..3],
            [
                asked("rate", None, true),
                asked("least", Some("3"), false),
                asked("clip", None, false)
            ]
        );
        assert_eq!((settings.len(), settings[3].name.as_str(), value), (4, "inner", None));
    }

    #[test]
    fn values_and_lists_are_heard_too() {
        let value: Kind<Span> =
            Kind { name: "it", summary: "", page: Page::BARE, read: |body| body.value() };
        assert_eq!(Outline::of(&value).settings, []);
        assert!(Outline::of(&value).value.unwrap().starts_with("a duration"));
        let list: Kind<Vec<Span>> = Kind {
            name: "it",
            summary: "",
            page: Page::BARE,
            read: |body| body.list(|fields| fields.required("for")),
        };
        assert_eq!(Outline::of(&list).settings, [asked("for", None, true)]);
    }
}
