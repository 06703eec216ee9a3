//! A reader of Go execution traces (Go 1.22 to 1.27) that agrees with Go's own on what cannot be parsed, and says why.
//!
//! - [`Reader`] yields a trace's events, in the order and with the times of Go's reader.
//! - [`Judge`] only says whether a trace can be read, many times a second.
//! - [`Error`] says what is wrong and where; for a stuck trace [`Stuck`] says which event waits for what.
//! - [`Explanation`] says it to a person, with the events around it.
//! - [`jsonl`] and [`chrome`] export events as JSON, the latter for Perfetto.
//! - [`gtl1`] writes events as lines, to compare readers; [`testtrace`] reads and writes whole traces as text.
//!
//! ```
//! use procsteal_oracle::{Details, Reader};
//!
//! let trace = include_bytes!("../tests/data/traces/go1.22.10-annotations.trace");
//! let mut logs = Vec::new();
//! for event in Reader::new(trace)? {
//!     let event = event?;
//!     if let Details::Log(log) = event.details() {
//!         logs.push(log.message.to_string());
//!     }
//! }
//! assert_eq!(logs.len(), 1);
//! # Ok::<(), procsteal_oracle::Error>(())
//! ```

mod batch;
pub mod chrome;
mod engine;
mod error;
mod event;
mod event_buffer;
mod explain;
mod frontier;
mod generations;
pub mod gtl1;
mod header;
mod id_table;
mod ids;
pub mod jsonl;
mod judge;
mod load_tables;
mod open_ranges;
mod order;
mod reader;
mod sort;
mod state;
mod streams;
mod stuck;
mod tables;
pub mod testtrace;
mod turn;
mod under_way;
mod varint;
mod wire_event;
mod work;

pub use error::{Error, ErrorClass, ErrorKind, Place};
pub use event::{
    ClockSnapshot, Details, Event, Experimental, ExperimentalBatch, Frame, Frames, Kind, Log, Metric,
    Position, Range, RangeName, Region, Resource, Stack, StateTransition, Swept, Sync, Task, Text,
    Transition,
};
pub use explain::{Explanation, TraceEvent};
pub use ids::{Generation, GoId, ProcId, Seq, TaskId, ThreadId, Timestamp};
pub use judge::{Accepted, Judge};
pub use reader::Reader;
pub use state::{GoState, ProcState};
pub use stuck::{Provider, Stuck, Waiting, WaitsFor};
