//! Which function of the runtime, and which step of the specification, a line of the model is.
//!
//! The comments of the model say it: `(spec 3.9)` in the description of a function or of its file, `// step 7` at the
//! end of the line that takes the step, or alone on the next. Reading them back keeps the model free of labels, and
//! the comments true: a test finds those that no step carries.

mod coverage;
mod table;

pub use coverage::Coverage;
pub use table::table;

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
    /// How the line comes to be taken.
    pub kind: SiteKind,
}

/// How a line of the model comes to be taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SiteKind {
    /// It is a step: recorded steps carry it.
    Step,
    /// It calls another function, whose lines the steps carry.
    Call(&'static str),
    /// It is a step that counts as one of the line that called its function.
    OfCaller,
    /// No other thread could see it: it happens together with the step before.
    Private,
}

macro_rules! sources {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!($path))),*] };
}

/// Every file in which threads take steps.
const SOURCES: &[(&str, &str)] = sources![
    "machine/executor.rs",
    "proc/foreach.rs",
    "proc/foreign.rs",
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
    "scheduler/repaired_steal.rs",
    "tracer/acquire.rs",
    "tracer/advance.rs",
    "tracer/event.rs",
    "tracer/mod.rs",
    "tracer/start.rs",
    "tracer/status.rs",
    "tracer/thread.rs",
];

/// The function and step of a line of the model, as a [`StepRecord`](crate::StepRecord) carries it.
#[must_use]
pub fn site(location: &Location<'_>) -> Option<Site> {
    static LINES: OnceLock<HashMap<(&'static str, u32), Site>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let mut lines = HashMap::new();
        for site in all_lines() {
            lines.entry((site.file, site.line)).or_insert(site);
        }
        lines
    });
    let file = SOURCES.iter().map(|(path, _)| *path).find(|path| location.file().ends_with(path))?;
    lines.get(&(file, location.line())).copied()
}

/// Every line of the model that says which step it takes, by file and line; once for each of its steps.
pub fn numbered_sites() -> impl Iterator<Item = Site> {
    all_lines().filter(|site| !site.step.is_empty())
}

fn all_lines() -> impl Iterator<Item = Site> {
    SOURCES.iter().flat_map(|(file, source)| lines_of(file, source))
}

/// What changes the stack a thread is on takes no step: those of the other stack follow.
const STACK_CHANGES: [&str; 2] = ["mcall", "gogo"];

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
            of_file = section_named(text).unwrap_or(of_file);
        } else if text.starts_with("///") {
            described = section_named(text).filter(|_| described.is_empty()).unwrap_or(described);
        } else if let Some(name) = function_name(text) {
            (function, section) = (name, if described.is_empty() { of_file } else { described });
            described = "";
        } else if is_another_item(text) {
            described = "";
        }
        if text.starts_with("//") {
            continue;
        }
        // A comment that rustfmt moved to a line of its own belongs to the line above.
        let below = lines.get(index + 1).filter(|next| next.trim_start().starts_with("// step"));
        let numbers = steps_named(line).or(below.and_then(|next| steps_named(next)));
        let kind = kind_of(&lines[index..]);
        let site = Site { function, section, step: "", file, line: index as u32 + 1, kind };
        match numbers {
            Some(numbers) => sites.extend(numbers.map(|step| Site { step, ..site })),
            None => sites.push(site),
        }
    }
    sites
}

/// The numbers in a comment like `// step 7` or `// steps 13 and 14, unless...`.
fn steps_named(line: &'static str) -> Option<impl Iterator<Item = &'static str>> {
    let (_, rest) = line.split_once("// step ").or(line.split_once("// steps "))?;
    let words = rest.split([' ', ',', ';', '.']).filter(|word| !word.is_empty() && *word != "and");
    let is_number =
        |word: &&str| word.len() <= 2 && word.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase());
    Some(words.take_while(is_number))
}

