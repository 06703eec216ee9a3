//! The report as JUnit XML: one test case per schedule.

use super::{Finding, Format, Report, ReportError};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::io;

/// One suite per scheduler, one case per schedule: it fails if it is not as it should be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit;

impl Format for Junit {
    fn file_name(&self) -> &'static str {
        "report.xml"
    }

    fn write(&self, report: &Report, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let mut document = quick_junit::Report::new("procsteal");
        let mut schedulers: Vec<&str> =
            report.findings.iter().map(|finding| finding.guilty.scheduler).collect();
        schedulers.sort_unstable();
        schedulers.dedup();
        for scheduler in schedulers {
            let mut suite = TestSuite::new(scheduler);
            let of_scheduler = report.findings.iter().filter(|finding| finding.guilty.scheduler == scheduler);
            suite.add_test_cases(of_scheduler.map(test_case));
            document.add_test_suite(suite);
        }
        document.serialize(out)?;
        Ok(())
    }
}

fn test_case(finding: &Finding) -> TestCase {
    let mut status = if finding.is_as_expected() {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let expected = finding.expected.as_deref().unwrap_or("a trace that can be parsed");
        status.set_message(format!("expected {expected}, found {}", finding.signature));
        status
    };
    if !finding.is_as_expected() {
        status.set_type(finding.guilty.outcome.code().unwrap_or("parseable"));
        status.set_description(format!("{}\n\n{}", finding.guilty.story.paragraph, finding.schedule));
    }
    let mut case = TestCase::new(finding.id.clone(), status);
    let known_as = finding.expected.as_ref().unwrap_or(&finding.signature);
    case.set_classname(known_as.replace('/', "."));
    case
}
