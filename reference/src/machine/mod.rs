//! The machine that the model runs on: threads as coroutines, one atomic step at each `.await`.

mod executor;
mod fingerprint;
mod object;
mod step;
mod sync;

pub use executor::{Chooser, Enabled, Fault, FaultKind, Follow, Pending, StepRecord};
pub(crate) use executor::{Executor, mix, run_threads};
pub use object::{Access, Object, ObjectSet, SPARE_BITS};
pub use step::Verb;
pub(crate) use step::{Request, Until, step};
pub(crate) use sync::{Atomic, Lock, Mutex, Note, NoteId, Observed};
