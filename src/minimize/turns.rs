//! Searches a scenario: executions with few switches, each where a thread has just told others something.
//!
//! Bounding the number of preemptions is due to Musuvathi and Qadeer (Iterative Context Bounding, PLDI 2007). When a
//! thread is held matters only if it meets another on one object: one that is held right after it has touched a P's
//! status or the generation stands for one held anywhere until it does so again.

use super::nearness::nearness;
use super::needs::aim_of;
use super::trial::Trial;
use crate::explore::Aim;
use procsteal_reference::{Chooser, Enabled, Object, Scenario, Schedule, Switch, ThreadId, Touch, Verb};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::panic::Location;
use xxhash_rust::xxh3::Xxh3;

/// What a switch counts where it may tear the steal that is looked for.
const AT_THE_AIM: u32 = 0;

/// What a switch counts at a thread's start, or after a touch of a P's status or the generation.
const AT_A_TURN: u32 = 1;

/// What one counts where a thread stops by itself, or has just woken another: there are many, and few are needed.
const ELSEWHERE: u32 = 2;

/// What is taken off after an execution in which threads met as in none before: what is new is worth going on with. No more
/// than a switch counts, or one execution with a switch more after the other is made before any with two.
const FOR_NEWS: u32 = 1;

/// What is taken off for each thing that brings an execution nearer to the steal that is to be torn: so much that a
/// near one is gone on with before any that has a switch or two fewer.
const FOR_NEARNESS: u32 = 3;

/// The first execution's count: more than is ever taken off.
const FIRST: u32 = 1_000;

/// A schedule that shows the signature among so many executions of the scenario, by and large those with few switches
/// first, and never with more than `most_switches`.
pub(super) fn search_in(
    scenario: &Scenario,
    executions: u32,
    most_switches: usize,
    trial: &mut Trial<'_>,
) -> Option<Schedule> {
    let mut search = Search::new(aim_of(trial.signature()));
    for _ in 0..executions {
        let Reverse((_, node)) = search.open.pop()?;
        let switches = search.switches_of(node);
        let may_go_on = switches.len() < most_switches;
        let mut turner = Turner::new(switches, search.aim);
        let (found, touches) = trial.run_tracked(scenario.clone(), &mut turner);
        if found.is_some() || trial.is_over() {
            return found;
        }
        if may_go_on {
            search.open_after(node, &turner.turns, &touches);
        }
    }
    None
}

/// An execution to make: its parent's switches and one more.
struct Node {
    parent: usize,
    switch: Option<Switch>,
    /// What its switches count, less what was new after them.
    count: u32,
}

/// A switch that could come next.
struct Turn {
    count: u32,
    switch: Switch,
    /// Steps of all threads before it.
    steps: u32,
}

type Place = &'static Location<'static>;

/// The executions that were made, and those that may be made next.
struct Search {
    aim: Option<Aim>,
    nodes: Vec<Node>,
    /// By count less nearness, then by age.
    open: BinaryHeap<Reverse<(u32, usize)>>,
    /// In which order what matters was touched before a switch, and who goes on: two with the same lead to the same.
    opened: HashSet<(u64, ThreadId)>,
    /// Places of the model at which two threads met.
    meetings: HashSet<(Place, Place)>,
}

impl Search {
    fn new(aim: Option<Aim>) -> Self {
        Self {
            aim,
            nodes: vec![Node { parent: 0, switch: None, count: FIRST }],
            open: BinaryHeap::from([Reverse((FIRST, 0))]),
            opened: HashSet::new(),
            meetings: HashSet::new(),
        }
    }

    fn switches_of(&self, mut node: usize) -> Vec<Switch> {
        let mut switches = Vec::new();
        while let Some(switch) = self.nodes[node].switch {
            switches.push(switch);
            node = self.nodes[node].parent;
        }
        switches.reverse();
        switches
    }

    fn open_after(&mut self, parent: usize, turns: &[Turn], touches: &[Touch]) {
        let news = if self.is_news(touches) { FOR_NEWS } else { 0 };
        let near = self.aim.map_or(0, |aim| FOR_NEARNESS * nearness(touches, aim));
        let mut order = Xxh3::new();
        let mut noted = 0;
        for Turn { count, switch, steps } in turns {
            let before = *steps as usize;
            touches[noted..before].iter().for_each(|touch| note_order(&mut order, touch));
            noted = before;
            if !self.opened.insert((order.digest(), switch.to)) {
                continue;
            }
            let count = (self.nodes[parent].count + count).saturating_sub(news);
            self.open.push(Reverse((count.saturating_sub(near), self.nodes.len())));
            self.nodes.push(Node { parent, switch: Some(*switch), count });
        }
    }

