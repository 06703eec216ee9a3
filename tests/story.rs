//! The stories of known findings, as people read them.

#![allow(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they fail")]

use procsteal::Bench;
use procsteal::signature::{guilty_window, signature};
use procsteal::story::{Focus, Line, Mark, Story};
use procsteal_reference::{Schedule, Variant};
use std::fmt::Write as _;
use std::path::Path;

fn schedule(name: &str) -> Schedule {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schedules").join(name);
    std::fs::read_to_string(path).expect("the fixture is there").parse().expect("it is a schedule")
}

fn scheduler(name: &str) -> &'static Variant {
    Variant::named(name).expect("it is a scheduler")
}

/// The whole story on the scheduler that fails, and the paragraph on the other.
fn told(file: &str, guilty: &str, other: &str) -> String {
    let schedule = schedule(file);
    let mut bench = Bench::new();
    let failing = bench.record(scheduler(guilty), &schedule);
    let name = signature(&failing).expect("the fixture fails");
    let focus = guilty_window(&failing).as_ref().map(Focus::from);
    let story = Story::of(&failing, None);
    let mut text = format!("{name} on {guilty}\n\n{}\n\n", story.paragraph);
    for line in &story.lines {
        writeln!(text, "{line}").expect("a string takes everything");
    }
    let other_story = Story::of(&bench.record(scheduler(other), &schedule), focus);
    write!(text, "\non {other}\n\n{}\n", other_story.paragraph).expect("a string takes everything");
    text
}

#[test]
fn a_steal_that_tracing_stops_in() {
    insta::assert_snapshot!(told("retake-stop.sched", "prefix", "fixed"));
}

#[test]
fn a_steal_that_a_generation_ends_in() {
    insta::assert_snapshot!(told("retake-advance.sched", "prefix", "fixed"));
}

#[test]
fn a_p_taken_back_while_tracing_stops() {
    insta::assert_snapshot!(told("reacquired-stop.sched", "prefix", "fixed"));
}

#[test]
fn a_steal_from_a_thread_of_the_last_generation() {
    insta::assert_snapshot!(told("steal-of-a-thread-that-is-gone.sched", "fixed", "prefix"));
}

#[test]
fn the_failing_step_and_the_tracer_are_marked_once_each() {
    let recording = Bench::new().record(scheduler("prefix"), &schedule("retake-stop.sched"));
    let story = Story::of(&recording, None);
    for mark in [Mark::Failure, Mark::Tracer] {
        let marked = story.lines.iter().filter(|line| matches!(line, Line::Step(step) if step.mark == mark));
        assert_eq!(marked.count(), 1, "{mark:?}");
    }
}

#[test]
fn every_step_is_told_or_folded() {
    let recording = Bench::new().record(scheduler("fixed"), &schedule("retake-stop.sched"));
    let mut next = 0;
    for line in Story::of(&recording, None).lines {
        let (number, count) = match line {
            Line::Step(step) => (step.number, 1),
            Line::Stretch(stretch) => (stretch.number, stretch.count),
        };
        assert_eq!(number, next);
        next += count;
    }
    assert_eq!(next, recording.steps.len());
}
