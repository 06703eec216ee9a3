#!/usr/bin/env bash
# Tries .clusterfuzzlite/build.sh without its container, and looks at $OUT as the runner does: every target is there and
# executable, runs on every seed of its archive and some inputs of its own, with the options that its file gives.
#
#   fuzz/check-build.sh [SANITIZER]
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"
for tool in cargo-fuzz zip python3; do
    command -v "$tool" >/dev/null || { echo "$tool is not on the PATH (make target/tools/bin/cargo-fuzz; apt-get install zip python3)" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src" "$work/out"
ln -s "$PWD" "$work/src/procsteal"
# What is built already is used.
export TARGET_DIR=fuzz/target
SRC="$work/src" OUT="$work/out" SANITIZER="${1:-none}" FUZZING_ENGINE=libfuzzer bash -eu .clusterfuzzlite/build.sh

targets=0
for source in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$source" .rs)
    binary="$work/out/$target"
    test -x "$binary" || { echo "$target: no binary in OUT" >&2; exit 1; }
    # The runner takes for a target what has this function.
    grep -aq LLVMFuzzerTestOneInput "$binary" || { echo "$target: no LLVMFuzzerTestOneInput" >&2; exit 1; }
    mkdir -p "$work/seeds/$target"
    python3 -m zipfile -e "$work/out/${target}_seed_corpus.zip" "$work/seeds/$target"
    seeds=$(find "$work/seeds/$target" -type f | wc -l)
    test "$seeds" -gt 0 || { echo "$target: no seeds" >&2; exit 1; }
    # KEY = VALUE lines of the section [libfuzzer] become -KEY=VALUE, as the runner has it; it runs in OUT.
    mapfile -t options < <(sed -n 's/^\([a-z_]*\) = \(.*\)$/-\1=\2/p' "$work/out/$target.options")
    test "${#options[@]}" -gt 0 || { echo "$target: no options" >&2; exit 1; }
    (cd "$work/out" && "./$target" "${options[@]}" -runs=$((seeds + 200)) -seed=1 "$work/seeds/$target") 2>"$work/log" ||
        { tail -n 30 "$work/log" >&2; echo "$target: does not run" >&2; exit 1; }
    grep -q "^Done [0-9]* runs" "$work/log" || { echo "$target: did not end its runs" >&2; exit 1; }
    echo "$target: $seeds seeds, ${options[*]}"
    targets=$((targets + 1))
done
if FUZZING_ENGINE=honggfuzz SANITIZER=none SRC="$work/src" OUT="$work/out" \
    bash -eu .clusterfuzzlite/build.sh 2>"$work/log"; then
    echo "an engine that there is not was not refused" >&2
    exit 1
fi
echo "$targets passed, 0 failed"
