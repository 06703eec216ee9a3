//! `procsteal explain`: whether the model can write what real traces say.

use super::progress::Line;
use super::{BadInput, Context, Outcome, input, output::Document};
use crate::reality::{DEFAULT_EXECUTIONS, RealTrace, explain};
use procsteal_reference::Variant;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Cuts the traces into windows of events of system calls and Ps, and looks for schedules that write the same ones. What
is not found is listed. docs/reality.md says what a window is, and what was found.

Examples:
  procsteal explain trace.out
  procsteal explain --scheduler prefix --executions 20000 --witnesses found/ a.trace b.trace")]
pub(super) struct Arguments {
    /// Go execution traces; `-` is standard input
    #[arg(value_name = "TRACE", required = true)]
    traces: Vec<PathBuf>,
    /// The scheduler that the traces were written with
    #[arg(long, default_value = "fixed", value_parser = input::scheduler, value_name = "S")]
    scheduler: &'static Variant,
    /// The most executions of the model
    #[arg(long, default_value_t = DEFAULT_EXECUTIONS, value_name = "N")]
    executions: u64,
    /// Decides what is searched
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// A folder for a schedule of each window that is found, beside what it shows
    #[arg(long, value_name = "DIR")]
    witnesses: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Outcome> {
    let mut traces = Vec::new();
    for path in &arguments.traces {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let trace = RealTrace::new(&name, &input::trace(path)?)
            .map_err(|error| BadInput(format!("{}: {error}", path.display())))?;
        traces.push(trace);
    }
    let mut line = Line::new();
    let mut hear = |executions: u64, missing: usize| {
        line.show(&format!("{executions} executions, {missing} shapes not found yet"));
    };
    let Arguments { scheduler, executions, seed, .. } = *arguments;
    let explanation = explain(scheduler, &traces, executions, seed, &mut hear);
    line.clear();
    if let Some(folder) = &arguments.witnesses {
        std::fs::create_dir_all(folder).map_err(BadInput::file(folder, "made"))?;
        for (index, (shape, schedule)) in explanation.explained.schedules.iter().enumerate() {
            let path = folder.join(format!("{index:04}.sched"));
            let text = format!("{schedule}# {shape}\n");
            std::fs::write(&path, text).map_err(BadInput::file(&path, "written"))?;
        }
    }
    if context.output.is_json() {
        context.output.json(Document::Explain, &explanation)?;
    } else {
        write!(context.output, "{}", explanation.to_markdown())?;
    }
    Ok(Outcome::finding_if(!explanation.gaps.is_empty()))
}
