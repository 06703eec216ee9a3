//! The part of an execution's past that its signature depends on and its state does not show: where the tracer acted
//! within a steal.
//!
//! A signature names the window of a steal in which the generation changed ([`crate::signature`]). Two executions can
//! reach one state by different orders of steps that commute for the model but not for the signature: a thief's first
//! look at a P, and the store of the generation. So these steps count as dependent here, and what they lead to counts
//! as part of the state.

use super::touch::Touch;
use crate::signature::{ASKS_BEFORE_IT_LOOKS, STEAL_SITES};
use procsteal_reference::limits::{MAX_PROCS, MAX_THREADS};
use procsteal_reference::sites::site;
use procsteal_reference::{Generation, Object, ObjectSet, Pending, ProcId, SPARE_BITS, ThreadId, Verb};
use std::cell::RefCell;
use std::collections::HashMap;

/// Stands for the order in which windows end: the highest bit, which no object has.
const WINDOWS: u128 = 1 << 127;
const _: () = assert!(SPARE_BITS > 0, "the monitor needs a bit of its own");

const GENERATION: u128 = ObjectSet::EMPTY.with(Object::Generation).bits();

/// The functions in which a thief looks at a P and takes it.
const LOOKING: [&str; 5] =
    ["retake", "exitsyscallfast", "entersyscall_gcwait", "stop_the_world_with_sema", "for_each_p_internal"];

/// A window that has not come to its end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Window {
    /// The function in which the thief looked, by its place in [`LOOKING`], plus one.
    function: u8,
    /// The P it looked at, plus one.
    proc: u8,
    /// A digest of what the tracer did since, and in which generations; 0 for nothing.
    acts: u32,
    /// In which generation the thief tried to take the P.
    taken_in: u8,
}

impl Window {
    fn of(function: u8, proc: u8) -> Self {
        Self { function, proc, ..Self::default() }
    }

    /// What a window that ends at a site, of this thread, adds to what is known of those before.
    fn add_to(self, past: u32, site: u8, slot: usize) -> u32 {
        let own = [u32::from(site), self.acts, u32::from(self.taken_in), slot as u32];
        own.iter().fold(past, |past, word| mix(past, *word))
    }
}

/// Folds `word` into a digest.
fn mix(digest: u32, word: u32) -> u32 {
    (digest.rotate_left(5) ^ word.wrapping_add(1)).wrapping_mul(0x9E37_79B1)
}

/// The windows of an execution so far.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Monitor {
    /// By thread: it has looked.
    looking: [Option<Window>; MAX_THREADS],
    /// By thread: it has tried to take.
    taking: [Option<Window>; MAX_THREADS],
    /// By P, a digest of the windows in which the tracer acted, in the order of their ends; the last entry is for all.
    past: [u32; MAX_PROCS + 1],
    generation: Generation,
}

/// Where a line of the model is: in a function that looks, in one that ends steals. By place in the lists, plus one.
#[derive(Clone, Copy, Default)]
struct Place {
    looking: u8,
    ending: u8,
}

/// The place of a step. Found once for each line.
fn place(pending: &Pending) -> Place {
    thread_local! {
        static PLACES: RefCell<HashMap<(u32, u32, usize), Place>> = RefCell::default();
    }
    let location = pending.site;
    let key = (location.line(), location.column(), location.file().len());
    PLACES.with_borrow_mut(|places| {
        *places.entry(key).or_insert_with(|| {
            let Some(site) = site(location) else { return Place::default() };
            let looking = LOOKING.iter().position(|name| *name == site.function);
            let ending = STEAL_SITES.iter().position(|(bumps, _)| *bumps == site.function);
            let number = |place: Option<usize>| place.map_or(0, |place| place as u8 + 1);
            Place { looking: number(looking), ending: number(ending) }
        })
    })
}

/// What a step is to the windows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    LookAtProc(ProcId, u8),
    LookAtGeneration(u8),
    Take(ProcId, u8),
    /// The steal's last step, and its site.
    End(ProcId, u8),
    /// Not within a window.
    Break,
    StoreGeneration,
    Other,
}

