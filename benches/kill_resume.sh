#!/usr/bin/env bash
# Kills `tamis clean` at random moments and goes on with --resume, until the kills are spent; then compares output and report byte for
# byte with those of an undisturbed run. Every second kill comes while outputs are written; with AIM=any all come at any moment, with
# AIM=write all while outputs are written. Usage: benches/kill_resume.sh CORPUS [KILLS] [OPTION...]; TAMIS names the binary, OUT the output
# (clean.jsonl; another extension packs it, a name without one is a folder).
set -euo pipefail
corpus=$(realpath "$1")
kills=${2:-20}
shift $(($# < 2 ? $# : 2))
tamis=$(realpath "${TAMIS:-target/release/tamis}")
out=${OUT:-clean.jsonl}
aim=${AIM:-both}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# A part of so many seconds, at random.
part_of() { awk -v most="$1" -v seed="$RANDOM$RANDOM" 'BEGIN { srand(seed); printf "%.3f", rand() * most }'; }
# Bytes of what is written of the outputs so far.
written() { du -sbc "$out.unfinished/output" "$out.unfinished/report" 2>/dev/null | tail -1 | cut -f 1 || true; }
# Waits until a run writes, which starts where `$2` bytes are written; fails if it ends before.
until_writing() {
    until [ "$(written)" != "$2" ]; do
        # One that ended, and was not waited for, can still be sent signals.
        case $(ps -o stat= -p "$1") in '' | Z*) return 1 ;; esac
        sleep 0.003
    done
}

begun=$(date +%s%N)
"$tamis" clean "$corpus" -o "$out" --quiet "$@"
whole=$(awk -v begun="$begun" -v now="$(date +%s%N)" 'BEGIN { print (now - begun) / 1e9 }')
writing=$(tr -d ' \n' < "$out.report/timings.json" | sed 's/.*\["write",\([0-9.]*\).*/\1/')
echo "undisturbed: $whole s, of these $writing writing"
mkdir undisturbed && mv "$out" "$out.report" undisturbed/

killed=0
ended=0
writing_kills=0
# Each life is short, so that all kills come before the end: they hit every pass as the run goes on.
while [ "$killed" -lt "$kills" ]; do
    before=$(written)
    "$tamis" clean "$corpus" -o "$out" --quiet --resume "$@" &
    run=$!
    if [ "$aim" = write ] || { [ "$aim" = both ] && [ $((killed % 2)) -eq 1 ]; }; then
        until_writing "$run" "$before" && sleep "$(part_of "$writing")" || true
    else
        sleep "$(part_of "$whole")"
    fi
    if kill -9 "$run" 2>/dev/null; then
        killed=$((killed + 1))
        [ -e "$out.unfinished/output" ] && writing_kills=$((writing_kills + 1))
        echo "kill $killed: journal of $(stat -c %s "$out.unfinished/journal" 2>/dev/null || echo 0) bytes, $(written) bytes written"
    else
        ended=$((ended + 1))
    fi
    wait "$run" 2>/dev/null || true
done
"$tamis" clean "$corpus" -o "$out" --quiet --resume "$@"
diff -rq --exclude timings.json "undisturbed/$out" "$out"
diff -rq --exclude timings.json "undisturbed/$out.report" "$out.report"
[ ! -e "$out.unfinished" ]
left=$(find . -name '*.partial-*' -o -name '.*.old' | wc -l)
[ "$left" -eq 0 ] || { echo "left behind: $left staging folders"; exit 1; }
echo "$killed kills, $writing_kills of them after writing began, $ended runs that came to their end between them: the same bytes, and nothing left behind"
