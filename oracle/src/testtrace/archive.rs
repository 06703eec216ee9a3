//! A whole `.test` file: the archive (`txtar`) of an expectation and a trace.

use super::error::{TextError, TextErrorKind};
use super::expectation::Expectation;
use super::raw::RawTrace;

/// What a `.test` file holds. A comment before the first part is not kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TestFile {
    /// What a reader should say of the trace.
    pub expectation: Expectation,
    /// The trace.
    pub trace: RawTrace,
}

impl TestFile {
    /// Parses a `.test` file.
    ///
    /// # Errors
    ///
    /// [`TextError`] with the line of the file, counted from 1.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let parts = split(text);
        let [expect, trace] = parts.as_slice() else { return Err(wrong_files(&parts)) };
        if (expect.name, trace.name) != ("expect", "trace") {
            return Err(wrong_files(&parts));
        }
        let expectation = Expectation::parse(expect.content)
            .map_err(|kind| TextError { line: expect.lines_before + 1, kind })?;
        let trace = RawTrace::parse(trace.content)
            .map_err(|error| TextError { line: trace.lines_before + error.line, ..error })?;
        Ok(Self { expectation, trace })
    }

    /// The file's text; [`TestFile::parse`] gives the same value back.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("-- expect --\n{}\n-- trace --\n{}", self.expectation, self.trace)
    }
}

fn wrong_files(parts: &[Part<'_>]) -> TextError {
    let found = parts.iter().map(|part| part.name.to_owned()).collect();
    TextError { line: 1, kind: TextErrorKind::WrongFiles { found } }
}

struct Part<'text> {
    name: &'text str,
    content: &'text str,
    /// Lines of the file before the content's first.
    lines_before: usize,
}

/// The parts of the archive, each from its marker line to the next.
fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut offset = 0;
    let mut content_start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(name) = marker(line.strip_suffix('\n').unwrap_or(line)) {
            if let Some(last) = parts.last_mut() {
                last.content = &text[content_start..offset];
            }
            content_start = offset + line.len();
            parts.push(Part { name, content: &text[content_start..], lines_before: index + 1 });
        }
        offset += line.len();
    }
    parts
}

/// The name in a marker line `-- NAME --`, which is not empty.
fn marker(line: &str) -> Option<&str> {
    let name = line.strip_prefix("-- ")?.strip_suffix(" --")?.trim();
    (!name.is_empty()).then_some(name)
}
