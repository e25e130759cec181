//! What the dynos count, compared with the attempts that there are.

use super::Dynos;
use crate::platform::attempt::{Attempts, Place};

impl Dynos {
    /// Every seat is free or has one attempt, and every attempt is where the dynos say. Looked at
    /// once, at the end of a run: a seat that was not given back would stay taken.
    pub fn assert_counts(&self, attempts: &Attempts) {
        let (mut waiting, mut serving) = (0, 0);
        for dyno in &self.dynos {
            let jobs = dyno.seats.iter().filter_map(|&seat| self.seats[seat as usize].job);
            let busy = jobs.inspect(|&job| {
                assert!(attempts.get(job).is_some(), "what is served has not ended");
            });
            let busy = busy.count();
            // The seats of a dyno that is down are counted anew when it comes up.
            let free = if dyno.state.serves() { dyno.free.len() } else { dyno.seats.len() };
            assert_eq!(dyno.seats.len(), busy + free, "a seat is free or taken");
            serving += busy;
            waiting += dyno.waiting as usize;
        }
        let at = |seated: bool| {
            let places = attempts.iter().filter(|attempt| attempt.at_dyno);
            places
                .filter(|attempt| match attempt.place {
                    Place::Backlog => !seated,
                    Place::Seat(_) => seated,
                    Place::Left => false,
                })
                .count()
        };
        assert_eq!(serving, at(true), "an attempt that is served has one seat");
        assert_eq!(waiting, at(false), "an attempt that waits was counted once");
    }
}