/// The functions that a function calls for their steps.
fn calls_of(function: &'static str) -> impl Iterator<Item = &'static str> {
    static CALLS: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    let calls = CALLS.get_or_init(|| {
        let call = |site: Site| match site.kind {
            SiteKind::Call(callee) => Some((site.function, callee)),
            _ => None,
        };
        all_lines().filter_map(call).collect()
    });
    calls.iter().filter(move |(caller, _)| *caller == function).map(|(_, callee)| *callee)
}

/// Every function whose description names its section: the section, the function and its file.
fn functions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    SOURCES.iter().flat_map(|(file, source)| {
        let mut described = None;
        source.lines().filter_map(move |line| {
            let text = line.trim_start();
            if text.starts_with("///") {
                described = described.or(section_named(text));
                return None;
            }
            if is_another_item(text) {
                described = None;
            }
            let name = function_name(text)?;
            described.take().map(|section| (section, name, *file))
        })
    })
}

/// What the statement that begins on the first of these lines is.
fn kind_of(lines: &[&'static str]) -> SiteKind {
    let first = lines[0];
    let makes_step = ["sched_step(", "look(", " step(", "wiring_step(", "trace_state(", "Request::new("]
        .iter()
        .any(|call| first.contains(call));
    if first.contains(", site)") {
        return SiteKind::OfCaller;
    }
    let called = match first.split_once('?') {
        Some((before, _)) => callee(before).filter(|name| takes_steps(name)),
        None => match passed_on(first) {
            None if !makes_step => return SiteKind::Private,
            passed_on => passed_on,
        },
    };
    match called {
        Some(name) if STACK_CHANGES.contains(&name) => SiteKind::Private,
        Some(name) if !makes_step => SiteKind::Call(name),
        _ => SiteKind::Step,
    }
}

/// Which function's result its caller passes on: of the last expression, or that of a match.
fn passed_on(line: &'static str) -> Option<&'static str> {
    let code = line.split("//").next().unwrap_or(line).trim_end();
    let call = code.strip_suffix(',').unwrap_or(code);
    callee(call).filter(|name| call.ends_with(')') && takes_steps(name))
}

/// The name of the function whose call ends the text.
fn callee(text: &'static str) -> Option<&'static str> {
    let mut depth = 0_u32;
    let open = text.char_indices().rev().find_map(|(at, c)| {
        match c {
            ')' => depth += 1,
            '(' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(at)
    })?;
    let path = text[..open].rsplit([' ', '.', ':', '!', '(', '&']).next()?;
    Some(path.split('<').next().unwrap_or(path))
}

/// Whether the model has a function of this name that takes steps of its own.
fn takes_steps(name: &str) -> bool {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES
        .get_or_init(|| SOURCES.iter().flat_map(|(_, source)| stepping_functions_of(source)).collect())
        .contains(&name)
}

/// Those of a file: what they come to is [`Steps`](crate::machine::Steps), and their steps do not count as their caller's.
fn stepping_functions_of(source: &'static str) -> Vec<&'static str> {
    let mut counts_as_caller = false;
    let mut names = Vec::new();
    let mut rest = source;
    while let Some((line, below)) = rest.split_once('\n') {
        let text = line.trim_start();
        if let Some(name) = function_name(text) {
            let signature = rest.split(" {\n").next().unwrap_or(text);
            if signature.contains("-> Steps<") && !counts_as_caller {
                names.push(name);
            }
            counts_as_caller = false;
        } else if text == "#[track_caller]" {
            counts_as_caller = true;
        }
        rest = below;
    }
    names
}

fn section_named(text: &'static str) -> Option<&'static str> {
    let (_, rest) = text.split_once("(spec ").or(text.split_once("and spec "))?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches('.'))
}

/// Whether the line begins something else than a function, of which the description above it speaks.
fn is_another_item(text: &str) -> bool {
    let text = text.strip_prefix("pub(crate) ").or(text.strip_prefix("pub ")).unwrap_or(text);
    let starts = ["struct ", "enum ", "const ", "impl", "type "];
    starts.iter().any(|start| text.starts_with(start)) && !text.contains("fn ")
}

fn function_name(text: &'static str) -> Option<&'static str> {
    let declares = ["fn ", "pub fn ", "pub("];
    if !declares.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let (_, rest) = text.split_once("fn ")?;
    let end = rest.find(['(', '<']).unwrap_or(rest.len());
    Some(&rest[..end])
}
