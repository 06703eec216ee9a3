//! Schedules as text, to be read, compared and edited by people.

use super::{ForeignThread, Op, ProcSet, Procs, Schedule, Switch, SysmonRound, Threads};
use crate::ids::{GoId, ProcId, ThreadId};
use crate::limits::{
    MAX_CALLBACKS, MAX_FOREIGN_THREADS, MAX_GOROUTINES, MAX_OPS, MAX_PROCS, MAX_SWITCHES, MAX_SYSMON_ROUNDS,
    MAX_THREADS,
};
use std::fmt;
use std::str::FromStr;

/// The first line of a schedule file.
const VERSION_LINE: &str = "procsteal schedule v1";

/// Why a text is no schedule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {kind}: found {found:?}, expected {expected}")]
pub struct ScheduleError {
    /// What is wrong.
    pub kind: ScheduleErrorKind,
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
}

/// The kinds of errors in a schedule's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScheduleErrorKind {
    /// The first line does not name the format and its version.
    #[error("not a schedule")]
    Version,
    /// A line begins with a word that is none of the format's.
    #[error("unknown line")]
    UnknownLine,
    /// A goroutine's operation is none of the format's.
    #[error("unknown operation")]
    UnknownOp,
    /// A number, a P, a thread or a goroutine is malformed or out of range.
    #[error("bad value")]
    BadValue,
    /// There are more of something than a run can have.
    #[error("too many")]
    TooMany,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syscall => f.write_str("syscall"),
            Self::SyscallBlock => f.write_str("syscall-block"),
            Self::Gosched => f.write_str("gosched"),
            Self::Park => f.write_str("park"),
            Self::NetworkWait => f.write_str("network-wait"),
            Self::Ready(target) => write!(f, "ready {target}"),
            Self::Go(target) => write!(f, "go {target}"),
            Self::StopTheWorld => f.write_str("stop-the-world"),
            Self::Gomaxprocs(procs) => write!(f, "gomaxprocs {}", procs.0),
            Self::TraceStart => f.write_str("trace-start"),
            Self::TraceAdvance => f.write_str("trace-advance"),
            Self::TraceStop => f.write_str("trace-stop"),
        }
    }
}

impl fmt::Display for ProcSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.iter().map(|p| p.to_string()).collect();
        f.write_str(&names.join(","))
    }
}

