//! scratch
use procsteal_reference::*;
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let s: Schedule = text.parse().unwrap();
    let mut model = Model::new();
    model.record_steps(Record::Steps);
    let v = Variant::named(&std::env::args().nth(2).unwrap()).unwrap();
    let r = model.run(v, &s).map(|r| { for t in r.traces() { std::fs::write("/tmp/out.trace", &*t).unwrap(); } });
    println!("{r:?}");
    for st in model.take_steps() { let s = sites::site(st.site).unwrap(); println!("{}@{} {} {} = {}   {} {}/{}", st.thread, st.index, st.verb, st.object, st.value, s.function, s.section, s.step); }
}
