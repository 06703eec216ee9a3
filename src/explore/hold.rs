//! Holds: threads wait at steps of the protocol until another thread has taken a step that matters to them.
//!
//! Such pairs of places are concurrent breakpoints (Park, Sen: Concurrent Breakpoints, PPoPP 2012); drawing the pairs
//! at random and resuming one side at once is due to Sen (Race Directed Random Testing of Concurrent Programs, PLDI
//! 2008). Nothing here knows which pair is a bug: every step on a P's status or the generation is a place.

use super::{Input, Rng, Strategy, StrategyKind};
use procsteal_reference::limits::MAX_THREADS;
use procsteal_reference::sites::site;
use procsteal_reference::{Chooser, Enabled, Object, Pending, ThreadId, Verb};
use std::panic::Location;

/// Holds in one execution, at most.
const MAX_HOLDS: u32 = 3;

/// Where sysmon runs: its few steps are worth as many holds as all others together.
const SYSMON: ThreadId = ThreadId(1);

/// A kind of step of the protocol of steals and generations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Point {
    /// A look at a P.
    LoadStatus,
    /// A P is taken, or nearly.
    CasStatus,
    /// A P is left behind in a syscall.
    LeaveBehind,
    /// A P changes hands otherwise.
    StoreStatus,
    /// A look at the generation.
    LoadGeneration,
    /// The tracer starts, advances or stops.
    StoreGeneration,
    /// An event is written.
    Event,
}

/// Where threads are held, with how often: a kind, its weight, and how many steps of the kind may pass before.
const HELD_AT: [(Point, u32, u32); 7] = [
    (Point::CasStatus, 4, 3),
    (Point::LoadGeneration, 4, 12),
    (Point::StoreGeneration, 3, 2),
    (Point::LoadStatus, 3, 3),
    (Point::LeaveBehind, 1, 3),
    (Point::StoreStatus, 1, 3),
    (Point::Event, 1, 8),
];

/// Sysmon asks for the generation only when it steals.
const MOST_PASSES_OF_SYSMON: u32 = 2;

/// What they wait for, with how often.
const UNTIL: [(Point, u32); 6] = [
    (Point::LeaveBehind, 5),
    (Point::StoreGeneration, 4),
    (Point::CasStatus, 1),
    (Point::StoreStatus, 1),
    (Point::LoadGeneration, 2),
    (Point::Event, 2),
];

/// What a thread that sleeps is woken by, with how often.
const WOKEN_BY: [(Point, u32); 5] = [
    (Point::LeaveBehind, 6),
    (Point::StoreGeneration, 1),
    (Point::CasStatus, 1),
    (Point::StoreStatus, 1),
    (Point::LoadGeneration, 1),
];

/// What a thread waits for, and how many times it still must come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Wait {
    point: Point,
    times: u32,
}

impl Wait {
    /// For one of the points, by weight: mostly for the next such step, one in four times for the one after it.
    fn draw(weighted: &[(Point, u32)], rng: &mut Rng) -> Self {
        let mut weights = [0; UNTIL.len()];
        for (weight, (_, of)) in weights.iter_mut().zip(weighted) {
            *weight = *of;
        }
        let (point, _) = weighted[rng.weighted(&weights)];
        Self { point, times: 1 + u32::from(rng.one_in(4)) }
    }
}

/// The kinds of steps, by the lines of the model that take them. A P is left behind by one line only.
#[derive(Debug, Default)]
struct Points {
    stores: Vec<(&'static Location<'static>, Point)>,
}

impl Points {
    fn of(&mut self, pending: &Pending) -> Option<Point> {
        Some(match (pending.verb, pending.object) {
            (Verb::Load, Object::ProcStatus(_)) => Point::LoadStatus,
            (Verb::Cas, Object::ProcStatus(_)) => Point::CasStatus,
            (Verb::Store, Object::ProcStatus(_)) => self.of_store(pending.site),
            (Verb::Load, Object::Generation) => Point::LoadGeneration,
            (Verb::Store, Object::Generation) => Point::StoreGeneration,
            (Verb::Event(_), _) => Point::Event,
            _ => return None,
        })
    }

    fn of_store(&mut self, line: &'static Location<'static>) -> Point {
        if let Some((_, point)) = self.stores.iter().find(|(known, _)| *known == line) {
            return *point;
        }
        let leaves = site(line).is_some_and(|site| site.function == "reentersyscall");
        let point = if leaves { Point::LeaveBehind } else { Point::StoreStatus };
        self.stores.push((line, point));
        point
    }
}

/// Who is to be held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Who {
    /// This thread.
    Thread(ThreadId),
    /// Whoever comes there, but not sysmon.
    Anyone,
}

impl Who {
    fn is(self, thread: ThreadId) -> bool {
        match self {
            Self::Thread(held) => held == thread,
            Self::Anyone => thread != SYSMON,
        }
    }
}

