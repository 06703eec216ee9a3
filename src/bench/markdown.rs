//! The table as Markdown.

use super::measure::Interval;
use super::table::{Row, Table};
use std::fmt::Write;

/// The table with its machine, as GitHub shows it.
#[must_use]
pub fn markdown(table: &Table) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "Measured with `procsteal bench` on {}.", table.machine);
    let _ = writeln!(
        out,
        "Medians of {} turns, with the interval that holds the true median with 95 % confidence. Ratios are of CPU time.",
        table.turns
    );
    for heading in &table.groups {
        let _ = write!(out, "\n### {}\n\n{}\n", heading.group, heading.about);
        let rows: Vec<&Row> = table.rows.iter().filter(|row| row.group == heading.group).collect();
        if let Some(first) = rows.first() {
            head(&mut out, first.unit);
        }
        for row in rows {
            let cells = [
                row.workload.clone(),
                row.contestant.clone(),
                count(row.per_wall_second),
                count(row.per_cpu_second),
                row.bytes_per_cpu_second.map_or(String::new(), megabytes),
                row.peak_memory_bytes.map_or(String::new(), mebibytes),
                row.times_as_fast.map_or(String::new(), times),
            ];
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        for left in table.left_out.iter().filter(|left| left.group == heading.group) {
            let _ = write!(out, "\nNot measured: {}, because {}\n", left.what, left.reason);
        }
    }
    out
}

fn head(out: &mut String, unit: &str) {
    let _ = write!(
        out,
        "\n| workload | contestant | {unit} a second, wall | {unit} a second, CPU | MB a second, CPU | peak MiB | times as fast |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
    );
}

/// Millions with two digits behind the point, or the whole number.
fn count(interval: Interval) -> String {
    const MILLION: f64 = 1e6;
    if interval.median >= MILLION {
        let Interval { low, median, high } = interval;
        format!("{:.2} M ({:.2} to {:.2})", median / MILLION, low / MILLION, high / MILLION)
    } else {
        format!("{:.0} ({:.0} to {:.0})", interval.median, interval.low, interval.high)
    }
}

fn megabytes(interval: Interval) -> String {
    const MEGABYTE: f64 = 1e6;
    format!("{:.0}", interval.median / MEGABYTE)
}

fn mebibytes(bytes: u64) -> String {
    const MEBIBYTE: f64 = 1_048_576.0;
    format!("{:.0}", bytes as f64 / MEBIBYTE)
}

fn times(interval: Interval) -> String {
    format!("**{:.1}** ({:.1} to {:.1})", interval.median, interval.low, interval.high)
}
