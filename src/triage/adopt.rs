//! Takes into a corpus the failures that it has no schedule for yet.

use super::{Group, Triage};
use crate::corpus::load;
use crate::execution::Bench;
use crate::findings::{Finding, FindingsError, write_atomically};
use crate::minimize::{Cost, minimize};
use crate::signature::{Signature, signature};
use procsteal_reference::Variant;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The schedulers of which a schedule of the corpus says what it shows there.
const TOLD: [&str; 2] = ["prefix", "fixed"];

/// A schedule that is new to a corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adopted {
    /// Its file.
    pub path: PathBuf,
    /// On which scheduler it fails.
    pub scheduler: String,
    /// With which signature.
    pub signature: Signature,
}

/// Writes into `corpus`, for each signature and scheduler that none of its schedules claims, the smallest finding, with
/// what it shows as comments. A second time there is nothing left to write.
///
/// # Errors
/// [`FindingsError`] if the corpus cannot be read or written.
pub fn adopt(triage: &Triage, corpus: &Path) -> Result<Vec<Adopted>, FindingsError> {
    std::fs::create_dir_all(corpus).map_err(FindingsError::io("make the folder", corpus))?;
    let entries = load(corpus)?;
    let claims: Vec<_> = entries.iter().flat_map(|entry| &entry.claims).collect();
    let mut adopted = Vec::new();
    let mut bench = Bench::new();
    for group in &triage.groups {
        for scheduler in group.schedulers.keys() {
            let signature = &group.signature;
            let is_there = claims.iter().any(|claim| {
                claim.scheduler.name == *scheduler && claim.signature.as_ref() == Some(signature)
            });
            if is_there {
                continue;
            }
            let Some(finding) = smallest(group, scheduler) else { continue };
            let path = free_path(corpus, signature, scheduler, finding);
            let text = with_claims(&mut bench, finding);
            write_atomically(&path, text.as_bytes())?;
            adopted.push(Adopted { path, scheduler: scheduler.clone(), signature: signature.clone() });
        }
    }
    Ok(adopted)
}

fn smallest<'a>(group: &'a Group, scheduler: &str) -> Option<&'a Finding> {
    let on_it = group.findings.iter().filter(|finding| finding.metadata.scheduler == scheduler);
    on_it.min_by_key(|finding| Cost::of(&finding.schedule))
}

/// The signature as a name; with the scheduler, or the finding's id, if there is such a file.
fn free_path(corpus: &Path, signature: &Signature, scheduler: &str, finding: &Finding) -> PathBuf {
    let name = signature.to_string().replace('/', "-");
    let names = [name.clone(), format!("{name}-{scheduler}"), format!("{name}-{}", finding.id())];
    let mut paths = names.map(|name| corpus.join(format!("{name}.sched"))).into_iter();
    let last = corpus.join(format!("{scheduler}-{name}-{}.sched", finding.id()));
    paths.find(|path| !path.exists()).unwrap_or(last)
}

fn with_claims(bench: &mut Bench, finding: &Finding) -> String {
    let schedule = &finding.schedule;
    let own = finding.metadata.scheduler.as_str();
    let others = TOLD.into_iter().filter(|name| *name != own);
    let mut text = String::new();
    for scheduler in std::iter::once(own).chain(others).filter_map(Variant::named) {
        let found = signature(&bench.record(scheduler, schedule));
        // What it shows on another scheduler may be smaller there, and then it is no example of it.
        let is_example = found.is_none()
            || minimize(bench, scheduler, schedule).is_ok_and(|least| least.schedule == *schedule);
        if is_example {
            let found = found.map_or("parseable".to_owned(), |found| found.to_string());
            // Writing to a text cannot fail.
            let _ = writeln!(text, "# expect {} {found}", scheduler.name);
        }
    }
    text + &schedule.to_string()
}
