//! A line of progress on standard error, on a terminal and only there.

use std::io::{IsTerminal, Write};

/// One line that is written over and over.
pub(super) struct Line {
    is_terminal: bool,
    shown: bool,
}

impl Line {
    pub(super) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), shown: false }
    }

    /// Shows `text` in place of what was shown before, cut to the terminal's width.
    pub(super) fn show(&mut self, text: &str) {
        if self.is_terminal {
            let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0);
            let text: String = text.chars().take(usize::from(width).saturating_sub(1)).collect();
            // Progress that cannot be shown is not worth an error.
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
            self.shown = true;
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
            self.shown = false;
        }
    }
}
