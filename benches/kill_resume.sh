#!/usr/bin/env bash
# Kills `tamis clean` at random moments and goes on with --resume, until the kills are spent; then compares output and report byte for
# byte with those of an undisturbed run. Usage: benches/kill_resume.sh CORPUS [KILLS] [OPTION...]; TAMIS names the binary.
set -euo pipefail
corpus=$(realpath "$1")
kills=${2:-20}
shift $(($# < 2 ? $# : 2))
tamis=$(realpath "${TAMIS:-target/release/tamis}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

begun=$(date +%s%N)
"$tamis" clean "$corpus" -o clean.jsonl --quiet "$@"
whole=$((($(date +%s%N) - begun) / 1000000))
echo "undisturbed: $whole ms"
mkdir undisturbed && mv clean.jsonl clean.jsonl.report undisturbed/

killed=0
ended=0
# Each life is short, so that all kills come before the end: they hit every pass as the run goes on.
while [ "$killed" -lt "$kills" ]; do
    "$tamis" clean "$corpus" -o clean.jsonl --quiet --resume "$@" &
    sleep "$(awk -v most="$whole" -v seed="$RANDOM$RANDOM" 'BEGIN { srand(seed); printf "%.3f", rand() * most / 1000 }')"
    if kill -9 $! 2>/dev/null; then
        killed=$((killed + 1))
        size=$(stat -c %s clean.jsonl.unfinished/journal 2>/dev/null || echo 0)
        echo "kill $killed: journal of $size bytes"
    else
        ended=$((ended + 1))
    fi
    wait $! 2>/dev/null || true
done
"$tamis" clean "$corpus" -o clean.jsonl --quiet --resume "$@"
diff -rq --exclude timings.json undisturbed/clean.jsonl clean.jsonl
diff -rq --exclude timings.json undisturbed/clean.jsonl.report clean.jsonl.report
[ ! -e clean.jsonl.unfinished ]
left=$(find . -name '*.partial-*' | wc -l)
[ "$left" -eq 0 ] || { echo "left behind: $left staging folders"; exit 1; }
echo "$killed kills, $ended runs that came to their end between them: the same bytes, and nothing left behind"
