//! The table of the Go execution trace's wire format: facts that writer and reader share, and nothing else.
//!
//! Numbers and names are those of `docs/spec/trace-format.md` (sections 1 to 3 and 8). There is no logic here: how an
//! event is encoded, decoded or ordered is the business of the model and of the oracle, each by itself.
//!
//! ```
//! use procsteal_wire::{Argument, EventType};
//!
//! let steal = EventType::PROC_STEAL;
//! assert_eq!(steal.0, 12);
//! let row = procsteal_wire::row(steal).expect("ProcSteal is in the table");
//! assert_eq!(row.name, "ProcSteal");
//! assert_eq!(row.arguments, [Argument::Proc, Argument::ProcSeq, Argument::Thread]);
//! ```

mod table;

pub use table::{Argument, Class, EventType, Row, TABLE, row};

/// The bytes that open a trace written by Go 1.22: `go 1.22 trace` and three zero bytes (section 1).
pub const HEADER_1_22: [u8; HEADER_SIZE] = *b"go 1.22 trace\0\0\0";

/// Length of the header, in bytes.
pub const HEADER_SIZE: usize = 16;

/// The largest payload of a batch, in bytes, inclusive (section 2.2).
pub const MAX_BATCH_SIZE: u64 = 65_536;

/// The longest string of a string table, in bytes, inclusive (section 2.3).
pub const MAX_STRING_SIZE: u64 = 1_024;

/// The most frames of one stack, inclusive (section 2.3).
pub const MAX_STACK_FRAMES: u64 = 128;

/// The most bytes of a varint; the runtime pads batch sizes to this length (section 2.1).
pub const MAX_VARINT_SIZE: usize = 10;

/// The M, P or G id that means "none": `2^64 - 1` on the wire, -1 when read as signed.
pub const NONE: u64 = u64::MAX;

/// The clock of Go 1.22 on systems other than Windows, in units per second: one unit is 64 ns (section 2.7).
pub const FREQUENCY_HZ: u64 = 15_625_000;

/// Goroutine statuses of `GoStatus` (section 3).
pub mod go_status {
    /// Accepted by the reader, written by no one.
    pub const BAD: u8 = 0;
    /// On a run queue.
    pub const RUNNABLE: u8 = 1;
    /// On a thread that has a P.
    pub const RUNNING: u8 = 2;
    /// In a system call.
    pub const SYSCALL: u8 = 3;
    /// Blocked.
    pub const WAITING: u8 = 4;
}

/// P statuses of `ProcStatus` (section 3).
pub mod proc_status {
    /// Accepted by the reader, written by no one.
    pub const BAD: u8 = 0;
    /// Wired to a thread.
    pub const RUNNING: u8 = 1;
    /// Idle, or stopped.
    pub const IDLE: u8 = 2;
    /// Left behind by a thread in a system call.
    pub const SYSCALL: u8 = 3;
    /// As `SYSCALL`, but whose thread that was is no longer known: about to be stolen.
    pub const SYSCALL_ABANDONED: u8 = 4;
}
