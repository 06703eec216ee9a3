//! A reader of Go execution traces that agrees with Go's own on what cannot be parsed.

pub mod testtrace;
