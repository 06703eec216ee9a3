//! How long goroutines were in each state: `cargo run -p procsteal-oracle --example time-in-states -- TRACE`.
//!
//! Shows the reader as a stream: one event at a time, each lent by the reader, with no more of the trace's events in
//! memory than a generation's.

use procsteal_oracle::{Details, GoId, GoState, Reader, Timestamp, Transition};
use std::collections::BTreeMap;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("say which trace")?;
    let trace = std::fs::read(path)?;
    let mut reader = Reader::new(&trace)?;
    let mut since: BTreeMap<GoId, Timestamp> = BTreeMap::new();
    let mut nanoseconds: BTreeMap<String, i64> = BTreeMap::new();
    while let Some(event) = reader.next_event()? {
        let Details::StateTransition(change) = event.details() else { continue };
        let Transition::Goroutine { goroutine_changed, from, .. } = change.transition else { continue };
        if let Some(since) = since.insert(goroutine_changed, event.time)
            && from != GoState::NotExist
        {
            *nanoseconds.entry(from.to_string()).or_default() += event.time.0 - since.0;
        }
    }
    for (state, nanoseconds) in nanoseconds {
        println!("{state:>12} {nanoseconds:>15} ns");
    }
    Ok(())
}
