//! The table in short: a few lines of each group, which is what the README shows.

use super::markdown::{digits, unit};
use super::table::{Cell, Headline, Row, Table};
use std::fmt::Write;

/// The rows that their groups have put into the summary, as Markdown. Rows of one contestant and line are one line, with
/// what they range over.
#[must_use]
pub fn summary(table: &Table) -> String {
    let mut out = format!("On {}; medians.\n\n", table.machine);
    out.push_str("| what | who | figures | times as good |\n| --- | --- | --- | ---: |\n");
    let mut lines: Vec<(&Headline, &Row, Vec<&Row>)> = Vec::new();
    for row in &table.rows {
        let Some(headline) = &row.headline else { continue };
        let is_same = |(other, first, _): &&mut (&Headline, &Row, Vec<&Row>)| {
            *other == headline && first.group == row.group && first.contestant == row.contestant
        };
        match lines.iter_mut().find(is_same) {
            Some((_, _, rows)) => rows.push(row),
            None => lines.push((headline, row, vec![row])),
        }
    }
    for (headline, Row { group, contestant, .. }, rows) in lines {
        let ratios = rows.iter().filter_map(|row| Some(row.times_as_good?.median)).collect();
        let ratio = range(ratios).map_or(String::new(), |ratio| format!("**{ratio}**"));
        let figures: Vec<String> = headline.columns.iter().filter_map(|name| figure(&rows, name)).collect();
        let (line, figures) = (&headline.line, figures.join(", "));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {group}: {line} | {contestant} | {figures} | {ratio} |");
    }
    for left in &table.left_out {
        let _ = write!(out, "\nNot measured in {}: {}, because {}\n", left.group, left.what, left.reason);
    }
    out
}

/// A column of these rows, with its name.
fn figure(rows: &[&Row], column: &str) -> Option<String> {
    let cells = rows.iter().flat_map(|row| &row.figures).filter(|figure| figure.column == column);
    let (mut numbers, mut words) = (Vec::new(), None);
    for figure in cells {
        match &figure.cell {
            Cell::Median(interval) => numbers.push(interval.median),
            Cell::Number(number) => numbers.push(*number),
            Cell::Text(text) => words = Some(text),
        }
    }
    let number = range(numbers).map(|number| format!("{number} {column}"));
    number.or_else(|| words.map(|words| format!("{column}: {words}")))
}

/// From the least to the greatest; `None` if there are none.
fn range(numbers: Vec<f64>) -> Option<String> {
    let numbers = || numbers.iter().copied();
    let (least, greatest) = (numbers().reduce(f64::min)?, numbers().reduce(f64::max)?);
    let one = |number: f64| format!("{}{}", digits(number, number), unit(number));
    let (least, greatest) = (one(least), one(greatest));
    Some(if least == greatest { least } else { format!("{least} to {greatest}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::table::Figure;
    use crate::bench::{Interval, Machine};

    #[test]
    fn rows_of_one_line_stand_together_and_others_are_left_out() {
        let machine = Machine {
            processor: Some("a processor".to_owned()),
            cores: 2,
            system: "a system".to_owned(),
            load_at_start: None,
            load_at_end: None,
        };
        let mut table = Table::new(machine, 3);
        table.begin("group", "About it.");
        let of = |median: f64| Interval { low: 0.0, median, high: f64::INFINITY };
        for (workload, factor) in [("one", 1.0), ("two", 2.0)] {
            let row = |figure| vec![Figure::median("a second", of(figure)), Figure::text("found", "all")];
            table.add_row(workload, "peer", row(3_000_000.0 * factor), None);
            table.add_row(workload, "ours", row(9_000_000.0), Some(of(3.0 / factor)));
            table.add_row(workload, "slow", row(1.0), Some(of(0.1)));
        }
        table.headline("both", &["found", "a second"], |row| row.contestant != "slow");
        let expected = "On a processor, 2 cores, a system; medians.\n\n\
            | what | who | figures | times as good |\n| --- | --- | --- | ---: |\n\
            | group: both | peer | found: all, 3.00 M to 6.00 M a second |  |\n\
            | group: both | ours | found: all, 9.00 M a second | **1.5 to 3.0** |\n";
        assert_eq!(summary(&table), expected);
    }
}
