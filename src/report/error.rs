//! Why a report could not be written.

use std::io;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The place it was written to took no more.
    #[error(
        "report-output: the report could not be written: {0}; check the disk and the directory's permissions"
    )]
    Output(#[from] io::Error),
    /// The JSON encoder failed.
    #[error("report-json: the report could not be encoded as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The XML encoder failed.
    #[error("report-junit: the report could not be encoded as JUnit XML: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}
