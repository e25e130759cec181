//! Events as two words, the way the queue keeps them.
//!
//! An event is written by one component and read by another a few instructions later. An enum would
//! be written field by field and copied as a whole, for which the processor waits each time; two
//! words stay in registers. [`vocabulary`] defines an enum with both ways between it and its words.

use super::ids::{AppId, ClientId, DynoId};
use super::message::{AppState, ClientEvent, DynoEvent, Event, ManagerEvent, RouterEvent};

/// An event in two words: what happens, the component in the lowest byte, and to what.
#[derive(Clone, Copy, Debug)]
pub struct Packed(u64, u64);

/// What an event may hold: one that fits into 64 bits, or two that fit into 32 each.
pub(super) trait Word {
    /// As a number.
    fn word(self) -> u64;
    /// From the low bits of a number.
    fn of(word: u64) -> Self;
}

impl Word for u32 {
    #[inline(always)]
    fn word(self) -> u64 {
        u64::from(self)
    }

    #[inline(always)]
    fn of(word: u64) -> u32 {
        word as u32
    }
}

macro_rules! ids_are_words {
    ($($id:ident)*) => {
        $(impl Word for $id {
            #[inline(always)]
            fn word(self) -> u64 {
                self.0.word()
            }

            #[inline(always)]
            fn of(word: u64) -> $id {
                $id(u32::of(word))
            }
        })*
    };
}

ids_are_words!(AppId ClientId DynoId);

impl Word for AppState {
    #[inline(always)]
    fn word(self) -> u64 {
        self as u64
    }

    #[inline(always)]
    fn of(word: u64) -> AppState {
        AppState::ALL[word as u32 as usize]
    }
}

/// The words that an event holds as one.
#[inline(always)]
pub(super) fn join<const COUNT: usize>(words: [u64; COUNT]) -> u64 {
    words.iter().rev().fold(0, |all, word| all.unbounded_shl(32) | word)
}

/// Takes the first of the words that were joined.
#[inline(always)]
pub(super) fn take<W: Word>(words: &mut u64) -> W {
    let word = W::of(*words);
    *words >>= 32;
    word
}

/// Defines an enum of events whose variants hold [`Word`]s.
macro_rules! vocabulary {
    ($(#[$about:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident $(($($held:ident: $kind:ty),*))?,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {
            $($(#[$doc])* $variant $(($($kind),*))?,)*
        }

        impl $name {
            /// The number of the variant, and what it holds.
            #[inline(always)]
            pub(super) fn words(self) -> (u64, u64) {
                enum Number { $($variant),* }
                match self {
                    $($name::$variant $(($($held),*))? => {
                        let held = $crate::platform::packed::join([
                            $($($crate::platform::packed::Word::word($held)),*)?
                        ]);
                        (Number::$variant as u64, held)
                    })*
                }
            }

            /// The event of that number that holds this.
            #[inline(always)]
            pub(super) fn of(number: u64, mut held: u64) -> $name {
                enum Number { $($variant),* }
                $(if number == Number::$variant as u64 {
                    return $name::$variant $((
                        $($crate::platform::packed::take::<$kind>(&mut held)),*
                    ))?;
                })*
                unreachable!("the number was that of an event")
            }
        }
    };
}

pub(super) use vocabulary;

impl Packed {
    /// The event that this is.
    #[inline(always)]
    pub fn event(self) -> Event {
        let Packed(number, held) = self;
        let (component, number) = (number & 0xff, number >> 8);
        match component {
            0 => Event::Client(ClientEvent::of(number, held)),
            1 => Event::Router(RouterEvent::of(number, held)),
            2 => Event::Dyno(DynoEvent::of(number, held)),
            3 => Event::Manager(ManagerEvent::of(number, held)),
            4 => Event::Begin(held as u32),
            _ => Event::End(held as u32),
        }
    }
}

impl From<Event> for Packed {
    #[inline(always)]
    fn from(event: Event) -> Packed {
        let (component, (number, held)) = match event {
            Event::Client(event) => (0, event.words()),
            Event::Router(event) => (1, event.words()),
            Event::Dyno(event) => (2, event.words()),
            Event::Manager(event) => (3, event.words()),
            Event::Begin(index) => (4, (0, index.word())),
            Event::End(index) => (5, (0, index.word())),
        };
        Packed(number << 8 | component, held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::slab::Slab;

    #[test]
    fn what_is_packed_comes_out_again() {
        let mut slab = Slab::new();
        let name = [0; 5].map(|thing| slab.insert(thing))[4];
        slab.remove(name);
        let name = slab.insert(0);
        for event in [
            Event::Client(ClientEvent::Answer(name)),
            Event::Client(ClientEvent::Hedge(name)),
            Event::Client(ClientEvent::Think(ClientId(7), u32::MAX)),
            Event::Router(RouterEvent::Attempt(name)),
            Event::Router(RouterEvent::App(AppId(u32::MAX), AppState::Crashed)),
            Event::Router(RouterEvent::App(AppId(3), AppState::Empty)),
            Event::Router(RouterEvent::Tell),
            Event::Router(RouterEvent::Idle(AppId(9))),
            Event::Dyno(DynoEvent::Finish(1, 2)),
            Event::Dyno(DynoEvent::Kill(AppId(1), DynoId(u32::MAX))),
            Event::Manager(ManagerEvent::Launch),
            Event::Begin(4),
            Event::End(u32::MAX),
        ] {
            assert_eq!(format!("{:?}", Packed::from(event).event()), format!("{event:?}"));
        }
    }
}
