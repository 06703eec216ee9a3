#!/usr/bin/env bash
# Makes one small corpus of what libFuzzer and AFL++ have of a target: target/kept/TARGET.
#
#   fuzz/distill.sh TARGET
#
# Schedules are distilled by what they show in the model. Inputs of the oracle are no schedules: there libFuzzer's own
# merge keeps what covers more of the oracle.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -ne 1 ]; then
    echo "usage: fuzz/distill.sh TARGET" >&2
    exit 2
fi
target=$1
out=target/kept/$target
mapfile -t queues < <(find target/afl/"$target" -name queue -type d 2>/dev/null || true)
rm -rf "$out.new" "$out.all"
mkdir -p "$out.new" "$out.all" fuzz/corpus/"$target"
if [ "$target" = oracle ]; then
    cargo fuzz run -s none "$target" "$out.new" -- -merge=1 "fuzz/corpus/$target" "${queues[@]}"
else
    cp -r "fuzz/corpus/$target" "$out.all/libfuzzer"
    for number in "${!queues[@]}"; do
        cp -r "${queues[$number]}" "$out.all/afl-$number"
    done
    cargo run --release --quiet -- corpus distill "$out.all" --out "$out.new"
fi
rm -rf "$out.all" "$out"
mv "$out.new" "$out"
echo "$out: $(find "$out" -type f | wc -l) inputs"
