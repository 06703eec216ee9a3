//! How much searching a trace may cost (format 9, robustness).
//!
//! An event that has to wait is tried again whenever another one has happened, as Go's reader does. A trace of many threads
//! that all wait costs the square of their number by that, so there is a limit, in proportion to the trace.

/// What any trace may cost, however short.
const LEAST_LIMIT: u64 = 1 << 22;

/// What each byte may cost besides. The Go runtime has at most 10,000 threads unless it is told otherwise, and an event
/// has about five bytes: if all threads waited at every event, each event would cost a sort and a try for each of them,
/// which is this much.
const LIMIT_PER_BYTE: u64 = 4096;

/// Counts what was looked at in searches: threads, ranges, waiting events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) done: u64,
    limit: u64,
}

impl Work {
    /// None yet, for a trace of `trace_bytes` bytes.
    pub(crate) fn new(trace_bytes: usize) -> Self {
        Self {
            done: 0,
            limit: (trace_bytes as u64).saturating_mul(LIMIT_PER_BYTE).saturating_add(LEAST_LIMIT),
        }
    }

    /// Whether there was more of it than the trace may cost.
    pub(crate) fn is_too_much(self) -> bool {
        self.done > self.limit
    }

    /// With another limit, so that a test need not work as much as the real one allows.
    #[cfg(test)]
    pub(crate) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }
}

#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(test)]
mod tests {
    use super::support::{Builder, event};
    use crate::engine::{Engine, Progress, Recorder, Room};
    use crate::error::Error;
    use crate::order::{Attempt, Record, Shown};
    use procsteal_wire::EventType as E;

    struct Ignore;

    impl Record for Ignore {
        fn record<R>(&mut self, _attempt: &Attempt<'_, R>, _shown: Shown) {}
    }

    impl Recorder for Ignore {
        type Room<'r> = Nothing;

        fn retract(&mut self) {}

        fn any(&self) -> bool {
            false
        }

        fn is_full(&self) -> bool {
            false
        }

        fn room(&mut self) -> Nothing {
            Nothing
        }
    }

    struct Nothing;

    impl Room for Nothing {
        fn last_time(&self) -> i64 {
            0
        }

        fn is_full(&self) -> bool {
            false
        }

        fn record<R>(&mut self, _attempt: &Attempt<'_, R>, _shown: Shown) {}

        fn close(self, _last_time: i64) {}
    }

    /// How much work a trace is, and what came of it.
    fn work(trace: &[u8], limit: Option<u64>) -> (u64, Result<(), Error>) {
        let mut engine = Engine::new();
        engine.open(trace).unwrap();
        if let Some(limit) = limit {
            engine.state.work.set_limit(limit);
        }
        let result = loop {
            match engine.run(trace, &mut Ignore) {
                Ok(Progress::End) => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        (engine.state.work.done, result)
    }

    const PROC_RUNNING: u64 = 1;
    const PROC_SYSCALL: u64 = 3;
    const PROC_ABANDONED: u64 = 4;
    const GO_RUNNING: u64 = 2;

    /// As many as make squares stand out.
    const MANY: u64 = 3_000;

    #[test]
    fn many_reasons_to_stop_the_world_are_little_work() {
        let names: Vec<String> = (1..=MANY).map(|id| id.to_string()).collect();
        let strings: Vec<(u64, &str)> = (1..).zip(names.iter().map(String::as_str)).collect();
        let mut builder = Builder::new(22).frequency(1);
        for some in strings.chunks(1_000) {
            builder = builder.strings(1, some);
        }
        let mut events =
            vec![event(E::PROC_STATUS, &[0, PROC_RUNNING]), event(E::GO_STATUS, &[1, 1, GO_RUNNING])];
        events.extend((1..=MANY).map(|id| event(E::STW_BEGIN, &[id, 0])));
        events.push(event(E::GC_MARK_ASSIST_BEGIN, &[0]));
        events.push(event(E::GC_MARK_ASSIST_END, &[]));
        events.extend((1..=MANY).map(|_| event(E::STW_END, &[])));
        let count = events.len() as u64;
        let (work, result) = work(&builder.events(1, 1, &events).build(), None);
        result.unwrap();
        assert!(work <= 9 * count, "{work} for {count} events");
    }

    #[test]
    fn many_abandoned_ps_are_little_work() {
        let mut builder = Builder::new(22).frequency(1);
        for thread in 1..=MANY {
            builder = builder.events(1, thread, &[event(E::PROC_STATUS, &[thread, PROC_SYSCALL])]);
        }
        let statuses: Vec<Vec<u8>> =
            (1..=MANY).map(|proc| event(E::PROC_STATUS, &[proc, PROC_ABANDONED])).collect();
        let (work, result) = work(&builder.events(1, MANY + 1, &statuses).build(), None);
        result.unwrap();
        assert!(work <= 3 * MANY, "{work} for {MANY} threads and events");
    }

    /// The first threads wait for goroutines that the last one creates, the latest first.
    fn many_waiting_threads() -> Vec<u8> {
        let mut builder = Builder::new(22).frequency(1);
        for thread in 1..=MANY {
            let events = [event(E::PROC_STATUS, &[thread, PROC_RUNNING]), event(E::GO_START, &[thread, 1])];
            builder = builder.events(1, thread, &events);
        }
        let mut events = vec![event(E::PROC_STATUS, &[0, PROC_RUNNING])];
        events.extend((1..=MANY).rev().map(|id| event(E::GO_CREATE, &[id, 0, 0])));
        builder.events(1, MANY + 1, &events).build()
    }

    #[test]
    fn many_waiting_threads_are_the_square_of_their_number() {
        let (work, result) = work(&many_waiting_threads(), None);
        result.unwrap();
        assert!(work > MANY * MANY, "{work}: the next test tests nothing");
    }

    #[test]
    fn too_many_waiting_threads_reach_the_limit() {
        let limit = 100 * MANY;
        let (work, result) = work(&many_waiting_threads(), Some(limit));
        assert_eq!(result.unwrap_err().code(), "too-much-waiting");
        assert!(work <= limit + MANY + 2, "{work}: it goes on behind the limit of {limit}");
    }
}
