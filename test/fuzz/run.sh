#!/usr/bin/env bash
# Fuzzes from a copy of the corpus, so that new inputs stay out of the sources.
#   run.sh TARGET CORPUS
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$2" "$work/corpus"
cd "$work"
"$1" -max_total_time="${WEIR_FUZZ_SECONDS:-30}" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
  -print_final_stats=1 corpus || {
  for found in crash-* leak-* oom-* timeout-*; do
    if [[ -e $found ]]; then echo "$found:" && base64 "$found"; fi
  done
  exit 1
}
