//! Why an event does not happen now, in as much detail as whoever tries it wants to know.

use super::Wait;
use crate::error::ErrorKind;

/// What there is to know of an event that does not happen now.
pub(crate) trait Refusal {
    /// It has to wait.
    fn waits(wait: Wait) -> Self;

    /// It can never happen.
    fn fails(kind: impl FnOnce() -> ErrorKind) -> Self;
}

/// Why it does not happen now.
pub(crate) enum Reason {
    Waits(Wait),
    Fails(Box<ErrorKind>),
}

impl Refusal for Reason {
    #[cold]
    fn waits(wait: Wait) -> Self {
        Self::Waits(wait)
    }

    #[cold]
    fn fails(kind: impl FnOnce() -> ErrorKind) -> Self {
        Self::Fails(Box::new(kind()))
    }
}

/// Nothing but that it does not. Nothing has changed by the attempt, so it can be tried again to learn the reason.
pub(crate) struct Refused;

impl Refusal for Refused {
    #[inline(always)]
    fn waits(_wait: Wait) -> Self {
        Self
    }

    #[inline(always)]
    fn fails(_kind: impl FnOnce() -> ErrorKind) -> Self {
        Self
    }
}