impl fmt::Display for SysmonRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sysmon")?;
        for (word, set) in [("retake", self.retake), ("preempt", self.preempt)] {
            if set != ProcSet::default() {
                write!(f, " {word} {set}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = &self.scenario;
        writeln!(f, "{VERSION_LINE}")?;
        writeln!(f, "procs {}", scenario.procs.0)?;
        if scenario.threads != Threads::default() {
            writeln!(f, "threads {}", scenario.threads.0)?;
        }
        for (slot, script) in scenario.goroutines.iter().enumerate() {
            let ops: Vec<String> = script.iter().map(Op::to_string).collect();
            writeln!(f, "{}: {}", GoId(slot as u8), ops.join(", "))?;
        }
        for round in &scenario.sysmon {
            writeln!(f, "{round}")?;
        }
        for foreign in &scenario.foreign {
            writeln!(f, "foreign {}", foreign.callbacks)?;
        }
        for switch in &self.switches {
            writeln!(f, "switch {switch}")?;
        }
        Ok(())
    }
}

/// One line being read.
struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    fn error(&self, kind: ScheduleErrorKind, found: &str, expected: impl Into<String>) -> ScheduleError {
        ScheduleError { kind, line: self.number, found: found.to_owned(), expected: expected.into() }
    }

    /// A number from `least` to `most`, after `prefix`.
    fn number(&self, word: &str, prefix: &str, least: u16, most: u16) -> Result<u16, ScheduleError> {
        let value = word.strip_prefix(prefix).and_then(|digits| digits.parse::<u16>().ok());
        value.filter(|value| (least..=most).contains(value)).ok_or_else(|| {
            let expected = format!("{prefix}{least} to {prefix}{most}");
            self.error(ScheduleErrorKind::BadValue, word, expected)
        })
    }

    fn thread(&self, word: &str) -> Result<ThreadId, ScheduleError> {
        Ok(ThreadId(self.number(word, "M", 1, MAX_THREADS as u16)? as u8 - 1))
    }

    fn goroutine(&self, word: &str) -> Result<GoId, ScheduleError> {
        Ok(GoId(self.number(word, "G", 1, MAX_GOROUTINES as u16)? as u8 - 1))
    }

    fn procs(&self, word: &str) -> Result<Procs, ScheduleError> {
        Ok(Procs(self.number(word, "", 1, MAX_PROCS as u16)? as u8))
    }

    fn proc_set(&self, words: &str) -> Result<ProcSet, ScheduleError> {
        words.split(',').try_fold(ProcSet::default(), |set, word| {
            let ProcId(p) = ProcId(self.number(word.trim(), "P", 0, MAX_PROCS as u16 - 1)? as u8);
            Ok(ProcSet(set.0 | 1 << p))
        })
    }

    fn op(&self, text: &str) -> Result<Op, ScheduleError> {
        let (word, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        let op = match word {
            "syscall" => Op::Syscall,
            "syscall-block" => Op::SyscallBlock,
            "gosched" => Op::Gosched,
            "park" => Op::Park,
            "network-wait" => Op::NetworkWait,
            "ready" => return Ok(Op::Ready(self.goroutine(argument)?)),
            "go" => return Ok(Op::Go(self.goroutine(argument)?)),
            "stop-the-world" => Op::StopTheWorld,
            "gomaxprocs" => return Ok(Op::Gomaxprocs(self.procs(argument)?)),
            "trace-start" => Op::TraceStart,
            "trace-advance" => Op::TraceAdvance,
            "trace-stop" => Op::TraceStop,
            _ => {
                let expected = "syscall, syscall-block, gosched, park, network-wait, ready G, go G, \
                                stop-the-world, gomaxprocs N, trace-start, trace-advance or trace-stop";
                return Err(self.error(ScheduleErrorKind::UnknownOp, text, expected));
            }
        };
        if argument.is_empty() { Ok(op) } else { Err(self.error(ScheduleErrorKind::UnknownOp, text, word)) }
    }

    fn script(&self, text: &str) -> Result<Vec<Op>, ScheduleError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        text.split(',').map(|op| self.op(op.trim())).collect()
    }

    fn sysmon(&self, text: &str) -> Result<SysmonRound, ScheduleError> {
        let mut round = SysmonRound::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            let set = match word {
                "retake" => &mut round.retake,
                "preempt" => &mut round.preempt,
                _ => return Err(self.error(ScheduleErrorKind::BadValue, word, "retake or preempt, then Ps")),
            };
            *set = self.proc_set(words.next().unwrap_or_default())?;
        }
        Ok(round)
    }

    fn switch(&self, text: &str) -> Result<Switch, ScheduleError> {
        let bad = || self.error(ScheduleErrorKind::BadValue, text.trim(), "THREAD@STEP -> THREAD");
        let (from, to) = text.split_once("->").ok_or_else(bad)?;
        let (thread, step) = from.trim().split_once('@').ok_or_else(bad)?;
        let step = self.number(step.trim(), "", 0, u16::MAX)?;
        Ok(Switch { thread: self.thread(thread.trim())?, step, to: self.thread(to.trim())? })
    }

    /// Appends to a list of which a run can have `most`.
    fn push<T>(&self, list: &mut Vec<T>, item: T, most: usize, what: &str) -> Result<(), ScheduleError> {
        if list.len() >= most {
            let expected = format!("at most {most} {what}");
            return Err(self.error(ScheduleErrorKind::TooMany, self.text, expected));
        }
        list.push(item);
        Ok(())
    }

    fn add_to(&self, schedule: &mut Schedule) -> Result<(), ScheduleError> {
        let (word, rest) = self.text.split_once([' ', '\t']).unwrap_or((self.text, ""));
        let scenario = &mut schedule.scenario;
        match word {
            "procs" => scenario.procs = self.procs(rest.trim())?,
            "threads" => {
                scenario.threads = Threads(self.number(rest.trim(), "", 2, MAX_THREADS as u16)? as u8);
            }
            "sysmon" => {
                self.push(&mut scenario.sysmon, self.sysmon(rest)?, MAX_SYSMON_ROUNDS, "sysmon rounds")?
            }
            "foreign" => {
                let callbacks = self.number(rest.trim(), "", 0, u16::from(MAX_CALLBACKS))? as u8;
                let foreign = ForeignThread { callbacks };
                self.push(&mut scenario.foreign, foreign, MAX_FOREIGN_THREADS, "foreign threads")?;
            }
            "switch" => self.push(&mut schedule.switches, self.switch(rest)?, MAX_SWITCHES, "switches")?,
            _ if word.ends_with(':') => {
                let next = scenario.goroutines.len();
                let goroutine = self.goroutine(word.trim_end_matches(':'))?;
                if usize::from(goroutine.0) != next {
                    let expected = format!("{}, the next goroutine", GoId(next as u8));
                    return Err(self.error(ScheduleErrorKind::BadValue, word, expected));
                }
                let script = self.script(rest)?;
                if script.len() > MAX_OPS {
                    let expected = format!("at most {MAX_OPS} operations");
                    return Err(self.error(ScheduleErrorKind::TooMany, self.text, expected));
                }
                scenario.goroutines.push(script);
            }
            _ => {
                let expected = "procs, threads, a goroutine as in `G1: syscall`, sysmon, foreign or switch";
                return Err(self.error(ScheduleErrorKind::UnknownLine, word, expected));
            }
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let mut schedule = Self::default();
        let mut has_version = false;
        for (index, text) in text.lines().enumerate() {
            let text = text.split('#').next().unwrap_or_default().trim();
            let line = Line { number: index + 1, text };
            match text {
                "" => {}
                VERSION_LINE => has_version = true,
                _ if !has_version => {
                    let expected = format!("{VERSION_LINE:?} first");
                    return Err(line.error(ScheduleErrorKind::Version, text, expected));
                }
                _ => line.add_to(&mut schedule)?,
            }
        }
        if !has_version {
            let line = Line { number: 1, text: "" };
            let expected = format!("{VERSION_LINE:?} first");
            return Err(line.error(ScheduleErrorKind::Version, "the end of the file", expected));
        }
        Ok(schedule.into_legal())
    }
}
