#!/usr/bin/env bash
# Measures what the mutations of schedules and the counted pairs of steps bring to libFuzzer: the executions that it
# takes to each signature, with and without each, seed by seed. Prints a Markdown table: of how many seeds a signature
# was seen, and the median over all seeds (`-`: by fewer than half of them).
#
#   SEEDS=20 RUNS=20000 fuzz/measure.sh TARGET
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
seeds=${SEEDS:-20}
runs=${RUNS:-20000}
triple=$(rustc -vV | sed -n 's/^host: //p')
binary=${BINARY:-fuzz/target/$triple/release/$target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo run --release --quiet -- corpus seeds corpus/seeds --out "$work/seeds" >"$work/log"
: >"$work/found"
for mutator in bytes schedules; do
    for feedback in edges pairs; do
        for seed in $(seq "$seeds"); do
            PROCSTEAL_KNOWN=ignore PROCSTEAL_SURVEY=1 PROCSTEAL_MUTATOR=$mutator PROCSTEAL_FEEDBACK=$feedback \
                "$binary" -seed="$seed" -runs="$runs" -max_len=1024 "$work/seeds/$target" 2>"$work/log" ||
                { tail -n 20 "$work/log" >&2; exit 1; }
            sed -n "s/^survey: \(.*\) after \([0-9]*\) executions$/$mutator+$feedback \1 \2/p" "$work/log" >>"$work/found"
        done
    done
done
sort -k1,3 -k4,4n "$work/found" | awk -v seeds="$seeds" -v runs="$runs" '
    { kind = $2 " " $3; kinds[kind] = 1; at = $1 SUBSEP kind; executions[at, ++count[at]] = $4 }
    END {
        split("bytes+edges bytes+pairs schedules+edges schedules+pairs", columns, " ")
        line = "| after at most " runs " executions, " seeds " seeds |"
        rule = "| --- |"
        for (c = 1; c <= 4; c++) { line = line " " columns[c] " |"; rule = rule " --- |" }
        print line; print rule
        total = 0
        for (kind in kinds) names[++total] = kind
        for (i = 1; i <= total; i++) for (j = i + 1; j <= total; j++) if (names[j] < names[i]) {
            swap = names[i]; names[i] = names[j]; names[j] = swap
        }
        for (i = 1; i <= total; i++) {
            split(names[i], parts, " ")
            line = "| `" parts[2] "` on " parts[1] " |"
            for (c = 1; c <= 4; c++) {
                at = columns[c] SUBSEP names[i]
                seen = count[at] + 0
                half = int((seeds + 1) / 2)
                line = line " " seen ", " (seen >= half ? executions[at, half] : "-") " |"
            }
            print line
        }
    }'
