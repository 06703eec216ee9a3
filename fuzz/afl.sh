#!/usr/bin/env bash
# AFL++ on a target: one main instance and, with INSTANCES above 1, further ones that share a folder with it.
#
#   fuzz/afl.sh TARGET SECONDS
#
# INSTANCES (1) is how many instances run here. HOST (empty) goes before their names, so that several machines can
# have one folder: each has its own names, and the instances named main* are told apart from the rest by -M.
# OUT (target/afl/TARGET) is that folder. CORPUS (fuzz/corpus/TARGET) is libFuzzer's corpus: what it has there is read as
# it grows, and its seeds are where AFL++ begins.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -ne 2 ]; then
    echo "usage: fuzz/afl.sh TARGET SECONDS" >&2
    exit 2
fi
target=$1
seconds=$2
instances=${INSTANCES:-1}
host=${HOST:+$HOST-}
out=${OUT:-target/afl/$target}
corpus=${CORPUS:-fuzz/corpus/$target}
binary=fuzz/target/afl/release/$target
if [ ! -x "$binary" ] || ! command -v cargo-afl >/dev/null; then
    echo "$binary or cargo-afl is not there: make afl TARGET=$target builds both" >&2
    exit 2
fi

# No dialog about core patterns and processor governors: what they would bring is not worth a machine's settings here.
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1
# An existing folder is gone on with; -i is then not read.
export AFL_AUTORESUME=1
# With PROCSTEAL_KNOWN=ignore some seeds are crashes already.
export AFL_IGNORE_SEED_PROBLEMS=1

# Any schedule fits in 1024 bytes; traces are as long as they are.
max_len=1024
if [ "$target" = oracle ]; then max_len=65536; fi
options=(-o "$out" -V "$seconds" -G "$max_len" -t 2000)
if [ -f "fuzz/dictionaries/$target.dict" ]; then
    options+=(-x "fuzz/dictionaries/$target.dict")
fi
mkdir -p "$out"
running=()
# Neither Ctrl-C nor the end of this script reaches what runs in the background, and cargo does not pass signals on: each
# instance is a process group, and killed as one.
set -m
trap 'kill -- "${running[@]/#/-}" 2>/dev/null || true' EXIT
start() {
    local name=$1
    shift
    cargo afl fuzz -i "$corpus" "${options[@]}" "$@" "$binary" >"$out/$name.log" 2>&1 &
    running+=($!)
}
start "${host}main" -M "${host}main" -F "$corpus"
for number in $(seq 2 "$instances"); do
    start "${host}second-$number" -S "${host}second-$number"
done
status=0
for instance in "${running[@]}"; do
    wait "$instance" || status=$?
done
running=()
if [ "$status" -ne 0 ]; then
    tail -n 20 "$out"/"${host}"*.log >&2
    exit "$status"
fi
cargo afl whatsup -s -d "$out" | sed 's/\x1b\[[0-9;]*m//g'
