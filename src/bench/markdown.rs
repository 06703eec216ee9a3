//! The table as Markdown.

use super::measure::Interval;
use super::table::{Cell, Row, Table};
use std::fmt::Write;

/// The table with its machine, as GitHub shows it.
#[must_use]
pub fn markdown(table: &Table) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "Measured with `procsteal bench` on {}.", table.machine);
    let _ = writeln!(
        out,
        "Medians of {} turns unless a group says otherwise, with the interval that holds the true median with 95 % confidence. \
         Ratios are of CPU time unless a group says otherwise; the first row of each workload is what the others are compared with.",
        table.turns
    );
    for heading in &table.groups {
        let _ = write!(out, "\n### {}\n\n{}\n", heading.group, heading.about);
        let rows: Vec<&Row> = table.rows.iter().filter(|row| row.group == heading.group).collect();
        write_rows(&mut out, &rows);
        for left in table.left_out.iter().filter(|left| left.group == heading.group) {
            let _ = write!(out, "\nNot measured: {}, because {}\n", left.what, left.reason);
        }
    }
    out
}

/// Rows that follow each other and have the same columns are one table.
fn write_rows(out: &mut String, rows: &[&Row]) {
    let columns = |row: &&Row| row.figures.iter().map(|figure| figure.column.clone()).collect::<Vec<_>>();
    for block in rows.chunk_by(|left, right| columns(left) == columns(right)) {
        let has_ratios = block.iter().any(|row| row.times_as_good.is_some());
        let mut heads = vec!["workload".to_owned(), "contestant".to_owned()];
        heads.extend(block.first().map(columns).unwrap_or_default());
        heads.extend(has_ratios.then(|| "times as good".to_owned()));
        let _ = write!(out, "\n| {} |\n| --- | ---", heads.join(" | "));
        let _ = writeln!(out, "{} |", " | ---:".repeat(heads.len() - 2));
        for row in block {
            let mut cells = vec![row.workload.clone(), row.contestant.clone()];
            cells.extend(row.figures.iter().map(|figure| cell(&figure.cell)));
            cells.extend(has_ratios.then(|| row.times_as_good.map_or(String::new(), times)));
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Median(interval) => median(*interval),
        Cell::Number(number) => format!("{}{}", digits(*number, *number), unit(*number)),
        Cell::Text(text) => text.clone(),
    }
}

/// A median with its interval; what was never reached has none.
fn median(Interval { low, median, high }: Interval) -> String {
    if median.is_infinite() {
        return "never".to_owned();
    }
    let (low, high) = (digits(low, median), digits(high, median));
    format!("{}{} ({low} to {high})", digits(median, median), unit(median))
}

const MILLION: f64 = 1e6;

pub(super) fn unit(like: f64) -> &'static str {
    if like >= MILLION { " M" } else { "" }
}

/// As many digits as a number of the size of `like` deserves; millions as such.
pub(super) fn digits(number: f64, like: f64) -> String {
    match like {
        _ if number.is_infinite() => "never".to_owned(),
        like if like >= MILLION => format!("{:.2}", number / MILLION),
        like if like >= 100.0 || like == 0.0 => format!("{number:.0}"),
        like if like >= 1.0 => format!("{number:.1}"),
        _ => format!("{number:.4}"),
    }
}

fn times(Interval { low, median, high }: Interval) -> String {
    if !median.is_finite() || median == 0.0 {
        return String::new();
    }
    format!("**{}** ({} to {})", digits(median, median), digits(low, median), digits(high, median))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Machine;
    use crate::bench::table::Figure;

    #[test]
    fn rows_of_the_same_columns_are_one_table() {
        let mut table = Table::new(Machine::of_this_process(), 3);
        table.begin("group", "About it.");
        let interval = Interval { low: 1.0, median: 2_500_000.0, high: f64::INFINITY };
        let ratio = Interval { low: 0.5, median: 1.5, high: 2.5 };
        table.add_row("w", "peer", vec![Figure::median("a", interval)], None);
        table.add_row("w", "ours", vec![Figure::median("a", interval)], Some(ratio));
        table.add_row("w", "ours", vec![Figure::number("b", 12.34), Figure::text("c", "words")], None);
        table.leave_out("more", "it is late");
        let text = markdown(&table);
        let expected = "\n### group\n\nAbout it.\n\n\
            | workload | contestant | a | times as good |\n| --- | --- | ---: | ---: |\n\
            | w | peer | 2.50 M (0.00 to never) |  |\n\
            | w | ours | 2.50 M (0.00 to never) | **1.5** (0.5 to 2.5) |\n\n\
            | workload | contestant | b | c |\n| --- | --- | ---: | ---: |\n\
            | w | ours | 12.3 | words |\n\n\
            Not measured: more, because it is late\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
