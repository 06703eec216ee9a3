//! Which function of the runtime, and which step of the specification, a line of the model is.
//!
//! The comments of the model say it: `(spec 3.9)` in the description of a function or of its file, `// step 7` at the
//! end of the line that takes the step, or alone on the next. Reading them back keeps the model free of labels, and
//! the comments true: a test finds those that no step carries.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::OnceLock;

/// Where in the runtime a step belongs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Site {
    /// The function, by its Go name as far as Rust's spelling allows.
    pub function: &'static str,
    /// The section of `docs/spec/scheduler-model.md`, such as `3.9`; empty where it has none.
    pub section: &'static str,
    /// The step in that section, such as `7`; empty where the line does not say.
    pub step: &'static str,
    /// The source file, from the crate's `src` on.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
}

macro_rules! sources {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!($path))),*] };
}

/// Every file in which threads take steps.
const SOURCES: &[(&str, &str)] = sources![
    "machine/executor.rs",
    "proc/foreach.rs",
    "proc/handoff.rs",
    "proc/park.rs",
    "proc/procresize.rs",
    "proc/schedule.rs",
    "proc/script.rs",
    "proc/sema.rs",
    "proc/suspend.rs",
    "proc/syscall.rs",
    "proc/sysmon.rs",
    "proc/world.rs",
    "runtime/g.rs",
    "runtime/m.rs",
    "scheduler/fixed.rs",
    "scheduler/prefix.rs",
    "scheduler/repaired.rs",
    "tracer/acquire.rs",
    "tracer/advance.rs",
    "tracer/event.rs",
    "tracer/mod.rs",
    "tracer/start.rs",
    "tracer/status.rs",
];

/// The function and step of a line of the model, as a [`StepRecord`](crate::StepRecord) carries it.
#[must_use]
pub fn site(location: &Location<'_>) -> Option<Site> {
    static LINES: OnceLock<HashMap<(&'static str, u32), Site>> = OnceLock::new();
    let lines = LINES.get_or_init(|| all_lines().map(|site| ((site.file, site.line), site)).collect());
    let file = SOURCES.iter().map(|(path, _)| *path).find(|path| location.file().ends_with(path))?;
    lines.get(&(file, location.line())).copied()
}

/// Every line of the model that says which step it takes, by file and line.
pub fn numbered_sites() -> impl Iterator<Item = Site> {
    all_lines().filter(|site| !site.step.is_empty())
}

fn all_lines() -> impl Iterator<Item = Site> {
    SOURCES.iter().flat_map(|(file, source)| lines_of(file, source))
}

/// Walks a file from top to bottom, remembering the last function and the sections its description names.
fn lines_of(file: &'static str, source: &'static str) -> Vec<Site> {
    let lines: Vec<&'static str> = source.lines().collect();
    let mut of_file = "";
    let mut described = "";
    let (mut function, mut section) = ("", "");
    let mut sites = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let text = line.trim_start();
        if text.starts_with("//!") {
            of_file = after(text, "(spec ").map_or(of_file, section_number);
        } else if text.starts_with("///") {
            described = after(text, "(spec ").or(after(text, "and spec ")).map_or(described, section_number);
        } else if let Some(name) = function_name(text) {
            (function, section) = (name, if described.is_empty() { of_file } else { described });
            described = "";
        }
        // A comment that rustfmt moved to a line of its own belongs to the line above.
        let below =
            lines.get(index + 1).map(|next| next.trim_start()).filter(|next| next.starts_with("// step"));
        let step = after(line, "// step ")
            .or(after(line, "// steps "))
            .or(below.and_then(|next| after(next, "// step ")));
        let step = step.map_or("", |step| step.split([' ', '.', ';']).next().unwrap_or_default());
        sites.push(Site {
            function,
            section,
            step: step.trim_end_matches(','),
            file,
            line: index as u32 + 1,
        });
    }
    sites
}

fn after(line: &'static str, mark: &str) -> Option<&'static str> {
    line.split_once(mark).map(|(_, rest)| rest)
}

fn section_number(text: &'static str) -> &'static str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

fn function_name(text: &'static str) -> Option<&'static str> {
    let declares =
        ["fn ", "pub fn ", "pub(", "async fn ", "pub(crate) fn ", "pub(crate) async fn ", "pub(super) "];
    if !declares.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let rest = after(text, "fn ")?;
    let end = rest.find(['(', '<']).unwrap_or(rest.len());
    Some(&rest[..end])
}
