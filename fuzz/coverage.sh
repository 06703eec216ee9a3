#!/usr/bin/env bash
# An HTML page of what a target's corpus covers: target/coverage/TARGET/index.html.
#
#   fuzz/coverage.sh TARGET [CORPUS...]
#
# Needs llvm-profdata and llvm-cov that can read what rustc writes: LLVM 19 or later, best of rustc's own version. They
# are looked for in the toolchain (rustup component add llvm-tools), then in Debian's packages, newest first, then on
# the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
    echo "usage: fuzz/coverage.sh TARGET [CORPUS...]" >&2
    exit 2
fi
target=$1
shift
corpora=("$@")
if [ ${#corpora[@]} -eq 0 ]; then
    mapfile -t queues < <(find target/afl/"$target" -name queue -type d 2>/dev/null || true)
    corpora=("fuzz/corpus/$target" "${queues[@]}")
fi
triple=$(rustc -vV | sed -n 's/^host: //p')
own=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')

mapfile -t packaged < <(find /usr/lib -maxdepth 1 -name 'llvm-*' 2>/dev/null | sort -rV)
llvm=
for folder in "$(rustc --print sysroot)/lib/rustlib/$triple/bin" "${packaged[@]/%//bin}" \
    "$(dirname "$(command -v llvm-cov || echo /none/llvm-cov)")"; do
    if [ ! -x "$folder/llvm-cov" ] || [ ! -x "$folder/llvm-profdata" ]; then
        continue
    fi
    version=$("$folder/llvm-cov" --version | sed -n 's/.*LLVM version \([0-9]*\).*/\1/p')
    if [ "${version:-0}" -ge 19 ]; then
        llvm=$folder
        break
    fi
done
if [ -z "$llvm" ]; then
    echo "llvm-profdata and llvm-cov of LLVM 19 or later are not there. Install those of rustc's LLVM $own:" \
        "apt-get install llvm-$own (Debian), or rustup component add llvm-tools" >&2
    exit 2
fi

out=target/coverage/$target
rm -rf "$out"
mkdir -p "$out"
# Without optimization: it is built sooner, and each line is counted as it stands.
if ! command -v cargo-fuzz >/dev/null; then
    echo "cargo-fuzz is not on the PATH: cargo install cargo-fuzz, or make coverage TARGET=$target" >&2
    exit 2
fi
RUSTFLAGS="-C instrument-coverage" cargo fuzz build --dev -s none "$target" --target-dir fuzz/target/coverage
binary=fuzz/target/coverage/$triple/debug/$target
inputs=$(find "${corpora[@]}" -type f | wc -l)
# -runs=0 gives the target every input of the corpora, and no other.
LLVM_PROFILE_FILE="$out/%p.profraw" "$binary" -runs=0 "${corpora[@]}" 2>"$out/log" || { tail -n 20 "$out/log" >&2; exit 1; }
"$llvm/llvm-profdata" merge --sparse "$out"/*.profraw -o "$out/coverage.profdata"
show=("$binary" --instr-profile="$out/coverage.profdata" --ignore-filename-regex='/\.cargo/|/rustc/')
"$llvm/llvm-cov" show "${show[@]}" --format=html --output-dir="$out" --show-line-counts-or-regions \
    --project-title="procsteal: $target, $inputs inputs"
"$llvm/llvm-cov" report "${show[@]}" | sed -n '1p;$p'
rm "$out"/*.profraw
echo "$out/index.html: what $inputs inputs cover of $target"
