//! Keys: what the requests of a population are about, such as the object that is asked for or the
//! account that asks. Balancers that hash send equal keys to one dyno.
//!
//! Without `keys` each request of an open population is about something of its own, and a closed
//! user's requests are all about that user. With it there are `count` keys, and each request has one
//! of them, drawn from its own stream after all else, so that no other draw moves.
//!
//! One file a kind, one row in [`KEYS`]. A kind says how popular the keys are.

mod uniform;
mod zipf;

use crate::config::{Fields, Kind, Value, one_of};
use crate::rng::{Stream, mix};
use std::fmt::Debug;
use std::sync::Arc;

/// The kinds of popularity, by name: from the number of keys to their law.
pub const KEYS: &[Kind<Popularity>] = &[zipf::KIND, uniform::KIND];

/// A kind of popularity with its settings, which makes the law of so many keys.
pub type Popularity = Box<dyn Fn(u32) -> Arc<dyn Law>>;

/// How popular keys are.
pub trait Law: Debug + Send + Sync {
    /// The rank of a request's key, from 0 for the most popular one. It may draw several times.
    fn rank(&self, rng: &mut Stream) -> u32;
}

/// What the requests of a population are about.
#[derive(Clone, Debug)]
pub struct Keys(Arc<dyn Law>);

/// The most keys: ranks are exact up to here.
const MOST: u32 = 10_000_000;

/// Reads `keys = { count, <kind> }`; without it there are none.
pub(super) fn read_keys(fields: &mut Fields<'_>) -> Option<Keys> {
    if let Some(Value::Table(table)) = fields.peek("keys")
        && let [only] = table.entries.as_slice()
        && only.key == "count"
    {
        let message = format!("`{}` names no popularity of keys", fields.path_of("keys"));
        let allowed = one_of(KEYS.iter().map(|kind| kind.name));
        fields.complain("keys", message, &allowed, "add how popular they are: `zipf = 1.0`");
        fields.take("keys");
        return None;
    }
    fields.kind_with("keys", "popularity of keys", KEYS, |fields, popularity| {
        let count = fields.or("count", 10_000_u32);
        let holds = (1..=MOST).contains(&count);
        fields.require("count", holds, "from 1 to 10000000");
        Keys(popularity(if holds { count } else { 1 }))
    })
}

impl Keys {
    /// Draws a key. It is a number without order, the same for one rank in every run.
    pub fn draw(&self, rng: &mut Stream) -> u64 {
        mix(u64::from(self.0.rank(rng)))
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, read_keys};
    use crate::config::testing::read_table;

    #[test]
    fn keys_are_read_with_their_number() {
        let open = |_: &str| Err("no file".to_string());
        let read = |text: &str| {
            let (keys, problems, resolved) = read_table(text, &open, read_keys);
            let problems: Vec<String> = problems.into_iter().map(|p| p.message).collect();
            (keys.map(|keys| format!("{keys:?}")), problems, resolved)
        };
        let (keys, problems, resolved) = read("keys = \"uniform\"");
        assert_eq!(keys.as_deref(), Some("Keys(Uniform { count: 10000 })"));
        assert_eq!((problems.len(), resolved.contains("count = 10000")), (0, true), "{resolved}");
        assert_eq!(read("keys = { count = 7, zipf = 1.0 }").1, [""; 0]);
        assert_eq!(read("").0, None);
        for (text, problem) in [
            ("{ count = 0, zipf = 1 }", "`keys.count` must be from 1 to 10000000, found `0`"),
            ("{ zipf = -1 }", "`keys.zipf` must be from 0 to 10, found `-1.0`"),
            ("{ zipf = 11 }", "`keys.zipf` must be from 0 to 10, found `11.0`"),
            ("\"zipf\"", "`keys.zipf` needs a value"),
            ("\"zpf\"", "unknown popularity of keys `zpf`"),
            ("{ count = 5 }", "`keys` names no popularity of keys"),
        ] {
            assert_eq!(read(&format!("keys = {text}")).1, [problem], "{text}");
        }
        let much = format!("keys = {{ count = {}, uniform = {{}} }}", MOST + 1);
        assert_eq!(read(&much).1.len(), 1);
    }
}
