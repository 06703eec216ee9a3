//! A run that was cut, or ended by a panic, leaves nothing behind: the next one is as on a new model.

#[allow(dead_code, reason = "other tests need the rest")]
mod common;

use common::{Random, Tracing, random_schedule};
use procsteal_reference::{Chooser, Enabled, Follow, Model, Schedule, ThreadId, VARIANTS, Variant};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What happens when the run has come to its step `at`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Cut,
    Panic,
}

/// Follows a schedule up to a step.
struct UpTo {
    follow: Follow,
    at: u32,
    end: End,
    cuts: bool,
}

impl Chooser for UpTo {
    fn choose(&mut self, enabled: &Enabled<'_>) -> (ThreadId, u32) {
        let (thread, further) = self.follow.choose(enabled);
        self.cuts = enabled.steps() >= self.at;
        assert!(!self.cuts || self.end == End::Cut, "as a broken chooser would");
        (thread, further.min(self.at.saturating_sub(enabled.steps() + 1)))
    }

    fn cuts(&self) -> bool {
        self.cuts
    }
}

fn traces(model: &mut Model, scheduler: &Variant, schedule: &Schedule) -> Vec<Vec<u8>> {
    let run = model.run(scheduler, schedule);
    run.map(|run| run.traces().map(|trace| trace.to_vec()).collect()).unwrap_or_default()
}

fn run_up_to(model: &mut Model, scheduler: &Variant, schedule: &Schedule, at: u32, end: End) -> bool {
    let mut up_to = UpTo { follow: Follow::default(), at, end, cuts: false };
    up_to.follow.load(schedule);
    let outcome =
        catch_unwind(AssertUnwindSafe(|| model.run_with(scheduler, &schedule.scenario, &mut up_to).is_ok()));
    outcome.unwrap_or(true) && up_to.cuts
}

#[test]
fn the_run_after_a_cut_or_a_panic_is_as_on_a_new_model() {
    let mut random = Random::new(7);
    let mut model = Model::new();
    let mut ended_early = 0;
    for index in 0..300_u32 {
        let (scheduler, end) =
            (&VARIANTS[index as usize % VARIANTS.len()], if index % 5 == 0 { End::Panic } else { End::Cut });
        let cut = random_schedule(&mut random, Tracing::Anything);
        ended_early += u32::from(run_up_to(&mut model, scheduler, &cut, 7 * (index % 60) + 1, end));
        let next = random_schedule(&mut random, Tracing::Anything);
        assert_eq!(
            traces(&mut model, scheduler, &next),
            traces(&mut Model::new(), scheduler, &next),
            "on {} after step {}:\n{next}",
            scheduler.name,
            7 * (index % 60) + 1
        );
    }
    assert!(ended_early > 200, "only {ended_early} runs ended early");
}
