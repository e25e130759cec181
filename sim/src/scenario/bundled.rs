//! The scenarios that come with the program.

/// One of them.
pub struct Bundled {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All of them.
pub const ALL: &[Bundled] =
    &[Bundled { name: "cascade", text: include_str!("../../../scenarios/cascade.toml") }];
