//! Bounds: how large the scenarios are that are explored, and the scenarios within them.

use procsteal_reference::limits::{MAX_GOROUTINES, MAX_OPS, MAX_PROCS, MAX_SYSMON_ROUNDS, MAX_THREADS};
use procsteal_reference::{GoId, Op, ProcSet, Procs, Scenario, SysmonRound, Threads};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How large scenarios may be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bounds {
    /// GOMAXPROCS.
    pub procs: u8,
    /// Threads, sysmon's included; more start only when nothing else can happen.
    pub threads: u8,
    /// Goroutines that make syscalls, up to so many. Main, which runs the tracer's script, comes on top; without any it
    /// makes the syscalls itself, before the script.
    pub goroutines: u8,
    /// Syscalls of each of them, from one to so many.
    pub syscalls: u8,
    /// Rounds of sysmon, in each of which it takes every P that it finds in a syscall.
    pub sysmon_rounds: u8,
    /// Times that one more goroutine stops the world, as a garbage collection does.
    pub stop_the_worlds: u8,
    /// What main does to the tracer.
    pub tracer: TracerScript,
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { procs, threads, goroutines, syscalls, sysmon_rounds, stop_the_worlds, tracer } = self;
        write!(
            f,
            "{procs} Ps, {threads} threads, main and up to {goroutines} goroutines of 1 to {syscalls} syscalls each, "
        )?;
        write!(f, "{sysmon_rounds} rounds of sysmon, {stop_the_worlds} stops of the world")?;
        if tracer.0.is_empty() { Ok(()) } else { write!(f, ", tracer {tracer}") }
    }
}

/// Bounds by name, smallest first. Their tracer does nothing but stop at main's end: the script is the caller's to fill
/// in.
pub const PRESETS: &[(&str, Bounds)] = &[
    ("tiny", preset(1, 2, 1)),
    ("small", preset(1, 3, 1)),
    ("one-syscall", preset(2, 4, 1)),
    ("two-syscalls", preset(2, 4, 2)),
];

const fn preset(goroutines: u8, threads: u8, syscalls: u8) -> Bounds {
    let tracer = TracerScript(Vec::new());
    Bounds { procs: 2, threads, goroutines, syscalls, sysmon_rounds: 1, stop_the_worlds: 0, tracer }
}

impl Default for Bounds {
    fn default() -> Self {
        Self { tracer: TracerScript(vec![TracerAct::Stop]), ..preset(1, 3, 1) }
    }
}

/// One act of the tracer's script.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TracerAct {
    /// Tracing starts.
    Start,
    /// The generation ends.
    Advance,
    /// Tracing stops.
    Stop,
}

/// What main does to the tracer while the goroutines run. A script that begins with `start` finds them running
/// untraced; any other begins in a trace. The end of main stops a trace that is still on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TracerScript(pub Vec<TracerAct>);

impl fmt::Display for TracerScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, act) in self.0.iter().enumerate() {
            let word = match act {
                TracerAct::Start => "start",
                TracerAct::Advance => "advance",
                TracerAct::Stop => "stop",
            };
            write!(f, "{}{word}", if index > 0 { "-" } else { "" })?;
        }
        Ok(())
    }
}

/// A text is no script of the tracer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{found:?} is nothing the tracer does: expected start, advance or stop, joined by - as in advance-stop"
)]
pub struct TracerScriptError {
    found: String,
}

impl FromStr for TracerScript {
    type Err = TracerScriptError;

    fn from_str(text: &str) -> Result<Self, TracerScriptError> {
        let act = |word: &str| match word {
            "start" => Ok(TracerAct::Start),
            "advance" => Ok(TracerAct::Advance),
            "stop" => Ok(TracerAct::Stop),
            _ => Err(TracerScriptError { found: word.to_owned() }),
        };
        text.split('-').map(act).collect::<Result<_, _>>().map(Self)
    }
}

/// Bounds that no scenario of the model can have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} is {found}, but can be {from} to {to}")]
pub struct BoundsError {
    what: &'static str,
    found: usize,
    from: usize,
    to: usize,
}