/// A steal to tear: who is about to end one is held until the tracer has acted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aim {
    /// The functions that take the P and ask for the token.
    pub(crate) functions: &'static [&'static str],
    /// Whether the token comes first, and the compare-and-swap last.
    pub(crate) token_first: bool,
    /// Whether the P must be left behind again before the thief goes on.
    pub(crate) left_again: bool,
}

impl Aim {
    fn last_step(self) -> Point {
        if self.token_first { Point::CasStatus } else { Point::LoadGeneration }
    }

    /// Whether this step ends such a steal.
    pub(crate) fn ends_with(self, pending: &Pending) -> bool {
        let ends = match (pending.verb, pending.object) {
            (Verb::Cas, Object::ProcStatus(_)) => self.token_first,
            (Verb::Load, Object::Generation) => !self.token_first,
            _ => false,
        };
        ends && self.is_at(pending)
    }

    fn is_at(self, pending: &Pending) -> bool {
        self.is_in(pending.site)
    }

    /// Whether a line is of the functions that take the P.
    pub(crate) fn is_in(self, line: &'static Location<'static>) -> bool {
        site(line).is_some_and(|site| self.functions.contains(&site.function))
    }
}

/// Where a thread is to be held.
#[derive(Clone, Copy, Debug)]
struct Hold {
    who: Who,
    at: Point,
    /// How many such steps pass first.
    passes: u32,
    until: Wait,
}

/// A thread runs on until it blocks, or until it is about to take one of a few steps drawn beforehand: there it is
/// held until another thread has taken a step of a kind drawn with it, and then mostly goes on at once.
///
/// A thread that sleeps is held until something happens, too. In half of the executions a thread that can run for the
/// first time goes on at once.
#[derive(Debug)]
pub struct HoldAtPoints {
    rng: Rng,
    points: Points,
    aim: Option<Aim>,
    /// How many times somebody comes to where the aim is, before one is held there; none if that was.
    aim_passes: Option<u32>,
    /// Who is held for the aim.
    aimed_at: Option<ThreadId>,
    holds: Vec<Hold>,
    /// For each thread, what it waits for.
    held: [Option<Wait>; MAX_THREADS],
    /// For each thread that sleeps, the step at which it fell asleep, plus one.
    asleep_at: [u32; MAX_THREADS],
    /// For each thread, the step that was looked at last, plus one.
    looked_at: [u32; MAX_THREADS],
    /// What the thread that ran last was about to do.
    taken: Option<Point>,
    /// Goes on at once.
    next: Option<ThreadId>,
    is_eager: bool,
}

impl Default for HoldAtPoints {
    fn default() -> Self {
        Self {
            rng: Rng::new(0, 0),
            points: Points::default(),
            aim: None,
            aim_passes: None,
            aimed_at: None,
            holds: Vec::new(),
            held: [None; MAX_THREADS],
            asleep_at: [0; MAX_THREADS],
            looked_at: [0; MAX_THREADS],
            taken: None,
            next: None,
            is_eager: false,
        }
    }
}

impl HoldAtPoints {
    /// Holds threads above all where one could tear such a steal.
    pub(crate) fn aimed(aim: Aim) -> Self {
        Self { aim: Some(aim), ..Self::default() }
    }

    /// Whether the thread is to be held where the aim is.
    fn is_aimed_at(&mut self, pending: &Pending, point: Point) -> bool {
        let (Some(aim), Some(passes)) = (self.aim, self.aim_passes) else { return false };
        if point != aim.last_step() || !aim.is_at(pending) {
            return false;
        }
        self.aim_passes = passes.checked_sub(1);
        self.aim_passes.is_none()
    }

    fn draw_holds(&mut self, threads: &[ThreadId]) {
        self.holds.clear();
        let holds = if self.aim.is_some() { self.rng.below(2) } else { 1 + self.rng.below(MAX_HOLDS) };
        self.aim_passes = self.aim.map(|_| self.rng.below(6) / 2);
        for _ in 0..holds {
            let who = match self.rng.below(3) {
                0 => Who::Thread(SYSMON),
                1 => Who::Anyone,
                _ => Who::Thread(self.rng.pick(threads).copied().unwrap_or(SYSMON)),
            };
            let (at, _, passes) = HELD_AT[self.rng.weighted(&HELD_AT.map(|(_, weight, _)| weight))];
            let most = if who == Who::Thread(SYSMON) { MOST_PASSES_OF_SYSMON } else { passes };
            let passes = self.rng.below(most);
            self.holds.push(Hold { who, at, passes, until: Wait::draw(&UNTIL, &mut self.rng) });
        }
    }

