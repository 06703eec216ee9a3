//! scratch
use procsteal_reference::*;
fn main() {
    let s: Schedule = "procsteal schedule v1\nprocs 2\nG1: trace-start, go G2, go G3, trace-advance, stop-the-world, trace-stop\nG2: syscall, syscall-block, gosched, network-wait, park\nG3: syscall, gomaxprocs 1, gomaxprocs 3\nsysmon retake P0,P1\nsysmon retake P0\nsysmon preempt P1\n".parse().unwrap();
    let mut model = Model::new();
    let mut x = 0x1234_5678_9abc_def1u64;
    let mut faults = 0; let mut steps = 0u64; let mut bytes=0usize;
    let t = std::time::Instant::now();
    let n = 20000;
    for i in 0..n {
        let mut s = s.clone();
        let k = (i % 40) as usize;
        for _ in 0..k {
            x ^= x << 13; x ^= x >> 7; x ^= x << 17;
            s.switches.push(Switch { thread: ThreadId((x % 6) as u8), step: ((x >> 8) % 150) as u16, to: ThreadId(((x >> 20) % 6) as u8) });
        }
        for v in &VARIANTS[..2] {
            match model.run(v, &s) {
                Ok(run) => { steps += u64::from(run.steps()); for t in run.traces() { bytes += t.len(); } }
                Err(f) => { faults += 1; if faults < 6 {
                    println!("{} {f}\n{s}", v.name);
                    model.record_steps(Record::Steps);
                    let _ = model.run(v, &s);
                    for st in model.take_steps().iter().rev().take(40).rev() { println!("{} {} {} {} = {} {}:{}", st.thread, st.index, st.verb, st.object, st.value, st.site.file(), st.site.line()); }
                    model.record_steps(Record::Nothing);
                } }
            }
        }
    }
    let d = t.elapsed();
    println!("faults {faults} runs {} steps/run {} ns/run {} bytes {}", 2*n, steps / (2 * n), d.as_nanos() as u64 / (2 * n), bytes as u64 / (2*n));
}
