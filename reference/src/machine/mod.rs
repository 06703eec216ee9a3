//! The machine that the model runs on: threads on stacks of their own, each of which may stop at every atomic step.

mod chooser;
mod executor;
mod fault;
mod fingerprint;
mod follow;
mod history;
mod object;
mod record;
mod stack;
mod step;
mod sync;
mod turns;

pub use chooser::{Chooser, Enabled, Pending};
pub(crate) use executor::{Executor, run_threads};
pub use fault::{Fault, FaultKind};
pub use follow::Follow;
pub(crate) use history::mix;
pub use object::{Access, Object, ObjectSet, SPARE_BITS};
pub use record::{StepRecord, Touch};
pub(crate) use stack::{Here, Mains, Stacks, Steps, Stop};
pub use step::Verb;
pub(crate) use step::{Request, Until, step, step_by};
pub(crate) use sync::{Atomic, Lock, Mutex, Note, NoteId, Observed};