    /// The last thread has taken its step: whoever was held for that is free.
    fn hear(&mut self, enabled: &Enabled<'_>) {
        let Some(taken) = self.taken.take() else { return };
        for slot in 0..MAX_THREADS {
            let thread = ThreadId(slot as u8);
            let Some(wait) = self.held[slot].as_mut() else { continue };
            if wait.point != taken || thread == enabled.current {
                continue;
            }
            wait.times -= 1;
            if wait.times == 0 && self.aimed_at == Some(thread) && self.aim.is_some_and(|aim| aim.left_again)
            {
                *wait = Wait { point: Point::LeaveBehind, times: 1 };
                self.aimed_at = None;
            } else if wait.times == 0 {
                self.held[slot] = None;
                self.let_go(thread);
            }
        }
    }

    /// The thread mostly goes on at once, and sometimes only to one of its next steps.
    fn let_go(&mut self, thread: ThreadId) {
        if !self.rng.one_in(4) {
            self.next = Some(thread);
        }
        if self.rng.one_in(if self.aim.is_some() { 8 } else { 2 }) {
            let (at, _, _) = HELD_AT[self.rng.weighted(&HELD_AT.map(|(_, weight, _)| weight))];
            let (passes, until) = (self.rng.below(3) / 2, Wait::draw(&UNTIL, &mut self.rng));
            self.holds.push(Hold { who: Who::Thread(thread), at, passes, until });
        }
    }

    /// Whether the thread is held, from now on or still.
    fn is_held(&mut self, enabled: &Enabled<'_>, thread: ThreadId) -> bool {
        let slot = thread.0 as usize;
        let step = enabled.steps_of(thread) + 1;
        if enabled.is_asleep(thread) && self.asleep_at[slot] != step {
            self.asleep_at[slot] = step;
            self.held[slot] = Some(Wait::draw(&WOKEN_BY, &mut self.rng));
        }
        if self.held[slot].is_some() {
            return true;
        }
        if self.looked_at[slot] == step {
            return false;
        }
        self.looked_at[slot] = step;
        let Some(pending) = enabled.pending(thread) else { return false };
        let Some(point) = self.points.of(&pending) else { return false };
        if self.is_aimed_at(&pending, point) {
            self.aimed_at = Some(thread);
            self.held[slot] = Some(Wait { point: Point::StoreGeneration, times: 1 });
            return true;
        }
        for hold in self.holds.iter_mut().filter(|hold| hold.at == point && hold.who.is(thread)) {
            match hold.passes {
                0 => {
                    self.held[slot] = Some(hold.until);
                    // Once only.
                    hold.passes = u32::MAX;
                }
                u32::MAX => {}
                _ => hold.passes -= 1,
            }
        }
        self.held[slot].is_some()
    }

    /// A thread that is not held; of threads that are all held, one is let go.
    fn choose_free(&mut self, enabled: &Enabled<'_>) -> ThreadId {
        let mut first = self.next.take().filter(|thread| enabled.is_runnable(*thread));
        if self.is_eager && first.is_none() {
            first = enabled.runnable().find(|thread| enabled.steps_of(*thread) == 0);
        }
        let current = Some(enabled.current).filter(|thread| enabled.is_runnable(*thread));
        for thread in first.into_iter().chain(current) {
            if !self.is_held(enabled, thread) {
                return thread;
            }
        }
        let mut candidates = [ThreadId::default(); MAX_THREADS];
        let mut count = 0;
        for thread in enabled.runnable() {
            candidates[count] = thread;
            count += 1;
        }
        self.choose_among(enabled, &mut candidates[..count])
    }

    fn choose_among(&mut self, enabled: &Enabled<'_>, candidates: &mut [ThreadId]) -> ThreadId {
        let mut left = candidates.len();
        while left > 0 {
            let at = self.rng.index(left);
            if !self.is_held(enabled, candidates[at]) {
                return candidates[at];
            }
            left -= 1;
            candidates.swap(at, left);
        }
        // Those that sleep come last: time passes when nobody has anything to do.
        let awake = candidates.iter().filter(|thread| !enabled.is_asleep(**thread)).count();
        let nth = self.rng.index(if awake > 0 { awake } else { candidates.len() });
        let mut pool = candidates.iter().filter(|thread| awake == 0 || !enabled.is_asleep(**thread));
        let thread = pool.nth(nth).copied().unwrap_or_else(|| enabled.default_choice());
        self.held[thread.0 as usize] = None;
        thread
    }
}

impl Chooser for HoldAtPoints {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        self.hear(enabled);
        let thread = self.choose_free(enabled);
        self.taken = enabled.pending(thread).and_then(|pending| self.points.of(&pending));
        (thread, 0)
    }
}

impl Strategy for HoldAtPoints {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Hold
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        let counts = input.profile.counts(None);
        let threads: Vec<ThreadId> =
            (0..MAX_THREADS as u8).map(ThreadId).filter(|thread| counts[thread.0 as usize] > 0).collect();
        let (points, holds, aim) =
            (std::mem::take(&mut self.points), std::mem::take(&mut self.holds), self.aim);
        *self = Self { rng: input.rng.clone(), points, holds, aim, ..Self::default() };
        self.is_eager = self.rng.one_in(2);
        self.draw_holds(&threads);
    }
}
