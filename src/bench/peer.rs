//! Contestants that are processes of their own, and the lines in which they speak.
//!
//! The process gets a line for each turn, does the work, and answers with one line of four numbers: units, nanoseconds of
//! wall time, nanoseconds of CPU time of all its threads, and the most bytes of memory it has had (0 if unknown). It ends
//! with its input. So what is timed is only the work, not the start of a process nor the reading of its input. A line that
//! asks for a search (`first`, `all`) is answered with a fifth number, whether it came to its end.

use super::BenchError;
use super::measure::{Contestant, Sample, time};
use super::memory::status;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A process that does the work when it is told to.
#[derive(Debug)]
pub struct Peer {
    name: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a contestant of this name.
    ///
    /// # Errors
    ///
    /// [`BenchError::File`] when it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Result<Self, BenchError> {
        let program = Path::new(command.get_program()).to_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(BenchError::file("run", &program))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            let source = io::Error::other("its pipes are not there");
            return Err(BenchError::File { doing: "talk to", path: program, source });
        };
        Ok(Self { name: name.to_owned(), child, input, output: BufReader::new(output) })
    }

    fn fail(&self, problem: impl Into<String>) -> BenchError {
        BenchError::Contestant { name: self.name.clone(), problem: problem.into() }
    }

    /// Gives it a line, and gets the numbers of its answer.
    fn ask(&mut self, question: &str) -> Result<Vec<u64>, BenchError> {
        let mut line = String::new();
        let answered = writeln!(self.input, "{question}")
            .and_then(|()| self.input.flush())
            .and_then(|()| self.output.read_line(&mut line));
        match answered {
            Ok(0) => Err(self.fail("it ended")),
            Ok(_) => line
                .split_whitespace()
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|_| self.fail(format!("it said {:?}", line.trim_end()))),
            Err(error) => Err(self.fail(error.to_string())),
        }
    }

    /// Has it search; says also whether the search came to its end.
    pub(super) fn search(&mut self, question: &str) -> Result<(Sample, bool), BenchError> {
        let numbers = self.ask(question)?;
        match numbers[..] {
            [.., ended] => sample(&numbers[..numbers.len() - 1]).map(|sample| (sample, ended != 0)),
            [] => None,
        }
        .ok_or_else(|| self.fail(format!("it said {numbers:?}")))
    }
}

impl Contestant for Peer {
    fn name(&self) -> &str {
        &self.name
    }

    fn turn(&mut self) -> Result<Sample, BenchError> {
        let numbers = self.ask("turn")?;
        sample(&numbers).ok_or_else(|| self.fail(format!("it said {numbers:?}")))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted, and there is no one to tell of any other error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sample(numbers: &[u64]) -> Option<Sample> {
    let [units, wall, cpu, peak] = *numbers else { return None };
    let (wall, cpu) = (Duration::from_nanos(wall), Duration::from_nanos(cpu));
    Some(Sample { units, wall, cpu, peak_memory_bytes: (peak != 0).then_some(peak) })
}

/// The other side: does `work` once for each line of standard input, and answers.
///
/// # Errors
///
/// Those of standard input and output.
pub fn serve_turns(mut work: impl FnMut() -> u64) -> io::Result<()> {
    let mut output = io::stdout();
    for line in io::stdin().lines() {
        line?;
        let sample = time(&mut work);
        let (wall, cpu) = (sample.wall.as_nanos(), sample.cpu.as_nanos());
        writeln!(output, "{} {wall} {cpu} {}", sample.units, status("VmHWM:").unwrap_or(0))?;
        output.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_answers_each_turn() {
        let mut command = Command::new("sh");
        command.args(["-c", "while read line; do echo 3 2000 1000 4096; done"]);
        let mut peer = Peer::start("shell", &mut command).unwrap();
        for _ in 0..2 {
            let sample = peer.turn().unwrap();
            assert_eq!((sample.units, sample.peak_memory_bytes), (3, Some(4096)));
            assert_eq!((sample.wall, sample.cpu), (Duration::from_micros(2), Duration::from_micros(1)));
        }
    }

    #[test]
    fn a_search_says_whether_it_came_to_its_end() {
        let mut command = Command::new("sh");
        command.args(["-c", "while read word rest; do echo 3 2000 1000 0 1; done"]);
        let (sample, ended) = Peer::start("shell", &mut command).unwrap().search("first 1 9").unwrap();
        assert_eq!((sample.units, sample.peak_memory_bytes, ended), (3, None, true));
    }

    #[test]
    fn a_process_that_says_something_else_gives_no_figures() {
        let mut command = Command::new("sh");
        command.args(["-c", "read line; echo sorry"]);
        let error = Peer::start("shell", &mut command).unwrap().turn().unwrap_err();
        assert_eq!(error.to_string(), "bench-contestant: shell gave no figures: it said \"sorry\"");
    }
}
