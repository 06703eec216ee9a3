//! Fails when prefix and fixed differ on a schedule in a way that is not known yet.
#![no_main]

procsteal_fuzz::schedule_target!(procsteal::targets::differential);
