"""What is put forward, beside what is true."""

import json
import re

WORD = re.compile(r"\w+")
SHINGLE = 5


def compare(corpus, pairs, out, threshold):
    """How many of the true pairs were found, the precision of what was put forward, and how much of it is below 0.6."""
    true = {ordered(row["a"], row["b"]) for row in rows(pairs) if row["jaccard"] >= threshold}
    put_forward = {ordered(row["a"], row["b"]) for row in rows(out)}
    alike = resemblances(corpus, put_forward)
    right = sum(1 for jaccard in alike if jaccard >= threshold)
    strangers = sum(1 for jaccard in alike if jaccard < 0.6)
    precision = f"{right / len(alike):.3f} of {len(alike):,}" if alike else "–"
    return [f"{len(true & put_forward)} of {len(true)}", precision, f"{strangers:,}"]


def resemblances(corpus, pairs):
    """The Jaccard resemblance of each pair, by full sets of shingles."""
    wanted = {document for pair in pairs for document in pair}
    sets = {str(row["id"]): shingles(row["text"]) for row in rows(corpus) if str(row["id"]) in wanted}
    return [jaccard(sets[a], sets[b]) for a, b in pairs]


def shingles(text):
    """Five words in a row; a text that has fewer is one of its own."""
    words = WORD.findall(text.lower())
    return frozenset(tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))


def jaccard(one, other):
    return 1.0 if one == other else len(one & other) / len(one | other)


def ordered(a, b):
    return (str(a), str(b)) if str(a) < str(b) else (str(b), str(a))


def rows(path):
    with open(path, encoding="utf-8") as file:
        yield from map(json.loads, file)
