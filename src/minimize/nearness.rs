//! How near an execution came to the torn steal that is looked for.

use crate::explore::Aim;
use procsteal_reference::sites::site;
use procsteal_reference::{Object, ProcId, ThreadId, Touch, Verb};
use std::collections::BTreeMap;
use std::panic::Location;

/// The function that leaves a P behind (spec 3.1).
const LEAVES_BEHIND: &str = "reentersyscall";

/// Whether the line, which stores a P's status, leaves it behind.
pub(super) fn is_left_behind_by(line: &'static Location<'static>) -> bool {
    site(line).is_some_and(|site| site.function == LEAVES_BEHIND)
}

/// How many of these things happened, at most for one steal: a P was left behind while another thread had not come back
/// to it; a thread went for a P that another had left behind; the tracer acted between its token and its
/// compare-and-swap; the P was left behind again by then, if it must be; it was taken.
pub(super) fn nearness(touches: &[Touch], aim: Aim) -> u32 {
    let mut procs = Procs::default();
    let mut most = 0;
    for (at, touch) in touches.iter().enumerate() {
        let Object::ProcStatus(proc) = touch.object else { continue };
        match touch.verb {
            Verb::Store if procs.is_shared_by(touch, proc) => most = most.max(1),
            Verb::Cas if aim.is_in(touch.site) && procs.is_of_another(touch, proc) => {
                most = most.max(2 + torn(touches, at, proc, aim));
            }
            _ => {}
        }
    }
    most
}

/// Who left which P behind.
#[derive(Default)]
struct Procs {
    /// By P, who changed its status last.
    last: BTreeMap<ProcId, ThreadId>,
    /// By thread, the P that it has left behind and not come back to.
    out_of: BTreeMap<ThreadId, ProcId>,
}

impl Procs {
    /// Notes a store to the P's status; says whether the P is left behind while another thread is out of it.
    fn is_shared_by(&mut self, touch: &Touch, proc: ProcId) -> bool {
        self.last.insert(proc, touch.thread);
        if !is_left_behind_by(touch.site) {
            return false;
        }
        let is_shared = self.out_of.iter().any(|(thread, of)| *thread != touch.thread && *of == proc);
        self.out_of.insert(touch.thread, proc);
        is_shared
    }

    /// Notes that a thread goes for the P; says whether another had left it.
    fn is_of_another(&mut self, touch: &Touch, proc: ProcId) -> bool {
        self.out_of.remove(&touch.thread);
        self.last.get(&proc).is_some_and(|thread| *thread != touch.thread)
    }
}

/// How far the steal with this compare-and-swap is torn.
fn torn(touches: &[Touch], cas: usize, proc: ProcId, aim: Aim) -> u32 {
    let thief = touches[cas].thread;
    let is_token = |touch: &Touch| {
        let asks = touch.verb == Verb::Load && touch.object == Object::Generation;
        asks && touch.thread == thief && aim.is_in(touch.site)
    };
    let window = if aim.token_first {
        let Some(token) = touches[..cas].iter().rposition(is_token) else { return 0 };
        &touches[token..cas]
    } else {
        let token = touches[cas..].iter().position(is_token);
        &touches[cas..token.map_or(touches.len(), |token| cas + token)]
    };
    let stores =
        |touch: &Touch, object| touch.thread != thief && touch.verb == Verb::Store && touch.object == object;
    let Some(acts) = window.iter().position(|touch| stores(touch, Object::Generation)) else { return 0 };
    let again = window[acts..].iter().any(|touch| stores(touch, Object::ProcStatus(proc)));
    let tick = Object::ProcTick(proc);
    let bumps = |touch: &Touch| touch.thread == thief && touch.verb == Verb::Add && touch.object == tick;
    let is_taken = touches[cas..].iter().any(bumps);
    1 + u32::from(aim.left_again && again) + u32::from(is_taken)
}