fn role(pending: &Pending) -> Role {
    match (pending.verb, pending.object) {
        (Verb::Load, Object::ProcStatus(p)) => match place(pending).looking {
            0 => Role::Break,
            function => Role::LookAtProc(p, function),
        },
        (Verb::Load, Object::Generation) => match place(pending).looking {
            0 => Role::Other,
            function => Role::LookAtGeneration(function),
        },
        (Verb::Cas, Object::ProcStatus(p)) => Role::Take(p, place(pending).looking),
        (Verb::Store, Object::ProcStatus(_)) => Role::Break,
        (Verb::Add, Object::ProcTick(p)) => match place(pending).ending {
            0 => Role::Other,
            site => Role::End(p, site),
        },
        (Verb::Store, Object::Generation) => Role::StoreGeneration,
        _ => Role::Other,
    }
}

impl Monitor {
    /// What a step touches, with what it is to the windows.
    pub(super) fn touch(pending: &Pending) -> Touch {
        let touch = Touch::of(pending);
        match role(pending) {
            Role::LookAtProc(..) | Role::LookAtGeneration(_) | Role::Take(..) => {
                touch.and(Touch { reads: GENERATION, writes: 0 })
            }
            Role::End(..) => touch.and(Touch { reads: GENERATION, writes: WINDOWS }),
            _ => touch,
        }
    }

    /// A step was taken; `generation` is the tracer's after it.
    pub(super) fn step(&mut self, thread: ThreadId, pending: &Pending, generation: Generation) {
        let slot = thread.0 as usize;
        let looking = self.looking[slot];
        match role(pending) {
            Role::LookAtProc(p, function) => {
                let at_generation = looking.filter(|open| open.function == function && open.proc == 0);
                let open = at_generation.unwrap_or(Window::of(function, 0));
                self.looking[slot] = Some(Window { proc: p.0 + 1, ..open });
            }
            Role::LookAtGeneration(function) => {
                let is_new_call = |open: Window| {
                    LOOKING[usize::from(function) - 1] == ASKS_BEFORE_IT_LOOKS && open.proc != 0
                };
                if looking.is_none_or(|open| open.function != function || is_new_call(open)) {
                    self.looking[slot] = Some(Window::of(function, 0));
                }
            }
            Role::Take(p, function) => {
                let looked = looking.filter(|open| open.function == function);
                let open = looked.unwrap_or(Window::of(function, 0));
                self.looking[slot] = None;
                self.taking[slot] = Some(Window { proc: p.0 + 1, taken_in: generation.0 as u8, ..open });
            }
            Role::End(p, site) => {
                let taken = self.taking[slot].take().filter(|window| window.acts != 0);
                if let Some(window) = taken {
                    for place in [p.0 as usize, MAX_PROCS] {
                        self.past[place] = window.add_to(self.past[place], site, slot);
                    }
                }
            }
            Role::Break => self.looking[slot] = None,
            Role::StoreGeneration => self.tracer_acts(slot, generation),
            Role::Other => {}
        }
    }

    fn tracer_acts(&mut self, tracer: usize, generation: Generation) {
        let action = match (self.generation, generation) {
            (_, Generation::OFF) => 1,
            (Generation::OFF, _) => 2,
            _ => 3,
        };
        let acted_in = self.generation.0 as u32;
        self.generation = generation;
        for slot in (0..MAX_THREADS).filter(|slot| *slot != tracer) {
            for window in [&mut self.looking[slot], &mut self.taking[slot]].into_iter().flatten() {
                window.acts = mix(window.acts, acted_in << 2 | action);
            }
        }
    }

    /// Appends what the signature of an execution that is in this state can depend on.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        self.write_past(bytes);
        for windows in [&self.looking, &self.taking] {
            for (slot, window) in windows.iter().enumerate() {
                if let Some(Window { function, proc, acts, taken_in }) = window {
                    bytes.extend([slot as u8, *function, *proc, *taken_in]);
                    bytes.extend(acts.to_le_bytes());
                }
            }
            bytes.push(u8::MAX);
        }
    }

    /// The same for an execution that has come to its end: a steal that was not finished counts if the tracer acted in
    /// it.
    pub(super) fn write_past(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.past.iter().flat_map(|past| past.to_le_bytes()));
        for (slot, window) in self.taking.iter().enumerate() {
            if let Some(window) = window.filter(|window| window.acts != 0) {
                bytes.extend(window.add_to(0, window.function, slot).to_le_bytes());
            }
        }
    }
}
