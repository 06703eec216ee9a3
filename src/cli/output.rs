//! Where commands print: text for people, or one JSON document for programs.

use serde::Serialize;
use std::io::{self, BufWriter, Stdout, Write};

/// How a command prints its result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Text,
    Json,
}

/// Standard output.
pub(super) struct Output {
    pub(super) format: Format,
    stdout: BufWriter<Stdout>,
}

/// The JSON documents, each described in `docs/json.schema.json` under its name in kebab case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Document {
    Hunt,
    Replay,
    Minimize,
    Diff,
    Check,
    Events,
    Triage,
    CorpusStats,
    CorpusDoctor,
    CorpusDistill,
    CorpusMerge,
    CorpusSeeds,
    CorpusReanchor,
    CorpusSmallest,
    Coverage,
    Schedulers,
    Strategies,
    StrategiesCompare,
    Signatures,
    Survey,
    Verify,
    Ablate,
    Explain,
    Conformance,
    Confirm,
    ConfirmGoTests,
    ConfirmCost,
    Bench,
    BenchCheck,
    Report,
}

/// The envelope of every JSON document: which one, and which version of its shape.
#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: Document,
    version: u32,
    #[serde(flatten)]
    body: &'a T,
}

/// The version of all JSON documents; it grows when a field changes its meaning or goes away.
const JSON_VERSION: u32 = 1;

impl Output {
    pub(super) fn new(format: Format) -> Self {
        Self { format, stdout: BufWriter::new(io::stdout()) }
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// The JSON document of a command.
    pub(super) fn json(&mut self, schema: Document, body: &impl Serialize) -> anyhow::Result<()> {
        let envelope = Envelope { schema, version: JSON_VERSION, body };
        serde_json::to_writer_pretty(&mut self.stdout, &envelope)?;
        writeln!(self.stdout)?;
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stdout.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Whether the error is one of writing our output: every other file's error is told with the file's name.
pub(super) fn is_unwritable(error: &anyhow::Error) -> bool {
    error.is::<io::Error>() || error.downcast_ref::<serde_json::Error>().is_some_and(serde_json::Error::is_io)
}

/// Whether the reader of our output went away, as `head` does: no fault of anybody's.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|error| error.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}

#[cfg(test)]
mod tests {
    use super::Document;
    use clap::ValueEnum;
    use serde_json::Value;

    #[test]
    fn every_document_has_a_schema_and_every_schema_a_document() {
        let schema: Value = serde_json::from_str(include_str!("../../docs/json.schema.json")).unwrap();
        let entries = schema["oneOf"].as_array().unwrap();
        let described: Vec<&str> = entries.iter().map(|entry| entry["$ref"].as_str().unwrap()).collect();
        let names = Document::value_variants().iter().map(|document| serde_json::to_value(document).unwrap());
        let named: Vec<String> = names.map(|name| format!("#/$defs/{}", name.as_str().unwrap())).collect();
        assert_eq!(described, named);
    }
}
