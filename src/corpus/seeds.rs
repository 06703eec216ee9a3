//! Seeds for fuzzing engines: the schedules of a corpus as bytes, and the traces that they write.

use super::load;
use crate::execution::Bench;
use crate::findings::{FindingsError, write_atomically};
use crate::targets::{InputKind, TARGETS};
use procsteal_reference::Variant;
use std::path::Path;

/// The schedulers whose traces are seeds.
const SCHEDULERS: [&str; 2] = ["prefix", "fixed"];

/// Writes the schedules of `corpus` into a folder for each fuzz target in `out`: as bytes, or as the traces that they
/// write if the target's inputs are traces. Says how many files there are.
///
/// # Errors
/// [`FindingsError`] for the first file that cannot be read or written.
pub fn seeds(corpus: &Path, out: &Path) -> Result<usize, FindingsError> {
    let mut bench = Bench::new();
    let mut files = 0;
    for entry in load(corpus)? {
        let name = entry.name();
        let mut inputs = vec![(InputKind::Schedule, format!("{name}.bin"), entry.schedule.to_byte_vec())];
        for scheduler in SCHEDULERS.iter().filter_map(|name| Variant::named(name)) {
            let traces = bench.record(scheduler, &entry.schedule).traces;
            inputs.extend(traces.into_iter().enumerate().map(|(index, trace)| {
                (InputKind::Trace, format!("{name}-{}-{index}.trace", scheduler.name), trace)
            }));
        }
        for target in TARGETS {
            for (_, name, bytes) in inputs.iter().filter(|(kind, _, _)| *kind == target.input) {
                write_atomically(&out.join(target.name).join(name), bytes)?;
                files += 1;
            }
        }
    }
    Ok(files)
}
