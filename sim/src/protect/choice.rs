//! A kind of protection with its settings, from which each router makes its own.

use std::fmt;
use std::sync::Arc;

/// The kind that a scenario chose. `T` is what it makes: a trait object with state of its own.
pub struct Choice<T: ?Sized> {
    name: &'static str,
    build: Arc<dyn Fn() -> Box<T> + Send + Sync>,
}

impl<T: ?Sized> Choice<T> {
    /// The kind called `name`, whose rules `build` makes.
    pub(super) fn new(
        name: &'static str,
        build: impl Fn() -> Box<T> + Send + Sync + 'static,
    ) -> Choice<T> {
        Choice { name, build: Arc::new(build) }
    }

    /// The kind's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The rule for one router and one app.
    pub fn build(&self) -> Box<T> {
        (self.build)()
    }
}

impl<T: ?Sized> Clone for Choice<T> {
    fn clone(&self) -> Choice<T> {
        Choice { name: self.name, build: Arc::clone(&self.build) }
    }
}

impl<T: ?Sized> fmt::Debug for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Choice({})", self.name)
    }
}
