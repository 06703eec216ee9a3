//! What can go wrong with a run itself, as against its trace.

/// What went wrong with a run itself, as against its trace: a fault of the model, never of the scheduler's trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{kind} after {steps} steps: {detail}")]
pub struct Fault {
    /// Which kind.
    pub kind: FaultKind,
    /// Steps taken until then.
    pub steps: u32,
    /// What was found, or what to look at.
    pub detail: &'static str,
}

/// The kinds of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaultKind {
    /// A state in which no thread can take a step and the program has not ended.
    #[error("model deadlock")]
    Deadlock,
    /// An invariant of spec 1.6, or an assertion of the runtime itself, does not hold.
    #[error("violated invariant")]
    Invariant,
    /// The run took more than [`MAX_STEPS`](crate::limits::MAX_STEPS) steps.
    #[error("step limit")]
    StepLimit,
    /// The operating system gave no memory for a stack.
    #[error("no memory")]
    NoMemory,
}