    /// Whether two threads touched one object one after the other, at two places where that had not been.
    fn is_news(&mut self, touches: &[Touch]) -> bool {
        let mut last: BTreeMap<u8, &Touch> = BTreeMap::new();
        let mut is_news = false;
        for touch in touches {
            let Some(number) = number_of(touch.object) else { continue };
            let Some(before) = last.insert(number, touch) else { continue };
            let writes = before.verb != Verb::Load || touch.verb != Verb::Load;
            if writes && before.thread != touch.thread {
                is_news |= self.meetings.insert((before.site, touch.site));
            }
        }
        is_news
    }
}

/// The objects on which steals and the tracer meet, by number.
fn number_of(object: Object) -> Option<u8> {
    match object {
        Object::ProcStatus(p) => Some(p.0),
        Object::Generation => Some(u8::MAX),
        _ => None,
    }
}

/// Adds a step to the order in which threads began, slept, woke others, and touched Ps' statuses and the generation.
fn note_order(order: &mut Xxh3, touch: &Touch) {
    let number = number_of(touch.object);
    let kind = match touch.verb {
        Verb::Start => 0,
        Verb::Sleep => 1,
        Verb::Wake => 2,
        Verb::Load => 3,
        Verb::Cas => 4,
        _ => 5,
    };
    if number.is_some() || kind < 3 {
        order.update(&[touch.thread.0, number.unwrap_or_default(), kind]);
    }
}

/// Switches as it is told, and notes where it could switch after the last of these.
struct Turner {
    /// The steal to be torn.
    aim: Option<Aim>,
    switches: Vec<Switch>,
    /// How many of them have happened.
    done: usize,
    /// What was asked for last: who did what.
    taken: Option<(ThreadId, Verb, Object)>,
    turns: Vec<Turn>,
}

impl Turner {
    fn new(switches: Vec<Switch>, aim: Option<Aim>) -> Self {
        Self { aim, switches, done: 0, taken: None, turns: Vec::new() }
    }

    /// Who goes on, and how far, while there are switches left.
    fn follow(&mut self, enabled: &Enabled<'_>) -> Option<(ThreadId, u32)> {
        let switch = *self.switches.get(self.done)?;
        let current = enabled.current;
        let is_here = switch.thread == current && u32::from(switch.step) == enabled.steps_of(current);
        let mut chosen = enabled.default_choice();
        if is_here && enabled.is_runnable(switch.to) {
            chosen = switch.to;
            self.done += 1;
        }
        let further = match self.switches.get(self.done) {
            Some(next) if next.thread == chosen => {
                u32::from(next.step).saturating_sub(enabled.steps_of(chosen) + 1)
            }
            Some(_) => u32::MAX,
            None => 0,
        };
        Some((chosen, further))
    }

    /// Whether the current thread is about to end a steal such as the one to be torn.
    fn is_at_the_aim(&self, enabled: &Enabled<'_>) -> bool {
        let Some(aim) = self.aim else { return false };
        enabled.pending(enabled.current).is_some_and(|pending| aim.ends_with(&pending))
    }

    /// Notes the switches that could stand here.
    fn note(&mut self, enabled: &Enabled<'_>, default: ThreadId) {
        let current = enabled.current;
        let stops = !enabled.is_runnable(current) || enabled.is_asleep(current);
        let taken = self.taken.filter(|(thread, _, _)| *thread == current);
        let count = match taken {
            _ if stops => Some(ELSEWHERE),
            _ if self.is_at_the_aim(enabled) => Some(AT_THE_AIM),
            _ if enabled.steps_of(current) == 0 => Some(AT_A_TURN),
            Some((_, verb, object)) => count_after(verb, object),
            None => None,
        };
        let Some(count) = count else { return };
        let others = enabled.runnable().filter(|thread| *thread != default);
        let steps = enabled.steps();
        let turns = others.filter_map(|to| Some(Turn { count, switch: enabled.switch_to(to)?, steps }));
        self.turns.extend(turns);
    }
}

/// What a switch counts after a step; none if none is tried there.
fn count_after(verb: Verb, object: Object) -> Option<u32> {
    match (verb, object) {
        (_, Object::Generation) | (Verb::Store | Verb::Cas, Object::ProcStatus(_)) => Some(AT_A_TURN),
        (Verb::Wake | Verb::Start, _) | (Verb::Push, Object::AllThreads | Object::RunQueue) => {
            Some(ELSEWHERE)
        }
        _ => None,
    }
}

impl Chooser for Turner {
    fn reads_states(&self) -> bool {
        false
    }

    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let (chosen, further) = self.follow(enabled).unwrap_or_else(|| {
            let default = enabled.default_choice();
            self.note(enabled, default);
            (default, 0)
        });
        self.taken = enabled.pending(chosen).map(|pending| (chosen, pending.verb, pending.object));
        (chosen, further)
    }
}
