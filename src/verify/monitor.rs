//! The part of an execution's past that its signature depends on and its state does not show: where the tracer acted
//! within a steal.
//!
//! A signature names the window of a steal in which the generation changed ([`crate::signature`]): the steps from the
//! thief's token to its compare-and-swap, or the other way round. Two executions can reach one state by different orders
//! of steps that commute for the model but not for the signature: the compare-and-swap, and the store of the generation.
//! So these steps count as dependent here, and what they lead to counts as part of the state.

use super::store::Mixed;
use super::touch::Touch;
use crate::signature::{ASKS_BEFORE_IT_LOOKS, STEAL_SITES};
use procsteal_reference::limits::{MAX_PROCS, MAX_THREADS};
use procsteal_reference::sites::site;
use procsteal_reference::{Generation, Object, ObjectSet, Pending, ProcId, SPARE_BITS, ThreadId, Verb};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

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
    /// A digest of what the tracer did in it, and in which generations; 0 for nothing.
    acts: u32,
    /// In which generation the thief tried to take the P.
    taken_in: u8,
    /// The thief has both token and P: what the tracer does from now on is outside.
    closed: bool,
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
    /// By thread: it has a token, or knows that tracing is off.
    looking: [Option<Window>; MAX_THREADS],
    /// By thread: it has taken a P.
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
        /// By where the location is kept.
        static PLACES: RefCell<HashMap<usize, Place, BuildHasherDefault<Mixed>>> = RefCell::default();
    }
    let location = pending.site;
    PLACES.with_borrow_mut(|places| {
        *places.entry(std::ptr::from_ref(location) as usize).or_insert_with(|| {
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

/// Whether a function asks for the generation before it looks at the P.
fn is_asking(function: u8) -> bool {
    function > 0 && LOOKING[usize::from(function) - 1] == ASKS_BEFORE_IT_LOOKS
}

/// Whether a look at the generation settles a token: that it is off, or the look after the seqlock became odd.
fn is_token(pending: &Pending, generation: Generation) -> bool {
    let settles = pending.access.reads.meets(ObjectSet::EMPTY.with(Object::Generation));
    settles || generation == Generation::OFF
}

impl Monitor {
    /// What a step that is to come can touch of windows.
    pub(super) fn touch(pending: &Pending) -> Touch {
        match role(pending) {
            Role::Take(..) => Touch { reads: GENERATION, writes: 0 },
            Role::End(..) => Touch { reads: GENERATION, writes: WINDOWS },
            _ => Touch::NOTHING,
        }
    }

    /// What a step that was taken in this state touched of them; `only_read` says whether it changed anything.
    pub(super) fn touch_of_taken(&self, thread: ThreadId, pending: &Pending, only_read: bool) -> Touch {
        match (role(pending), &self.taking[thread.0 as usize]) {
            (Role::Take(..), _) if only_read => Touch::NOTHING,
            (Role::End(..), None) => Touch::NOTHING,
            (Role::End(..), Some(window)) if window.closed => Touch { reads: 0, writes: WINDOWS },
            _ => Self::touch(pending),
        }
    }

    /// Whether a step can begin, end or count in a window.
    pub(super) fn is_changed_by(pending: &Pending) -> bool {
        role(pending) != Role::Other
    }

    /// A step was taken; `generation` is the tracer's after it, and `only_read` says whether it changed anything.
    pub(super) fn step(
        &mut self,
        thread: ThreadId,
        pending: &Pending,
        generation: Generation,
        only_read: bool,
    ) {
        let slot = thread.0 as usize;
        match role(pending) {
            Role::LookAtProc(p, function) => {
                // The token comes after the look, but in the one function that asks first.
                let asked =
                    |open: &Window| is_asking(function) && open.function == function && open.proc == 0;
                let asked = self.looking[slot].filter(asked);
                self.looking[slot] = asked.map(|open| Window { proc: p.0 + 1, ..open });
            }
            Role::LookAtGeneration(function) => {
                if is_token(pending, generation) {
                    self.looking[slot] = Some(Window::of(function, 0));
                    self.close(slot);
                }
            }
            Role::Take(p, function) => {
                let token = self.looking[slot].take().filter(|open| open.function == function);
                let open = token.unwrap_or(Window::of(function, 0));
                let closed = token.is_some();
                let window = Window { proc: p.0 + 1, taken_in: generation.0 as u8, closed, ..open };
                let counts = !only_read && (!closed || window.acts != 0);
                self.taking[slot] = counts.then_some(window);
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

    /// The thief has a token now: its steal is torn if the tracer has come in between, and whole if not.
    fn close(&mut self, slot: usize) {
        let window = self.taking[slot].filter(|window| window.acts != 0);
        self.taking[slot] = window.map(|window| Window { closed: true, ..window });
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
            let open = [&mut self.looking[slot], &mut self.taking[slot]];
            for window in open.into_iter().flatten().filter(|window| !window.closed) {
                window.acts = mix(window.acts, acted_in << 2 | action);
            }
        }
    }

    /// Appends what the signature of an execution that is in this state can depend on.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        self.write_past(bytes);
        for windows in [&self.looking, &self.taking] {
            for (slot, window) in windows.iter().enumerate() {
                if let Some(Window { function, proc, acts, taken_in, closed }) = window {
                    bytes.extend([slot as u8, *function, *proc, *taken_in, u8::from(*closed)]);
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
