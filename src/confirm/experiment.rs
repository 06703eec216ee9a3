//! An experiment: a finding of the model, the delay that opens its window, and the program that runs into it.

use serde::Serialize;

use super::edits::Site;
use super::runtime::Threads;
use super::scheduler::Scheduler;

/// While what the delay applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum While {
    /// Always.
    Always,
    /// While tracing is on.
    Tracing,
    /// While tracing is off.
    NotTracing,
}

/// How long a thread is delayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// A fixed time.
    Fixed {
        /// The time, in microseconds.
        micros: u32,
    },
    /// Until the tracer has stored another generation (advance, stop or start), and then some.
    UntilGenerationMoves {
        /// How often it must do so.
        moves: u32,
        /// The longest time to wait for that, in microseconds.
        at_most_micros: u32,
        /// The time after it, in microseconds.
        settle_micros: u32,
    },
    /// Until the tracer has stored another generation, and then until the P that is about to be taken is in a system call.
    UntilSyscallAfterMove {
        /// The longest time to wait for both, in microseconds.
        at_most_micros: u32,
    },
}

/// A delay at one place of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// The place.
    pub site: Site,
    /// One in how many of the threads that come by is delayed.
    pub one_in: u32,
    /// While what.
    pub during: While,
    /// How long.
    pub length: Length,
}

impl Pause {
    /// The delay as the Go program takes it.
    pub(super) fn argument(&self) -> String {
        let during = match self.during {
            While::Always => 0,
            While::Tracing => 1,
            While::NotTracing => 2,
        };
        let (micros, until, settle, in_syscall) = match self.length {
            Length::Fixed { micros } => (micros, 0, 0, 0),
            Length::UntilGenerationMoves { moves, at_most_micros, settle_micros } => {
                (at_most_micros, moves, settle_micros, 0)
            }
            Length::UntilSyscallAfterMove { at_most_micros } => (at_most_micros, 1, 0, 1),
        };
        format!("{}:{micros}:{}:{during}:{until}:{settle}:{in_syscall}", self.site.number(), self.one_in)
    }
}

/// What the Go program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Load {
    /// GOMAXPROCS.
    pub procs: u32,
    /// Goroutines that make system calls which return at once.
    pub short: u32,
    /// Goroutines that make system calls of [`Load::medium_micros`].
    pub medium: u32,
    /// Goroutines that make system calls of [`Load::long_micros`].
    pub long: u32,
    /// Goroutines that compute and yield.
    pub busy: u32,
    /// Pairs of goroutines that wait for each other through the network poller.
    pub pipes: u32,
    /// Iterations of a loop between two system calls of a goroutine.
    pub work: u32,
    /// The length of a medium system call, in microseconds.
    pub medium_micros: u32,
    /// The length of a long system call, in microseconds.
    pub long_micros: u32,
    /// The time between two collections, in microseconds; 0 for none but the runtime's own.
    pub gc_micros: u32,
    /// The time before the first trace, in microseconds.
    pub before_micros: u32,
    /// The time that tracing is on, in microseconds.
    pub on_micros: u32,
    /// The time that it is off, between two traces of one process, in microseconds.
    pub off_micros: u32,
    /// The time between two generations, in microseconds (GODEBUG `traceadvanceperiod`); 0 for Go's second.
    pub advance_micros: u32,
    /// The traces that one process writes.
    pub traces: u32,
    /// Whether GOMAXPROCS goes down to 1 and up again.
    pub resize: Resize,
    /// The time between two signals that the process sends itself, in microseconds; 0 for none.
    pub signal_micros: u32,
    /// Threads made in C that call Go.
    pub foreign: Foreign,
}

/// Threads that Go did not make, and how they call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// There are none.
    None,
    /// One after the other: each calls once and ends, and Go gives it up then.
    OneCallEach,
    /// One that calls again and again, and that Go gives up after each call: C has used up the keys with which Go would hear
    /// that it ends. On systems without such keys (Windows) that is the only way.
    OneWithoutKey,
}

