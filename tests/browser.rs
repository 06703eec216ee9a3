//! The HTML page in a real browser: `make browser`. Chromium loads the page, a script of ours acts as its reader would
//! and leaves what it saw in the document, which Chromium then prints.

#![allow(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they fail")]

use procsteal::report::{Case, Format, Html, Report};
use procsteal_reference::{Schedule, Variant};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Names the browser, if it is not `chromium`.
const BROWSER_VARIABLE: &str = "CHROMIUM";

/// Steps the first player on twice and back once, and writes down what can be seen.
const READER: &str = r#"
const player = document.querySelector(".player");
const at = () => player.querySelector(".at").textContent;
const first = at();
player.querySelector("input").value = 3;
player.querySelector("input").dispatchEvent(new Event("input"));
const slid = at();
player.querySelector(".on").click();
player.querySelector(".on").click();
player.querySelector(".back").click();
const seen = {
  first, slid, stepped: at(),
  cells: player.querySelectorAll(".cells span").length,
  changed: player.querySelectorAll(".cells .changed").length,
  width: innerWidth, needed: document.documentElement.scrollWidth,
  background: getComputedStyle(document.body).backgroundColor,
};
"#;

/// Writes down what there is without doing anything.
const SILENT_READER: &str = r#"
const seen = {
  text: document.body.innerText,
  pictures: [...document.querySelectorAll("svg[data-steps]")].length,
  player: getComputedStyle(document.querySelector(".player")).display,
};
"#;

/// Leaves what was seen in the document.
const LEAVE: &str = r#"
const out = document.createElement("pre");
out.id = "seen";
out.textContent = JSON.stringify(seen);
document.body.append(out);
"#;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schedules/retake-stop.sched");
    let schedule: Schedule =
        std::fs::read_to_string(path).expect("it is there").parse().expect("it is a schedule");
    let variant = |name| Variant::named(name).expect("it is a scheduler");
    let case = Case {
        id: "retake-stop".to_owned(),
        schedule,
        scheduler: variant("prefix"),
        other: variant("fixed"),
        expected: None,
    };
    let mut bytes = Vec::new();
    Html.write(&Report::of(&[case]), &mut bytes).expect("a vector takes everything");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

/// What Chromium prints of `page`, given these flags besides the usual ones.
fn browse(page: &str, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("there is room for a page");
    let file = folder.path().join("page.html");
    std::fs::write(&file, page).expect("there is room for a page");
    let browser = std::env::var(BROWSER_VARIABLE).unwrap_or_else(|_| "chromium".to_owned());
    let output = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .args(flags)
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap_or_else(|error| {
            panic!("{browser}: {error}; install Chromium, or name one in {BROWSER_VARIABLE}")
        });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Chromium prints UTF-8")
}

/// What a script of ours saw of `page`.
fn read_page(page: &str, script: &str, flags: &[&str]) -> Value {
    let acted = page.replace("</body>", &format!("<script>{script}{LEAVE}</script></body>"));
    let dom = browse(&acted, flags);
    let (_, rest) = dom.split_once("<pre id=\"seen\">").expect("the script ran to its end");
    let (seen, _) = rest.split_once("</pre>").expect("the element ends");
    serde_json::from_str(&seen.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
        .expect("it is JSON")
}

fn read(flags: &[&str]) -> Value {
    read_page(&page(), READER, flags)
}

#[test]
fn the_player_steps_through_the_run() {
    let seen = read(&[]);
    let text = |name: &str| seen[name].as_str().expect("it is a text").to_owned();
    assert!(text("first").starts_with("step "), "{seen}");
    assert!(text("slid").starts_with("step 3: "), "{seen}");
    assert!(text("stepped").starts_with("step 4: "), "{seen}");
    assert!(seen["cells"].as_u64() > Some(5), "{seen}");
}

#[test]
fn the_page_fits_phones_and_desktops() {
    for width in [390, 768, 1280] {
        let seen = read(&[&format!("--window-size={width},1000")]);
        assert!(seen["needed"].as_u64() <= seen["width"].as_u64(), "at {width}: {seen}");
    }
}

#[test]
fn dark_readers_get_a_dark_page() {
    let light = read(&["--blink-settings=preferredColorScheme=1"]);
    let dark = read(&["--blink-settings=preferredColorScheme=0"]);
    assert_eq!(light["background"], "rgb(255, 255, 255)");
    assert_eq!(dark["background"], "rgb(20, 23, 27)");
}

#[test]
fn without_its_script_everything_can_be_read() {
    let whole = page();
    let (before, after) = whole.rsplit_once("<script>").expect("the page has a script");
    let (_, after) = after.split_once("</script>").expect("the script ends");
    let seen = read_page(&format!("{before}{after}"), SILENT_READER, &[]);
    let text = seen["text"].as_str().expect("it is a text");
    for part in ["M2 (sysmon)", "GoSyscallEndBlocked", "procsteal replay", "switch M1@", "ProcStart"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    assert_eq!(seen["pictures"], 2);
    assert_eq!(seen["player"], "none", "buttons that do nothing are shown");
}
