//! Runs random schedules on every scheduler and prints the first that is a fault of the model: `soak RUNS [SEED]`.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Random, Tracing, random_schedule};
use procsteal_reference::sites::site;
use procsteal_reference::{Model, Record, VARIANTS};

fn main() {
    let mut arguments = std::env::args().skip(1).map_while(|argument| argument.parse::<u64>().ok());
    let runs = arguments.next().unwrap_or(10_000);
    let mut random = Random::new(arguments.next().unwrap_or(1));
    let mut model = Model::new();
    let mut steps = 0;
    for index in 0..runs {
        let schedule = random_schedule(&mut random, Tracing::Anything);
        let scheduler = &VARIANTS[random.below(VARIANTS.len() as u64) as usize];
        // Recording a run checks every invariant after every step.
        let record = if index % 8 == 0 { Record::Steps } else { Record::Nothing };
        model.record_steps(record);
        match model.run(scheduler, &schedule) {
            Ok(run) => steps += u64::from(run.steps()),
            Err(fault) => {
                println!("{fault}\nrun {index} on {}:\n{schedule}", scheduler.name);
                model.record_steps(Record::Steps);
                let again = model.run(scheduler, &schedule).map(|_| ());
                let steps = model.take_steps();
                for step in &steps[steps.len().saturating_sub(60)..] {
                    let place = site(step.site).map_or(("", ""), |site| (site.function, site.step));
                    let (function, number) = place;
                    let what = format!("{} {}", step.verb, step.object);
                    println!("{}@{} {what} = {} in {function} {number}", step.thread, step.index, step.value);
                }
                println!("{again:?}");
                std::process::exit(1);
            }
        }
    }
    println!("{runs} runs, {steps} steps");
}