/// Whether GOMAXPROCS changes while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resize {
    /// It does not.
    Never,
    /// Down to 1 and up again, three times in the time that tracing is on.
    DownAndUp,
}

impl Load {
    /// Two Ps, a few system calls of each length, and one trace of 10 ms in one generation.
    pub const SMALL: Self = Self {
        procs: 2,
        short: 1,
        medium: 1,
        long: 1,
        busy: 0,
        pipes: 0,
        work: 2_000,
        medium_micros: 50,
        long_micros: 3_000,
        gc_micros: 0,
        before_micros: 2_000,
        on_micros: 10_000,
        off_micros: 0,
        advance_micros: 0,
        traces: 1,
        resize: Resize::Never,
        signal_micros: 0,
        foreign: Foreign::None,
    };

    /// The arguments of the Go program, without its folder and delays.
    pub(super) fn arguments(&self) -> Vec<String> {
        let micros = |name: &str, value: u32| [format!("-{name}"), format!("{value}us")];
        let number = |name: &str, value: u32| [format!("-{name}"), value.to_string()];
        let mut arguments: Vec<String> = [
            number("procs", self.procs),
            number("short", self.short),
            number("medium", self.medium),
            number("long", self.long),
            number("busy", self.busy),
            number("pipes", self.pipes),
            number("work", self.work),
            number("traces", self.traces),
            micros("mediumtime", self.medium_micros),
            micros("longtime", self.long_micros),
            micros("gc", self.gc_micros),
            micros("before", self.before_micros),
            micros("on", self.on_micros),
            micros("off", self.off_micros),
            micros("signals", self.signal_micros),
        ]
        .concat();
        if self.resize == Resize::DownAndUp {
            arguments.push("-resize".to_owned());
        }
        let foreign: &[&str] = match self.foreign {
            Foreign::None => &[],
            Foreign::OneCallEach => &["-foreign=1"],
            Foreign::OneWithoutKey => &["-foreign=1", "-foreigncalls=1000000", "-nokeys"],
        };
        arguments.extend(foreign.iter().map(|&argument| argument.to_owned()));
        arguments
    }

    /// Whose threads the program needs.
    pub(super) fn threads(&self) -> Threads {
        if self.foreign == Foreign::None { Threads::OfGo } else { Threads::OfGoAndC }
    }

    /// The value of GODEBUG.
    pub(super) fn debug_settings(&self) -> String {
        // The period is a signed 32-bit number of nanoseconds.
        match self.advance_micros.checked_mul(1_000).filter(|&nanos| nanos > 0 && nanos <= i32::MAX as u32) {
            Some(nanos) => format!("traceadvanceperiod={nanos}"),
            None => String::new(),
        }
    }
}

/// A claim about the runtime, and how it is tried.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Experiment {
    /// Its name.
    pub name: &'static str,
    /// The signature of the failure: `<error code>/<failing event>/<steal site>/<tracer action>`.
    pub signature: &'static str,
    /// The runtimes in which the failure is expected.
    pub breaks: &'static [Scheduler],
    /// The control: runtimes in which it is not expected, with the same delays and the same program.
    pub holds: &'static [Scheduler],
    /// Where threads are delayed.
    pub pauses: &'static [Pause],
    /// What the Go program does.
    pub load: Load,
    /// Another control, for what breaks every runtime.
    pub control: Option<Control>,
    /// The interleaving, in the words and step numbers of `docs/spec/scheduler-model.md`.
    pub interleaving: &'static str,
}

/// The runtime as released with the delay elsewhere, or with a program that does less.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Control {
    /// What is different from the experiment, in a few words.
    pub difference: &'static str,
    /// Where threads are delayed.
    pub pauses: &'static [Pause],
    /// What the Go program does.
    pub load: Load,
}

impl Experiment {
    /// The part of the signature that a trace alone shows: `<error code>/<failing event>`.
    #[must_use]
    pub fn failure(&self) -> &'static str {
        match self.signature.match_indices('/').nth(1) {
            Some((end, _)) => &self.signature[..end],
            None => self.signature,
        }
    }
}
