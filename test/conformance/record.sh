#!/usr/bin/env bash
# Records the behaviour of Node.js 26: programs.json.gz (generated programs, the hand-written
# extra.json, and since-20.json) and traces.txt.gz. The same Node writes the same files; npm fetches
# it if it is not installed.
#   usage: record.sh [NODE]
# NODE is the program of another version, whose traces can be compared with `git diff`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

node=${1:-$(../../script/get-node 26)}
echo "==> Node.js $("$node" --version)" >&2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for seed in 1 2 3 4; do
  "$node" generate.mjs "$seed" 1500 >"$folder/$seed.json"
done
for seed in 1 2; do
  "$node" generate_more.mjs "$seed" 1000 >"$folder/more-$seed.json"
done
for seed in 1 2; do
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
