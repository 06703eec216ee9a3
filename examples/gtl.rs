//! scratch
fn main() { let t = std::fs::read(std::env::args().nth(1).unwrap()).unwrap(); procsteal_oracle::gtl1::write(&t, &mut std::io::stdout()).unwrap();
 if let Err(e) = procsteal_oracle::Judge::new().judge(&t) { if let Some(s) = e.stuck() { for w in s.waiting() { println!("{w:?}"); } } } }
