//! How large a run may be; each limit with its reason.

/// Ps: two show every known failure; four leave room for GOMAXPROCS changes (spec section 8).
pub const MAX_PROCS: usize = 4;

/// Threads: enough for every goroutine to sit in a syscall while every P runs, with sysmon and foreign threads.
pub const MAX_THREADS: usize = 12;

/// Threads that Go did not make: two can have their callbacks at the same time (spec 3.18).
pub const MAX_FOREIGN_THREADS: usize = 2;

/// Callbacks of one foreign thread: the second finds what the first left behind, and so on.
pub const MAX_CALLBACKS: u8 = 4;

/// Goroutines, the first included: three with syscalls show every known failure (spec section 8).
pub const MAX_GOROUTINES: usize = 8;

/// Operations in one goroutine's script: keeps a run short enough for a hundred thousand a second.
pub const MAX_OPS: usize = 16;

/// Rounds of sysmon in one run; each is a chance to steal every P once.
pub const MAX_SYSMON_ROUNDS: usize = 16;

/// Switches in one schedule: an input with one at nearly every step of a run of default size.
pub const MAX_SWITCHES: usize = 512;

/// Bytes of one stack: the model's functions call each other some ten deep, and unoptimized builds have large frames.
/// Only what is used takes memory.
pub const STACK_BYTES: usize = 256 << 10;

/// Steps of one run. The longest legal scenarios take a few thousand; beyond this a run does not end by itself.
pub const MAX_STEPS: u32 = 100_000;
