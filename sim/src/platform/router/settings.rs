//! The mesh's settings as its routers use them, beside what may never change.

use super::kinds::Router;
use crate::platform::config::Platform;
use crate::time::Span;

/// The mesh's settings as routers use them; some are knobs.
pub(super) struct Settings {
    pub router: Router,
    pub limit: u32,
    pub backlog: u32,
    pub queue_wait: Span,
    pub first_byte: Span,
    pub connect: Span,
    pub quarantine: Span,
    pub dispatches: u32,
    pub boot_wait: Span,
    pub quarantine_wait: Span,
    pub hop: Span,
    pub bus: Span,
    pub drop_stale: bool,
    pub stale_margin: Span,
    /// How long a failure counts as an attempt under way.
    pub error_hold: Option<Span>,
    /// How often routers look for dynos to eject.
    pub sweep: Option<Span>,
    /// How many routers stand behind one row of pools.
    pub routers_a_row: u32,
}

impl Settings {
    /// What a platform says of its mesh.
    pub fn new(platform: &Platform) -> Settings {
        let mesh = &platform.mesh;
        Settings {
            router: mesh.router,
            limit: mesh.limit.count(),
            backlog: mesh.backlog.count(),
            queue_wait: mesh.queue_wait.span(),
            first_byte: mesh.first_byte.span(),
            connect: mesh.connect.span(),
            quarantine: mesh.quarantine,
            dispatches: mesh.dispatches,
            boot_wait: mesh.boot_wait.span(),
            quarantine_wait: mesh.quarantine_wait.span(),
            hop: mesh.hop,
            bus: platform.bus.delay,
            drop_stale: mesh.protection.drop_stale,
            stale_margin: mesh.protection.stale_margin,
            error_hold: mesh.around.errors_as_load.map(|errors| errors.hold),
            sweep: mesh.around.outlier_ejection.map(|ejection| ejection.interval),
            routers_a_row: mesh.routers / mesh.rows(),
        }
    }

    /// How long an attempt waits that has found all dynos in quarantine so many times.
    pub fn look_after(&self, holds: u32) -> Span {
        (LOOK_AGAIN * u64::from(holds)).min(self.quarantine)
    }
}

/// The first wait of an attempt that found all dynos in quarantine; it grows by as much each time.
const LOOK_AGAIN: Span = Span::from_millis(100);