impl Bounds {
    /// Whether the model has room for them.
    ///
    /// # Errors
    /// The first bound that is out of range.
    pub fn check(&self) -> Result<(), BoundsError> {
        let stopper = usize::from(self.stop_the_worlds > 0);
        let made = usize::from(self.goroutines.max(self.syscalls));
        let ops = self.tracer.0.len() + made + stopper + 1;
        let ranges = [
            ("the number of Ps", usize::from(self.procs), 1, MAX_PROCS),
            ("the number of threads", usize::from(self.threads), 2, MAX_THREADS),
            ("the number of goroutines", usize::from(self.goroutines), 1, MAX_GOROUTINES - 1 - stopper),
            ("the number of syscalls", usize::from(self.syscalls), 1, MAX_OPS),
            ("the number of sysmon's rounds", usize::from(self.sysmon_rounds), 0, MAX_SYSMON_ROUNDS),
            ("the number of stop-the-worlds", usize::from(self.stop_the_worlds), 0, MAX_OPS),
            ("the number of main's operations", ops, 1, MAX_OPS),
        ];
        let bad = ranges.into_iter().find(|(_, found, from, to)| found < from || found > to);
        bad.map_or(Ok(()), |(what, found, from, to)| Err(BoundsError { what, found, from, to }))
    }

    /// Every scenario within the bounds: fewest goroutines first, then fewest syscalls. In the first of them there is
    /// only main, and makes the syscalls itself.
    #[must_use]
    pub fn scenarios(&self) -> Vec<Scenario> {
        let alone = (1..=self.syscalls).map(|own| self.scenario(own, &[]));
        alone.chain(self.sizes().iter().map(|size| self.scenario(0, size))).collect()
    }

    /// How many syscalls each goroutine makes, for every scenario that has one besides main.
    fn sizes(&self) -> Vec<Vec<u8>> {
        let mut sizes: Vec<Vec<u8>> = Vec::new();
        for goroutines in 1..=u32::from(self.goroutines) {
            let each = u32::from(self.syscalls);
            for number in 0..each.saturating_pow(goroutines) {
                let digit = |place| (number / each.pow(place) % each) as u8 + 1;
                sizes.push((0..goroutines).rev().map(digit).collect());
            }
        }
        sizes.sort_by_key(|size| (size.len(), size.iter().map(|syscalls| u32::from(*syscalls)).sum::<u32>()));
        sizes
    }

    /// The scenario in which main makes so many syscalls of its own, with a goroutine of so many for each number.
    #[must_use]
    pub fn scenario(&self, own: u8, syscalls: &[u8]) -> Scenario {
        let mut scripts: Vec<Vec<Op>> =
            syscalls.iter().map(|count| vec![Op::Syscall; usize::from(*count)]).collect();
        if self.stop_the_worlds > 0 {
            scripts.push(vec![Op::StopTheWorld; usize::from(self.stop_the_worlds)]);
        }
        let go = (1..=scripts.len() as u8).map(|slot| Op::Go(GoId(slot)));
        let acts = self.tracer.0.iter().map(|act| match act {
            TracerAct::Start => Op::TraceStart,
            TracerAct::Advance => Op::TraceAdvance,
            TracerAct::Stop => Op::TraceStop,
        });
        let traced = (self.tracer.0.first() != Some(&TracerAct::Start)).then_some(Op::TraceStart);
        let own = std::iter::repeat_n(Op::Syscall, usize::from(own));
        let main = traced.into_iter().chain(go).chain(own).chain(acts).collect();
        let every = ProcSet((1 << self.procs) - 1);
        let round = SysmonRound { retake: every, preempt: ProcSet::default() };
        Scenario {
            foreign: Vec::new(),
            procs: Procs(self.procs),
            threads: Threads(self.threads),
            sysmon: vec![round; usize::from(self.sysmon_rounds)],
            goroutines: std::iter::once(main).chain(scripts).collect(),
        }
    }
}
