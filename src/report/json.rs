//! The report as JSON, as `docs/report.schema.json` describes it.

use super::{Format, Report, ReportError};
use std::io;

/// One JSON document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Format for Json {
    fn file_name(&self) -> &'static str {
        "report.json"
    }

    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError> {
        serde_json::to_writer_pretty(&mut *out, report)?;
        out.write_all(b"\n")?;
        Ok(())
    }
}
