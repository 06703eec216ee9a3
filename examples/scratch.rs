//! scratch
use procsteal_reference::*;
use procsteal_oracle::Judge;
use std::collections::BTreeMap;
struct Walk { x: u64, p: u64, rec: Vec<Switch> }
impl Chooser for Walk {
    fn choose(&mut self, e: &Enabled<'_>) -> (ThreadId, u32) {
        self.x ^= self.x << 13; self.x ^= self.x >> 7; self.x ^= self.x << 17;
        let d = e.default_choice();
        let pick = if (self.x >> 33) % self.p == 0 || !e.is_runnable(e.current) {
            let n = (self.x >> 8) % u64::from(e.runnable_count());
            e.runnable().nth(n as usize).unwrap()
        } else { d };
        if pick != d { self.rec.push(Switch { thread: e.current, step: e.steps_of(e.current) as u16, to: pick }); }
        (pick, 0)
    }
}
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let s: Schedule = text.parse().unwrap();
    let n: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let p: u64 = std::env::args().nth(3).unwrap().parse().unwrap();
    let mut model = Model::new(); let mut judge = Judge::new(); let mut bench = procsteal::Bench::new();
    for v in &VARIANTS[..2] {
        let mut kinds: BTreeMap<String, (u64, String)> = BTreeMap::new();
        let t = std::time::Instant::now(); let mut steps = 0;
        for seed in 1..=n {
            let mut w = Walk { x: seed.wrapping_mul(0x9e3779b97f4a7c15), p, rec: vec![] };
            match model.run_with(v, &s.scenario, &mut w) {
                Ok(run) => { steps += u64::from(run.steps());
                    for t in run.traces() { if let Err(e) = judge.judge(&t) {
                    let sc = Schedule { scenario: s.scenario.clone(), switches: w.rec.clone() }; let k = procsteal::signature::signature(&bench.record(v, &sc)).map_or("NOT REPRODUCED".into(), |s| s.to_string()); let _ = &e;
                    let ent = kinds.entry(k).or_insert_with(|| { std::fs::write(format!("/tmp/{}-{}.trace", v.name, e.code()), &*t).unwrap(); (0, format!("{e}\n{}", Schedule { scenario: s.scenario.clone(), switches: w.rec.clone() })) });
                    ent.0 += 1;
                } } }
                Err(f) => { let ent = kinds.entry(format!("FAULT {f:?}").chars().take(60).collect()).or_insert((0, format!("{f}\n{}", Schedule { scenario: s.scenario.clone(), switches: w.rec.clone() }))); ent.0 += 1; }
            }
        }
        println!("== {} {} runs, {} steps/run, {} ns/run", v.name, n, steps / n, t.elapsed().as_nanos() as u64 / n);
        for (k, (c, e)) in &kinds { println!("{k}: {c}\n   {}", e.lines().take(2).collect::<Vec<_>>().join(" ")); if std::env::args().nth(4).is_some() { println!("{e}"); } }
    }
}
