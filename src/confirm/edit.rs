//! Anchored edits of Go source: a function or type is found by name, lines in it by short fragments, and each edit applies exactly once.

use std::fmt;

use super::edits::Site;
use super::error::EditError;

/// A definition at the top level of a Go file, by its name in the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A plain function; methods are not found.
    Function(&'static str),
    /// A type with a body in braces: a struct or an interface.
    Type(&'static str),
}

impl Definition {
    /// Whether the line starts this definition.
    fn starts_at(self, line: &str) -> bool {
        let (keyword, name, next) = match self {
            Self::Function(name) => ("func ", name, '('),
            Self::Type(name) => ("type ", name, ' '),
        };
        line.strip_prefix(keyword)
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(next))
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(name) => write!(formatter, "function {name}"),
            Self::Type(name) => write!(formatter, "type {name}"),
        }
    }
}

/// One edit of one definition of the runtime.
///
/// The lines to edit are found by `find`: each fragment must be contained in one line, the lines must follow each
/// other (lines that are blank or hold a comment only may stand between them), and the whole must occur exactly
/// once in the definition. `put` then stands in their place.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// What the edit is for, as an error message names it.
    pub name: &'static str,
    /// The function or type whose lines are edited.
    pub definition: Definition,
    /// One fragment for each of the lines that are found.
    pub find: &'static [&'static str],
    /// The lines that stand in their place.
    pub put: &'static [Line],
}

/// A line that an edit puts into the source.
#[derive(Clone, Copy, Debug)]
pub enum Line {
    /// A line that was found, unchanged; the index counts the fragments of [`Edit::find`].
    Keep(usize),
    /// A line that was found, with the one occurrence of `from` replaced by `to`.
    Swap {
        /// The index of the line's fragment.
        index: usize,
        /// The text that is taken out; once in the line.
        from: &'static str,
        /// The text that is put in.
        to: &'static str,
    },
    /// A new line.
    Text(&'static str),
    /// A call that delays the thread, if a run asks for a delay at this place.
    Pause(Site),
    /// The same, about the P that the source names so.
    PauseAbout(Site, &'static str),
}

/// One source file, its lines, and the edits done so far.
#[derive(Clone, Debug)]
pub struct Source {
    file: String,
    lines: Vec<String>,
}

impl Source {
    /// The source `text` of the file called `file` (the name is for messages).
    #[must_use]
    pub fn new(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), lines: text.lines().map(str::to_owned).collect() }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text, with the edits applied.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// Whether the file has the definition.
    #[must_use]
    pub fn has(&self, definition: Definition) -> bool {
        self.lines.iter().any(|line| definition.starts_at(line))
    }

    /// Whether a line of the definition contains the fragment.
    ///
    /// # Errors
    ///
    /// As [`Source::apply`], when there is no such definition.
    pub fn contains(&self, definition: Definition, fragment: &str) -> Result<bool, EditError> {
        let (start, end) = self.span(definition)?;
        Ok(self.lines[start..end].iter().any(|line| line.contains(fragment)))
    }

    /// Applies one edit.
    ///
    /// # Errors
    ///
    /// [`EditError`] when the definition is not there or not whole, when the lines are not found or found twice, or when
    /// the edit itself asks for a line it did not find.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        if edit.find.is_empty() {
            return Err(bad_edit(edit, "it has no fragment to find"));
        }
        let (start, end) = self.span(edit.definition)?;
        let mut matches = (start..end).filter_map(|line| self.match_at(line, end, edit.find));
        let found = matches.next().ok_or_else(|| EditError::NotFound {
            file: self.file.clone(),
            definition: edit.definition,
            edit: edit.name.to_owned(),
            fragments: quote_fragments(edit.find),
        })?;
        if let Some(second) = matches.next() {
            return Err(EditError::FoundTwice {
                file: self.file.clone(),
                definition: edit.definition,
                edit: edit.name.to_owned(),
                first_line: found.first().map_or(0, |line| line + 1),
                second_line: second.first().map_or(0, |line| line + 1),
            });
        }
        let (Some(&first), Some(&last)) = (found.first(), found.last()) else {
            return Err(bad_edit(edit, "it has no fragment to find"));
        };
        let put = edit
            .put
            .iter()
            .map(|line| self.render(line, &found, edit))
            .collect::<Result<Vec<String>, EditError>>()?;
        self.lines.splice(first..=last, put);
        Ok(())
    }

    /// The lines of the definition, from the one with its name to its closing brace (exclusive end).
    fn span(&self, definition: Definition) -> Result<(usize, usize), EditError> {
        let missing = || EditError::NoDefinition { file: self.file.clone(), definition };
        let start = self.lines.iter().position(|line| definition.starts_at(line)).ok_or_else(missing)?;
        let length = self.lines[start..].iter().position(|line| line == "}").ok_or_else(missing)?;
        Ok((start, start + length + 1))
    }

    /// The line of each fragment, if the first is on line `line` and all of them come before `end`.
    fn match_at(&self, line: usize, end: usize, fragments: &[&str]) -> Option<Vec<usize>> {
        let mut found = Vec::with_capacity(fragments.len());
        let mut at = line;
        for fragment in fragments {
            if !found.is_empty() {
                at += self.lines[at..end].iter().position(|line| is_code(line))?;
            }
            if at >= end || !is_code(&self.lines[at]) || !self.lines[at].contains(fragment) {
                return None;
            }
            found.push(at);
            at += 1;
        }
        Some(found)
    }

    fn render(&self, line: &Line, found: &[usize], edit: &Edit) -> Result<String, EditError> {
        let kept = |index: usize| {
            found
                .get(index)
                .map(|&line| self.lines[line].clone())
                .ok_or_else(|| bad_edit(edit, "it keeps a line that it does not find"))
        };
        match *line {
            Line::Text(text) => Ok(text.to_owned()),
            Line::Pause(site) => Ok(format!("procstealPause({}, nil)", site.number())),
            Line::PauseAbout(site, p) => Ok(format!("procstealPause({}, {p})", site.number())),
            Line::Keep(index) => kept(index),
            Line::Swap { index, from, to } => {
                let line = kept(index)?;
                if line.matches(from).count() == 1 {
                    Ok(line.replace(from, to))
                } else {
                    Err(bad_edit(edit, "the text it swaps is not exactly once in the line"))
                }
            }
        }
    }
}

