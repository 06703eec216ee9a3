#!/usr/bin/env bash
# Measures what the mutations of schedules, the races turned round and the counted pairs of steps bring to libFuzzer: the
# executions that it takes to each signature, with and without each, seed by seed. Prints a Markdown table: by how many
# seeds a signature was seen, and the median over all seeds (`-`: by fewer than half of them).
#
#   SEEDS=20 RUNS=10000 FROM=nothing fuzz/measure.sh TARGET
#
# FROM is nothing (an empty folder) or seeds (corpus/seeds). BINARY is what is measured, in place of the one that
# `cargo fuzz build -s none TARGET` leaves. FOUND is a file for what each seed came to, as it comes, for a look at the spread.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -ne 1 ]; then
    echo "usage: SEEDS=20 RUNS=10000 FROM=nothing fuzz/measure.sh TARGET" >&2
    exit 2
fi
target=$1
seeds=${SEEDS:-20}
runs=${RUNS:-10000}
from=${FROM:-nothing}
triple=$(rustc -vV | sed -n 's/^host: //p')
binary=${BINARY:-fuzz/target/$triple/release/$target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ ! -x "$binary" ]; then
    echo "$binary is not there; build it: cargo fuzz build -s none $target" >&2
    exit 2
fi
case $from in
nothing) mkdir -p "$work/seeds/$target" ;;
seeds) cargo run --release --quiet -- corpus seeds corpus/seeds --out "$work/seeds" >"$work/log" ;;
*)
    echo "FROM=$from: expected nothing or seeds" >&2
    exit 2
    ;;
esac
# Each column has one thing more than the one before it.
columns=(bytes+edges switches+edges switches+pairs races+pairs)
found=${FOUND:-$work/found}
: >"$found"
for seed in $(seq "$seeds"); do
    for column in "${columns[@]}"; do
        # libFuzzer writes what it keeps into the first folder: each run begins with an empty one.
        mkdir "$work/kept"
        PROCSTEAL_KNOWN=ignore PROCSTEAL_SURVEY=1 PROCSTEAL_MUTATOR=${column%+*} PROCSTEAL_FEEDBACK=${column#*+} \
            "$binary" -seed="$seed" -runs="$runs" -max_len=1024 -entropic=0 "$work/kept" "$work/seeds/$target" 2>"$work/log" ||
            { tail -n 20 "$work/log" >&2; exit 1; }
        rm -r "$work/kept"
        sed -n "s/^survey: \(.*\) after \([0-9]*\) executions$/$column \1 \2/p" "$work/log" >>"$found"
    done
done
sort -k1,3 -k4,4n "$found" | awk -v seeds="$seeds" -v runs="$runs" -v named="${columns[*]}" '
    { kind = $2 " " $3; kinds[kind] = 1; at = $1 SUBSEP kind; executions[at, ++count[at]] = $4 }
    END {
        split(named, columns, " ")
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
