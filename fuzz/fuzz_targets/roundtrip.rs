//! Schedules must survive their encodings.
#![no_main]

procsteal_fuzz::schedule_target!(procsteal::targets::roundtrip);
