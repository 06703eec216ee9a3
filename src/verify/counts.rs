//! How much has been explored.

/// How much has been explored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// States that have been reached, each once.
    pub states: u64,
    /// Executions, each replayed from its start.
    pub executions: u64,
    /// Steps that were taken, those of replays included.
    pub steps: u64,
    /// Ends of executions that differ in their trace, times left aside.
    pub distinct_traces: u64,
    /// The longest execution, in steps.
    pub longest: u32,
    /// About how many bytes the states take.
    pub bytes: u64,
    /// The share of the search that is done, in millionths, as far as can be told from its first levels.
    pub done_ppm: u32,
}

impl Counts {
    /// The share of the search that is done, in percent; less than 100 until all is.
    #[must_use]
    pub const fn percent(&self) -> u32 {
        self.done_ppm / 10_000
    }

    /// The sums of both; of the longest executions the longer.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            states: self.states + other.states,
            executions: self.executions + other.executions,
            steps: self.steps + other.steps,
            distinct_traces: self.distinct_traces + other.distinct_traces,
            longest: self.longest.max(other.longest),
            bytes: self.bytes.max(other.bytes),
            done_ppm: self.done_ppm.min(other.done_ppm),
        }
    }
}
