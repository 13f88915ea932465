#!/usr/bin/env bash
# Records again what Node.js 26 does: programs.json.gz (generated ones, extra.json, which was written
# by hand, and since-20.json) and traces.txt.gz. The same Node makes the same files; npm fetches it
# where it is not installed.
#   usage: record.sh [NODE]
# NODE is the program of another version, whose traces can be compared with `git diff`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

node=${1:-$(../../script/get-node 26)}
echo "==> Node.js $("$node" --version)" >&2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Seeds that lie close together make nearly the same programs.
for seed in 1 86243 2718281 600613; do
  "$node" generate.mjs "$seed" 1500 >"$folder/$seed.json"
done
for seed in 1 900001; do
  "$node" generate_more.mjs "$seed" 1000 >"$folder/more-$seed.json"
done
for seed in 7 314159; do
  "$node" generate_flow.mjs "$seed" 1000 >"$folder/flow-$seed.json"
done
cp extra.json since-20.json "$folder"

# One program a line, so that one can be found and copied out.
"$node" --eval '
  const read = (path) => JSON.parse(require("node:fs").readFileSync(path, "utf8"));
  const programs = process.argv.slice(1).flatMap(read).map((program) => JSON.stringify(program));
  process.stdout.write(`[\n${programs.join(",\n")}\n]\n`);
' "$folder"/*.json >"$folder/programs"
"$node" reference.mjs "$folder/programs" >"$folder/traces"

gzip -9n <"$folder/programs" >programs.json.gz
gzip -9n <"$folder/traces" >traces.txt.gz
