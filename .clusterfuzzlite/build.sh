#!/bin/bash -eu
# Builds the fuzz targets into $OUT as OSS-Fuzz's and ClusterFuzzLite's runners want them: for each target the binary,
# its seeds as TARGET_seed_corpus.zip, its options as TARGET.options, and its dictionary.
#
# SRC, OUT, SANITIZER and FUZZING_ENGINE are the builder's contract. SANITIZER is address (needs nightly), none, or
# coverage; FUZZING_ENGINE is libfuzzer, the only engine that the builder's images have for Rust. AFL++ has
# `make afl`.

case "${FUZZING_ENGINE:-libfuzzer}" in
libfuzzer) ;;
*)
    echo "FUZZING_ENGINE=$FUZZING_ENGINE: expected libfuzzer; for AFL++ run make afl" >&2
    exit 2
    ;;
esac
cd "$SRC/procsteal"
flags=(--target-dir "${TARGET_DIR:-fuzz/target/clusterfuzzlite}")
case "${SANITIZER:-address}" in
address) flags+=(--sanitizer address) ;;
none) flags+=(--sanitizer none) ;;
coverage)
    flags+=(--sanitizer none)
    export RUSTFLAGS="${RUSTFLAGS:-} -C instrument-coverage"
    ;;
*)
    echo "SANITIZER=$SANITIZER: expected address, none or coverage; safe Rust has no use for others" >&2
    exit 2
    ;;
esac
if [ "${SANITIZER:-address}" = address ]; then
    export RUSTUP_TOOLCHAIN="${RUSTUP_TOOLCHAIN:-nightly}"
fi
# The builder's flags are for its own main functions and C libraries; cargo-fuzz brings what Rust needs.
cargo fuzz build "${flags[@]}"
triple=$(rustc -vV | sed -n 's/^host: //p')
built="${TARGET_DIR:-fuzz/target/clusterfuzzlite}/$triple/release"

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
RUSTFLAGS='' cargo run --release --quiet --target-dir "${TOOL_TARGET_DIR:-target}" -- \
    corpus seeds corpus --out "$seeds"
for source in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$source" .rs)
    cp "$built/$target" "$OUT/$target"
    rm -f "$OUT/${target}_seed_corpus.zip"
    zip --quiet --junk-paths "$OUT/${target}_seed_corpus.zip" "$seeds/$target"/*
    # Any schedule fits in 1024 bytes; traces are as long as they are.
    max_len=1024
    if [ "$target" = oracle ]; then max_len=65536; fi
    # What the entropic power schedule costs is said in docs/campaigns.md.
    if [ "$target" = oracle ]; then entropic=1; else entropic=0; fi
    printf '[libfuzzer]\nmax_len = %s\nentropic = %s\n' "$max_len" "$entropic" >"$OUT/$target.options"
    if [ -f "fuzz/dictionaries/$target.dict" ]; then
        cp "fuzz/dictionaries/$target.dict" "$OUT/$target.dict"
        printf 'dict = %s.dict\n' "$target" >>"$OUT/$target.options"
    fi
done
