//! The machine on which was measured, as far as it says what it is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A machine.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name; `None` if the system does not say.
    pub processor: Option<String>,
    /// How many threads can run at once.
    pub cores: usize,
    /// The operating system and the kind of processor.
    pub system: String,
    /// Processes that wanted to run, on average of a minute, before the first measurement; `None` if unknown.
    pub load_at_start: Option<f64>,
    /// The same after the last one.
    pub load_at_end: Option<f64>,
}

impl Machine {
    /// The machine that this process runs on.
    #[must_use]
    pub fn of_this_process() -> Self {
        let processors = std::fs::read_to_string("/proc/cpuinfo").ok();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok();
        let kernel = kernel.as_deref().map(str::trim).unwrap_or_default();
        let system = format!("{} {kernel} {}", std::env::consts::OS, std::env::consts::ARCH);
        Self {
            processor: processors.as_deref().and_then(processor),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: system.split_whitespace().collect::<Vec<_>>().join(" "),
            load_at_start: load(),
            load_at_end: None,
        }
    }

    /// Notes how busy the machine is now, for the end.
    pub(super) fn note_load_at_end(&mut self) {
        self.load_at_end = load();
    }

    /// Whether others than the benchmark were running.
    #[must_use]
    pub fn was_busy(&self) -> bool {
        /// The benchmark itself is one process that runs.
        const OWN_LOAD: f64 = 1.5;
        self.load_at_start.into_iter().chain(self.load_at_end).any(|load| load > OWN_LOAD)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor = self.processor.as_deref().unwrap_or("unknown processor");
        write!(f, "{processor}, {} cores, {}", self.cores, self.system)?;
        if let (Some(start), Some(end)) = (self.load_at_start, self.load_at_end) {
            let busy = if self.was_busy() { "busy" } else { "idle but for this" };
            write!(f, "; {busy}: load {start:.1} at the start, {end:.1} at the end")?;
        }
        Ok(())
    }
}

/// The name in the description of the first processor.
fn processor(description: &str) -> Option<String> {
    let line = description.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
