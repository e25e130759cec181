//! How attempts use a CPU that their dyno shares: a burst, a wait for others, another burst.

use super::{Doing, Dynos};
use crate::platform::cx::Cx;
use crate::platform::message::{DynoEvent, Event};
use crate::time::{SimTime, Span};

impl Dynos {
    /// An attempt begins on a dyno that shares its CPU. The CPU comes in two halves, before and after
    /// the wait: a request is read and understood before it asks others, and what they say is made
    /// into an answer. Without a wait it is one burst.
    pub(super) fn begin_bursts(&mut self, cx: &mut Cx<'_>, seat: u32, time: Span, share: f64) {
        let cpu = time.scaled(share).min(time);
        let state = &mut self.seats[seat as usize];
        state.wait = time - cpu;
        if state.wait.is_zero() {
            self.join_cpu(cx, seat, Doing::Last, cpu);
            return;
        }
        let first = Span::from_nanos(cpu.nanos() / 2);
        state.last = cpu - first;
        if first.is_zero() {
            self.by_clock(cx, seat, Doing::Wait, time - cpu);
        } else {
            self.join_cpu(cx, seat, Doing::First, first);
        }
    }

    /// A wait for others is over.
    pub(super) fn waited(&mut self, cx: &mut Cx<'_>, seat: u32) {
        let last = self.seats[seat as usize].last;
        if last.is_zero() {
            self.done(cx, seat);
        } else {
            self.join_cpu(cx, seat, Doing::Last, last);
        }
    }

    /// Bursts of a dyno may have ended.
    pub(super) fn burst(&mut self, cx: &mut Cx<'_>, dyno: u32, turn: u32) {
        let now = cx.now();
        let cpu = self.dynos[dyno as usize].cpu.as_mut().expect("only a shared CPU has timers");
        if cpu.turn != turn {
            return;
        }
        cpu.due = SimTime::NEVER;
        loop {
            let found = &mut self.dynos[dyno as usize];
            let cpu = found.cpu.as_mut().expect("a dyno keeps its CPU");
            let Some(number) = cpu.ended(now) else { break };
            if cpu.leave(now, number) {
                cx.record.unbusy(now, found.app.index());
            }
            let seat = found.seats[number as usize];
            let state = &self.seats[seat as usize];
            match state.doing {
                Doing::First => self.by_clock(cx, seat, Doing::Wait, state.wait),
                Doing::Last => self.done(cx, seat),
                Doing::Work | Doing::Wait | Doing::Fail => {
                    unreachable!("what goes by the clock needs no CPU")
                }
            }
        }
        self.set_timer(cx, dyno);
    }

    /// Sets the timer for the end of the next burst, unless one is set that comes first: that one
    /// will look again. So there are no more timers than ends and beginnings.
    pub(super) fn set_timer(&mut self, cx: &mut Cx<'_>, dyno: u32) {
        let Some(cpu) = &mut self.dynos[dyno as usize].cpu else { return };
        let Some(next) = cpu.next_end().filter(|&next| next < cpu.due) else { return };
        cpu.due = next;
        cpu.turn = cpu.turn.wrapping_add(1);
        cx.send_at(next, Event::Dyno(DynoEvent::Burst(dyno, cpu.turn)));
    }

    /// A seat begins a burst of CPU.
    fn join_cpu(&mut self, cx: &mut Cx<'_>, seat: u32, doing: Doing, burst: Span) {
        let now = cx.now();
        let state = &mut self.seats[seat as usize];
        state.doing = doing;
        let dyno = &mut self.dynos[state.dyno as usize];
        let cpu = dyno.cpu.as_mut().expect("bursts are for a shared CPU");
        if cpu.join(now, state.number, burst) {
            cx.record.busy(now, dyno.app.index());
        }
    }
}
