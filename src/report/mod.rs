//! Differential reports: one model, one writer per form.
//!
//! A [`Report`] is built from [`Case`]s, each a schedule that two schedulers are run on. Every [`Format`] writes it in
//! one form; the same cases give the same bytes.
//!
//! ```
//! use procsteal::report::{Case, Format, Markdown, Report};
//! use procsteal_reference::{Schedule, Variant};
//!
//! let schedule: Schedule = "procsteal schedule v1\nprocs 2\nG1: trace-start, go G2\nG2: syscall\n".parse()?;
//! let case = Case {
//!     id: "two-threads".to_owned(),
//!     schedule,
//!     scheduler: Variant::named("prefix").expect("prefix is a scheduler"),
//!     other: Variant::named("fixed").expect("fixed is a scheduler"),
//!     expected: None,
//! };
//! let report = Report::of(&[case]);
//! let mut page = Vec::new();
//! Markdown::default().write(&report, &mut page)?;
//! assert!(String::from_utf8(page)?.contains("two-threads"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ansi;
mod build;
mod compare;
mod diff;
mod error;
mod html;
mod json;
mod junit;
mod markdown;
mod model;
mod pages;
mod sarif;
mod states;
mod svg;
mod terminal;
mod text;
mod timeline;
mod trace;

pub use ansi::Colours;
pub use build::Case;
pub use compare::{Comparison, compare};
pub use diff::{DiffRow, EventLine, RowKind, event_lines};
pub use error::ReportError;
pub use html::Html;
pub use json::Json;
pub use junit::Junit;
pub use markdown::Markdown;
pub use model::{FORMAT_VERSION, Finding, Outcome, Place, Report, Side};
pub use pages::{ERROR_PAGES, error_page};
pub use sarif::Sarif;
pub use states::States;
pub use terminal::Terminal;
pub use timeline::{EventMark, Lane, Span, SpanKind, Timeline};
pub use trace::{TraceReport, trace_report};

use std::io;

/// A form in which reports are written.
pub trait Format {
    /// The name of the file that a report in this form usually is.
    fn file_name(&self) -> &'static str;

    /// Writes the report.
    ///
    /// # Errors
    /// Those of `out`, and those of the form's own encoder.
    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError>;
}

/// Every form, in the order in which they are documented, each with its usual options.
#[must_use]
pub fn formats() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(Html),
        Box::new(Markdown::default()),
        Box::new(Terminal::default()),
        Box::new(Json),
        Box::new(Junit),
        Box::new(Sarif),
    ]
}
