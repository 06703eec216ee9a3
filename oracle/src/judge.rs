//! Only the verdict: whether a trace can be read, and how many events it has.

use crate::engine::{Engine, Progress, Recorder, Room};
use crate::error::Error;
use crate::order::{Attempt, Record, Shown};

/// What there is to say of a trace that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Accepted {
    /// How many events Go's reader yields, sync events included.
    pub events: u64,
}

/// Judges one trace after another without making events, and without giving memory back in between.
///
/// ```
/// use procsteal_oracle::Judge;
///
/// let mut judge = Judge::new();
/// let error = judge.judge(b"not a trace").unwrap_err();
/// assert_eq!(error.code(), "bad-header");
/// ```
pub struct Judge {
    engine: Engine,
}

impl Judge {
    /// A judge without any memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self { engine: Engine::new() }
    }

    /// Reads `trace`, a whole file, to its end or to its first error.
    ///
    /// # Errors
    ///
    /// What Go's reader would say is wrong with it.
    pub fn judge(&mut self, trace: &[u8]) -> Result<Accepted, Error> {
        self.engine.open(trace)?;
        let mut count = Count(0);
        loop {
            match self.engine.run(trace, &mut count)? {
                Progress::Events => {}
                Progress::Sample(_) | Progress::Sync(_) => count.0 += 1,
                Progress::End => return Ok(Accepted { events: count.0 }),
            }
        }
    }
}

impl Default for Judge {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts events.
struct Count(u64);

impl Record for Count {
    #[inline(always)]
    fn record<R>(&mut self, _attempt: &Attempt<'_, R>, _shown: Shown) {
        self.0 += 1;
    }
}

impl Recorder for Count {
    type Room<'r> = Counting<'r>;

    /// There is an error then, which says nothing of their number.
    fn retract(&mut self) {}

    #[inline(always)]
    fn any(&self) -> bool {
        false
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        false
    }

    #[inline(always)]
    fn room(&mut self) -> Counting<'_> {
        Counting { count: self.0, whole: &mut self.0 }
    }
}

/// A count that goes on.
struct Counting<'c> {
    count: u64,
    whole: &'c mut u64,
}

impl Room for Counting<'_> {
    /// Nothing is shown, so any time is late enough.
    #[inline(always)]
    fn last_time(&self) -> i64 {
        i64::MIN
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        false
    }

    #[inline(always)]
    fn record<R>(&mut self, _attempt: &Attempt<'_, R>, _shown: Shown) {
        self.count += 1;
    }

    #[inline(always)]
    fn close(self, _last_time: i64) {
        *self.whole = self.count;
    }
}
