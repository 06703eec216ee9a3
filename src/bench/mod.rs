//! Measures the workbench beside its peers, in one run on one machine, as one table.
//!
//! A [`Group`] is a set of rows that belong together, and a file of its own; [`groups`] lists them all. A group makes its
//! inputs, lets its [`Contestant`]s run in turns ([`contest`]), and gives back [`Row`]s. A contestant is a closure
//! ([`InProcess`]) or a program that speaks the protocol of [`Peer`].
//!
//! What makes such figures lie, and what is done about it:
//!
//! - contestants take turns, so that a busy moment of the machine hits all alike, and the ratio is that of neighbours;
//! - CPU time stands beside wall time, because on a busy machine only the former says what the work costs;
//! - the first turn of each is not counted, and medians are given with an interval of 95 % confidence;
//! - what is compared reads the same bytes, from memory, on one thread, each in a process of its own;
//! - the machine, and how busy it was, stand in the table.

mod children;
mod engines;
mod error;
mod executions;
mod growth;
mod instructions;
mod load;
mod machine;
mod markdown;
mod measure;
mod memory;
mod oracle;
mod peer;
mod plot;
mod publish;
mod race;
mod reduce;
mod scaling;
mod schedules;
mod summary;
mod table;
mod tools;

pub use error::BenchError;
pub use instructions::{Growth, Instructions, count, growth, work};
pub use machine::Machine;
pub use markdown::markdown;
pub use measure::{Contestant, InProcess, Interval, Sample, Series, contest};
pub use memory::long_hunt;
pub use oracle::serve;
pub use peer::{Peer, serve_turns};
pub use publish::{page, publish, read, with_summary};
pub use reduce::keeps;
pub use summary::summary;
pub use table::{Left, Row, Table};

use std::path::PathBuf;

/// What all groups are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setup {
    /// How many turns of each contestant count.
    pub turns: usize,
    /// How many findings are minimized.
    pub findings: u64,
    /// The folder under which Go is installed, if it is not there already.
    pub toolchains: PathBuf,
    /// The folder for inputs and results.
    pub out: PathBuf,
    /// The program `procsteal` itself, for contestants that run in a process of their own.
    pub program: PathBuf,
}

/// Rows that belong together.
pub trait Group {
    /// Its name, for `--only`.
    fn name(&self) -> &'static str;

    /// What is measured, against whom, and how: a sentence or two for the reader of the table.
    fn about(&self) -> &'static str;

    /// Measures. Rows that cannot be had are no error: [`Table::leave_out`] says why they are missing.
    ///
    /// # Errors
    ///
    /// [`BenchError`] when something is broken, so that no figure of this group would mean anything.
    fn measure(&self, setup: &Setup, table: &mut Table) -> Result<(), BenchError>;
}

/// All groups, in the order of the table.
#[must_use]
pub fn groups() -> Vec<Box<dyn Group>> {
    vec![
        Box::new(oracle::Oracle),
        Box::new(executions::Executions),
        Box::new(race::Race),
        Box::new(reduce::Minimization),
        Box::new(scaling::Scaling),
        Box::new(memory::Memory),
        Box::new(growth::Growth),
    ]
}

/// Measures the groups whose name is in `only`, or all if it is empty; `progress` hears the name of each.
///
/// # Errors
///
/// [`BenchError::UnknownGroup`], and what the groups say.
pub fn run(setup: &Setup, only: &[String], mut progress: impl FnMut(&str)) -> Result<Table, BenchError> {
    let groups = groups();
    if let Some(name) = only.iter().find(|name| !groups.iter().any(|group| group.name() == name.as_str())) {
        let known = groups.iter().map(|group| group.name()).collect::<Vec<_>>().join(", ");
        return Err(BenchError::UnknownGroup { name: name.clone(), known });
    }
    let mut table = Table::new(Machine::of_this_process(), setup.turns);
    for group in groups {
        if only.is_empty() || only.iter().any(|name| name == group.name()) {
            progress(group.name());
            table.begin(group.name(), group.about());
            group.measure(setup, &mut table)?;
        }
    }
    table.machine.note_load_at_end();
    Ok(table)
}
