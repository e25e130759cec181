//! How a request finds its dyno: at once, out of the queue, or by looking again.

use sim::metrics::Cause;
use sim::time::Span;

use super::mesh::{Mesh, Way, lock};
use super::pool::{Place, Wait};
use super::queue::Waiting;

/// The first wait of a request that found no dyno; it grows by as much each time.
const LOOK_AGAIN: Span = Span::from_millis(100);

impl Mesh {
    /// Finds a request a dyno, where it is counted then.
    pub(super) async fn place(&self, way: &mut Way) -> Result<u32, Cause> {
        let pool = &self.pools[way.row][way.app];
        loop {
            let since = self.time.now();
            let place = lock(pool).offer(since, way.wish);
            match place {
                Place::Dyno(dyno) => return Ok(dyno),
                Place::Answer(cause) => return Err(cause),
                Place::Queue(waiting) => {
                    let word = self.queued(way, waiting).await;
                    way.waited += self.time.now().since(since);
                    if let Some(word) = word {
                        return word.inspect_err(|cause| self.dropped(way, *cause));
                    }
                }
                Place::Wait(what) => {
                    let wait = self.wait(way, what);
                    if let Ok(wait) = wait {
                        self.time.sleep(wait).await;
                    }
                    way.waited += self.time.now().since(since);
                    lock(pool).waited();
                    wait?;
                }
            }
        }
    }

    /// Waits for the word on a queued request; nothing when it is to offer itself again, because the
    /// app went down meanwhile.
    async fn queued(&self, way: &Way, waiting: Waiting) -> Option<Result<u32, Cause>> {
        let Waiting { ticket, mut word } = waiting;
        let most = self.settings.mesh.queue_wait.span();
        if most < Span::MAX {
            tokio::select! {
                biased;
                word = &mut word => return word.ok(),
                () = self.time.sleep(most) => {}
            }
            if lock(&self.pools[way.row][way.app]).abandon(ticket, self.time.now()) {
                return Some(Err(Cause::H11));
            }
        }
        word.await.ok()
    }

    /// How long a request waits before it looks again; or that it has waited long enough.
    fn wait(&self, way: &mut Way, what: Wait) -> Result<Span, Cause> {
        let mesh = &self.settings.mesh;
        match what {
            Wait::Boot => {
                way.booted += LOOK_AGAIN;
                let over = way.booted > mesh.boot_wait.span();
                if over { Err(Cause::H20) } else { Ok(LOOK_AGAIN) }
            }
            Wait::Quarantine => {
                way.holds += 1;
                let wait = (LOOK_AGAIN * way.holds).min(mesh.quarantine);
                way.held += wait;
                let over = way.held > mesh.quarantine_wait.span();
                if over { Err(Cause::H99) } else { Ok(wait) }
            }
        }
    }
}