/// Whether the line holds more than white space and a comment.
fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

fn quote_fragments(fragments: &[&str]) -> String {
    let quoted: Vec<String> = fragments.iter().map(|fragment| format!("`{fragment}`")).collect();
    quoted.join(" then ")
}

fn bad_edit(edit: &Edit, problem: &'static str) -> EditError {
    EditError::BadEdit { edit: edit.name.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &str = "package kitchen\n\
        \n\
        // boil heats water.\n\
        func boil(pot *pot) bool {\n\
        \tfill(pot)\n\
        \n\
        \t// Wait for it.\n\
        \tif pot.hot() {\n\
        \t\tpour(pot)\n\
        \t\treturn true\n\
        \t}\n\
        \treturn false\n\
        }\n\
        \n\
        func boiled(pot *pot) {\n\
        \tfill(pot)\n\
        \tpour(pot)\n\
        \tpour(pot)\n\
        }\n";

    fn edit(function: &'static str, find: &'static [&'static str], put: &'static [Line]) -> Edit {
        Edit { name: "an edit", definition: Definition::Function(function), find, put }
    }

    #[test]
    fn lines_are_put_around_the_one_that_is_found() {
        let mut source = Source::new("kitchen.go", FIXTURE);
        source
            .apply(&edit(
                "boil",
                &["pot.hot()"],
                &[Line::Text("\tlook(pot)"), Line::Keep(0), Line::Text("\t\tsing()")],
            ))
            .unwrap();
        assert!(source.text().contains("\tlook(pot)\n\tif pot.hot() {\n\t\tsing()\n\t\tpour(pot)\n"));
        assert_eq!(source.text().lines().count(), FIXTURE.lines().count() + 2);
    }

    #[test]
    fn comments_and_blank_lines_may_stand_between_fragments() {
        let mut source = Source::new("kitchen.go", FIXTURE);
        source.apply(&edit("boil", &["fill(pot)", "if pot.hot()"], &[Line::Keep(1)])).unwrap();
        assert!(source.text().contains("func boil(pot *pot) bool {\n\tif pot.hot() {\n"));
    }

    #[test]
    fn a_part_of_a_line_is_swapped() {
        let mut source = Source::new("kitchen.go", FIXTURE);
        const SWAP: &[Line] = &[Line::Swap { index: 0, from: "(pot *pot)", to: "()" }];
        const TWICE: &[Line] = &[Line::Swap { index: 0, from: "o", to: "u" }];
        source.apply(&edit("boiled", &["func boiled("], SWAP)).unwrap();
        assert!(source.text().contains("func boiled() {\n"));
        let error = source.apply(&edit("boil", &["pour(pot)"], TWICE)).unwrap_err();
        assert_eq!(error.code(), "edit-bad");
    }

    #[test]
    fn only_the_named_function_is_searched() {
        let mut source = Source::new("kitchen.go", FIXTURE);
        source.apply(&edit("boiled", &["fill(pot)"], &[])).unwrap();
        assert!(source.contains(Definition::Function("boil"), "fill(pot)").unwrap());
        assert!(!source.contains(Definition::Function("boiled"), "fill(pot)").unwrap());
        assert!(source.has(Definition::Function("boil")) && !source.has(Definition::Function("boi")));
    }

    #[test]
    fn the_fields_of_a_type_are_put_in_another_order() {
        const POT: &str =
            "type potlid struct {\n\twide int\n}\n\ntype pot struct {\n\tdeep int\n\n\twide int\n}\n";
        let mut source = Source::new("pot.go", POT);
        let definition = Definition::Type("pot");
        let find = &["deep", "wide"];
        let edit = Edit { name: "an edit", definition, find, put: &[Line::Keep(1), Line::Keep(0)] };
        source.apply(&edit).unwrap();
        assert!(source.text().ends_with("type pot struct {\n\twide int\n\tdeep int\n}\n"));
        assert_eq!(
            source.apply(&edit).unwrap_err().to_string(),
            "edit-not-found: `an edit` does not fit: type pot of pot.go has no `deep` then `wide`"
        );
        assert!(!source.has(Definition::Function("pot")));
    }

    #[test]
    fn an_edit_applies_exactly_once_or_says_why() {
        let mut source = Source::new("kitchen.go", FIXTURE);
        let error = source.apply(&edit("bake", &["fill(pot)"], &[])).unwrap_err();
        assert_eq!(error.to_string(), "edit-no-definition: kitchen.go has no function bake");
        let error = source.apply(&edit("boil", &["fill(pot)", "pour(pot)"], &[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "edit-not-found: `an edit` does not fit: function boil of kitchen.go has no `fill(pot)` then `pour(pot)`"
        );
        let error = source.apply(&edit("boiled", &["pour(pot)"], &[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "edit-found-twice: `an edit` does not fit: function boiled of kitchen.go has its place on line 17 and on line 18"
        );
        assert_eq!(source.text(), FIXTURE, "a failed edit changes nothing");
    }

    #[test]
    fn an_edit_that_cannot_be_is_an_error() {
        let mut source = Source::new("kitchen.go", FIXTURE);
        assert_eq!(source.apply(&edit("boil", &[], &[])).unwrap_err().code(), "edit-bad");
        assert_eq!(source.apply(&edit("boil", &["fill"], &[Line::Keep(1)])).unwrap_err().code(), "edit-bad");
    }

    #[test]
    fn a_function_without_an_end_is_none() {
        let source = Source::new("kitchen.go", "func boil() {\n\tfill()\n");
        assert_eq!(
            source.contains(Definition::Function("boil"), "fill").unwrap_err().code(),
            "edit-no-definition"
        );
    }
}
