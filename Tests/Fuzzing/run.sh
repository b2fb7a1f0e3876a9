#!/usr/bin/env bash
# Fuzzes every reader, each with so many inputs: run.sh [INPUTS [FORMAT...]]
# What is found stays in .build/fuzz/FORMAT; inputs that reached something new in .build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")"
inputs=${1:-20000}
shift || true

swift build -c release --sanitize=fuzzer
fuzz=$(swift build -c release --sanitize=fuzzer --show-bin-path)/fuzz

# A fuzzer that finds nothing must be able to find something.
for control in control-trap control-memory control-hang; do
  mkdir -p ".build/fuzz/$control"
  if "$fuzz" "$control" -runs=1000000 -timeout=2 -artifact_prefix=".build/fuzz/$control/" \
    >".build/fuzz/$control/log" 2>&1 </dev/null; then
    echo "the mistake of $control was not found"
    exit 1
  fi
done

formats=("$@")
[ ${#formats[@]} -gt 0 ] || mapfile -t formats < <("$fuzz" list)
for format in "${formats[@]}"; do
  found=.build/fuzz/$format
  corpus=.build/fuzz/corpus/$format
  mkdir -p "$found" "$corpus"
  printf '%s\n' "-- $format"
  # Four kilobytes are enough for every construct of every format.
  if ! "$fuzz" "$format" -runs="$inputs" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -artifact_prefix="$found/" -print_final_stats=1 "$corpus" "Corpus/$format" \
    >"$found/log" 2>&1 </dev/null; then
    tail -n 40 "$found/log"
    exit 1
  fi
  grep -E '^Done|^stat::(slowest_unit_time_sec|peak_rss_mb)' "$found/log"
done
