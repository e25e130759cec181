//! Draws events.

use super::examples::FAULTS;
use super::{Drawing, SECONDS};
use std::fmt::Write;

impl Drawing {
    pub(super) fn event(&mut self) {
        let at = self.rng.below(2 * SECONDS - 1) + 1;
        let lasts = 1 + self.rng.below(2 * SECONDS - at);
        let _ = writeln!(self.text, "[[event]]\nat = \"{}ms\"", at * 500);
        let stays = !self.ends && self.once_in(3);
        if !stays {
            let _ = writeln!(self.text, "for = \"{}ms\"", lasts * 500);
        }
        let app = self.rng.below(self.dynos.len());
        let client = self.rng.below(self.clients.len());
        let which = self.of(&["", ", dynos = 1", ", share = 0.5"]);
        loop {
            let mut kind = (FAULTS.kinds)()[self.rng.below((FAULTS.kinds)().len())];
            if kind == "surge" && !self.clients[client].surges {
                kind = "set";
            }
            let settings = self.example(&FAULTS, kind);
            let fits = (self.admits[app] || !settings.contains("admission"))
                && (self.clients[client].ratio || !settings.contains("budget"));
            if fits {
                let settings = settings.replace("APP", &format!("a{app}"));
                let settings = settings.replace("CLIENT", &format!("c{client}"));
                let _ = writeln!(self.text, "{kind} = {}", settings.replace("WHICH", which));
                return;
            }
        }
    }
}
