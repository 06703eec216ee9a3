//! The minimizers of others, each as a command that has an input file, an output file and a predicate.

use crate::bench::BenchError;
use crate::bench::engines::{build_afl, build_libfuzzer};
use crate::bench::tools::{cargo, install_python};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Executions of one round of libFuzzer, which ends when a round finds nothing smaller.
const LIBFUZZER_RUNS: &str = "10000";

/// Milliseconds after which AFL++ gives an execution up: never.
const AFL_TIMEOUT: &str = "5000";

/// The same for shrinkray, in seconds.
const SHRINKRAY_TIMEOUT: &str = "5";

/// Releases on PyPI, with what picire needs besides, and the oldest Python 3 for each. Later releases of shrinkray need
/// a package that is nowhere ready built.
const PICIRE: (u32, [&str; 2]) = (8, ["picire==21.8", "setuptools==80.9.0"]);
const SHRINKRAY: (u32, [&str; 1]) = (12, ["shrinkray==26.4.14.0"]);

/// Which minimizer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reducer {
    LibFuzzer,
    AflTmin,
    Picire,
    ShrinkRay,
}

/// The first one is the peer.
pub(super) const REDUCERS: [Reducer; 4] =
    [Reducer::LibFuzzer, Reducer::AflTmin, Reducer::Picire, Reducer::ShrinkRay];

/// A minimizer that can be started.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) reducer: Reducer,
    program: PathBuf,
    /// A command that succeeds on what keeps the signature, for those that call one.
    test: PathBuf,
}

impl Reducer {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::LibFuzzer => "libFuzzer -minimize_crash",
            Self::AflTmin => "afl-tmin",
            Self::Picire => "picire 21.8, by bytes",
            Self::ShrinkRay => "shrinkray 26.4.14",
        }
    }

    /// Builds or installs it; says why there is none if that fails.
    pub(super) fn prepare(self, test: &Path) -> Result<Result<Ready, String>, BenchError> {
        let program: Result<PathBuf, String> = match self {
            Self::LibFuzzer => build_libfuzzer()?.map(|folder| folder.join("keeps")),
            Self::AflTmin => build_afl()?,
            Self::Picire => install_python("picire", PICIRE.0, &PICIRE.1),
            Self::ShrinkRay => install_python("shrinkray", SHRINKRAY.0, &SHRINKRAY.1),
        };
        let absolute =
            |program: PathBuf| std::path::absolute(&program).map_err(BenchError::file("resolve", &program));
        // The commands run in a folder of their own.
        let program = program.map(absolute);
        Ok(match program {
            Ok(program) => Ok(Ready { reducer: self, program: program?, test: test.to_owned() }),
            Err(reason) => Err(reason),
        })
    }
}

impl Ready {
    /// The command that minimizes `folder/input`, and the file in which its result is.
    pub(super) fn command(&self, folder: &Path) -> Result<(Command, PathBuf), BenchError> {
        let (input, output) = (folder.join("input"), folder.join("output"));
        let mut command = Command::new(&self.program);
        Ok(match self.reducer {
            Reducer::LibFuzzer => {
                command.args(["-minimize_crash=1", "-seed=1"]).arg(format!("-runs={LIBFUZZER_RUNS}"));
                // Without -max_len: each round has one of its own, a byte less than it starts from, and fails with another.
                command.arg(format!("-exact_artifact_path={}", output.display())).arg(&input);
                (command, output)
            }
            Reducer::AflTmin => {
                let mut command = cargo()?;
                command.args(["afl", "tmin", "-t", AFL_TIMEOUT, "-i"]).arg(&input).arg("-o").arg(&output);
                command.arg("--").arg(&self.program).env("AFL_NO_AFFINITY", "1");
                command.env("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1").env("AFL_SKIP_CPUFREQ", "1");
                (command, output)
            }
            Reducer::Picire => {
                command.args(["--atom", "char", "--encoding", "latin-1", "--quiet", "--input"]).arg(&input);
                command.arg("--test").arg(&self.test).arg("--out").arg(&output);
                (command, output.join("input"))
            }
            Reducer::ShrinkRay => {
                command.args(["--input-type", "arg", "--parallelism", "1", "--no-history", "--ui", "basic"]);
                command.args(["--volume", "quiet", "--timeout", SHRINKRAY_TIMEOUT, "--trivial-is-not-error"]);
                command.args(["--formatter", "none", "--no-clang-delta"]).arg(&self.test).arg(&input);
                (command, input)
            }
        })
    }
}
