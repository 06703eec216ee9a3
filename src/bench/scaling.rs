//! Hunts with one job and with more.

use super::measure::time;
use super::table::{Table, Workload};
use super::{BenchError, Contestant, Group, Sample, Setup, contest};
use crate::explore::{HuntOptions, hunt};
use procsteal_reference::Variant;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

/// Executions of each turn: the work of some seconds.
const EXECUTIONS: u64 = 20_000;

/// Jobs at once; the first is the peer.
const JOBS: [NonZeroUsize; 3] =
    [NonZeroUsize::MIN, NonZeroUsize::MIN.saturating_add(1), NonZeroUsize::MIN.saturating_add(3)];

pub(super) struct Scaling;

impl Group for Scaling {
    fn name(&self) -> &'static str {
        "scaling"
    }

    fn about(&self) -> &'static str {
        "A hunt on `fixed` with the portfolio, minimization included, by number of jobs. What it finds does not depend on it. \
         Read the wall time: the ratio is one of CPU time, and says what sharing costs. All turns are of one process, so the \
         search from nothing is made in the turn that does not count."
    }

    fn measure(&self, _setup: &Setup, table: &mut Table) -> Result<(), BenchError> {
        let mut contestants: Vec<Box<dyn Contestant>> = Vec::new();
        for jobs in JOBS {
            contestants.push(Box::new(Hunt { name: format!("{jobs} jobs"), jobs }));
        }
        let series = contest(&mut contestants, table.turns)?;
        let workload = Workload { name: "hunt on `fixed`, portfolio", unit: "executions", input_bytes: None };
        table.add(workload, &series, Some(0));
        table.headline(workload.name, &["executions a second, wall"], |_| true);
        Ok(())
    }
}

struct Hunt {
    name: String,
    jobs: NonZeroUsize,
}

impl Contestant for Hunt {
    fn name(&self) -> &str {
        &self.name
    }

    fn turn(&mut self) -> Result<Sample, BenchError> {
        let schedulers = Variant::named("fixed").into_iter().collect();
        let options = HuntOptions {
            schedulers,
            executions: Some(EXECUTIONS),
            jobs: self.jobs,
            ..HuntOptions::default()
        };
        let mut result = Ok(());
        let sample = time(|| match hunt(&options, &AtomicBool::new(false), &mut ()) {
            Ok(summary) => summary.executions,
            Err(error) => {
                result = Err(BenchError::Contestant { name: self.name.clone(), problem: error.to_string() });
                0
            }
        });
        result.map(|()| sample)
    }
}
