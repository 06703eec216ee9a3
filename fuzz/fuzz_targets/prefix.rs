//! Fails on a trace of prefix that cannot be parsed and is not known yet.
#![no_main]

procsteal_fuzz::schedule_target!(procsteal::targets::prefix);
