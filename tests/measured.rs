//! What the README and docs/measured.md say was measured is what one run of `bench` wrote, and nothing else.

use procsteal::bench::{page, read, with_summary};
use std::path::Path;

#[test]
fn published_figures_are_those_of_one_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = read(&root.join("docs/measured.json")).unwrap();
    let text = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let way_out = "`procsteal bench --publish .` makes it anew";
    assert_eq!(text("docs/measured.md"), page(&table), "docs/measured.md: {way_out}");
    assert_eq!(Some(text("README.md")), with_summary(&text("README.md"), &table), "README.md: {way_out}");
}
