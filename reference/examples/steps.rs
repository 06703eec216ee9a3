//! Prints the table of steps, `docs/steps.md`.

fn main() {
    print!("{}", procsteal_reference::sites::table());
}
