//! The workbench.

pub mod go;
