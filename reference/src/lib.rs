//! A deterministic model of the scheduler and execution tracer of Go 1.22.
