#!/usr/bin/env python3
"""Runs near-duplicate finders of others, and tamis, on one corpus and compares them with the true pairs.

    python3 benches/peers.py CORPUS.jsonl PAIRS.jsonl [--tamis target/release/tamis] [--tools rensa,gaoya]

CORPUS: one JSON object a line, with `id` and `text`. PAIRS: one a line, with `a`, `b` and `jaccard`: every pair of the
corpus with a Jaccard resemblance of 0.6 and more, by shingles of five words.

The tools are installed into a virtual environment in a temporary folder, which is removed at the end; one that does not
install is left out, and said so. Each runs in a process of its own, with its usual settings for a threshold of 0.8:
word 5-grams, and as many bands as its own documentation or its parameter search gives. What is compared: the pairs that a
tool puts forward as duplicates (of tamis: `dups --pairs`, nothing stripped, none that are only contained).

Recall is of the true pairs at 0.8 and more. Precision is the share of what is put forward that is at 0.8 and more; a pair
that is not in PAIRS is below 0.6. Seconds are those of the whole process, reading and starting up included; memory is
the peak resident size of the process, or of its largest child.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import venv

TOOLS = {"datasketch": "datasketch", "rensa": "rensa", "gaoya": "gaoya"}
WORD = re.compile(r"\w+")


def main():
    if sys.argv[1:2] == ["--run"]:
        return run_tool(*sys.argv[2:])
    arguments = parse()
    corpus, pairs, chosen = arguments.corpus, true_pairs(arguments.pairs), arguments.tools.split(",")
    documents = sum(1 for _ in open(corpus, encoding="utf-8"))
    print("| tool | version | documents a second | peak MB | recall at 0.8 | precision | below 0.6 |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "pairs.jsonl")
        options = ["--pairs", "--no-strip", "--no-normalize=all", "--leave", "contained", "-q"]
        seconds, memory = measured([arguments.tamis, "dups", corpus, "-o", out, *options])
        version = subprocess.check_output([arguments.tamis, "--version"], text=True).split()[-1]
        print_row("tamis", version, documents / seconds, memory, read_pairs(out), pairs)
        for tool in chosen:
            python = environment(folder, tool)
            if python is None:
                print(f"| {tool} | does not install | | | | | |")
                continue
            out = os.path.join(folder, f"{tool}.jsonl")
            command = [python, os.path.abspath(__file__), "--run", tool, corpus, out]
            seconds, memory = measured(command)
            version = subprocess.check_output([python, "-c", VERSION, TOOLS[tool]], text=True).strip()
            print_row(tool, version, documents / seconds, memory, read_pairs(out), pairs)


VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus")
    parser.add_argument("pairs")
    parser.add_argument("--tamis", default="target/release/tamis")
    parser.add_argument("--tools", default=",".join(TOOLS))
    return parser.parse_args()


def environment(folder, tool):
    """The interpreter of an environment that has the tool; None if it does not install."""
    path = os.path.join(folder, "env-" + tool)
    venv.create(path, with_pip=True)
    python = os.path.join(path, "bin", "python")
    install = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", TOOLS[tool]]
    return python if subprocess.run(install, stdout=sys.stderr).returncode == 0 else None


def measured(command):
    """Runs a command; its wall seconds, and its peak memory in MB as the system counts it."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return time.monotonic() - begun, usage.ru_maxrss / 1000


def print_row(tool, version, rate, memory, found, pairs):
    true = {pair for pair, jaccard in pairs.items() if jaccard >= 0.8}
    hit, strangers = len(found & true), len(found - pairs.keys())
    precision = f"{hit / len(found):.3f}" if found else "-"
    row = [tool, version, f"{rate:,.0f}", f"{memory:.0f}", f"{hit} of {len(true)}", precision, str(strangers)]
    print("| " + " | ".join(row) + " |", flush=True)


def true_pairs(path):
    return {ordered(row["a"], row["b"]): row["jaccard"] for row in map(json.loads, open(path, encoding="utf-8"))}


def read_pairs(path):
    return {ordered(row["a"], row["b"]) for row in map(json.loads, open(path, encoding="utf-8"))}


def ordered(a, b):
    return (str(a), str(b)) if str(a) < str(b) else (str(b), str(a))


# What runs inside an environment.


def run_tool(tool, corpus, out):
    records = [json.loads(line) for line in open(corpus, encoding="utf-8")]
    ids = [record["id"] for record in records]
    shingles = (five_words(record["text"]) for record in records)
    pairs = {"datasketch": with_datasketch, "rensa": with_rensa, "gaoya": with_gaoya}[tool](shingles)
    with open(out, "w", encoding="utf-8") as file:
        for a, b in sorted({ordered(a, b) for a, b in pairs if a != b}):
            file.write(json.dumps({"a": ids[int(a)], "b": ids[int(b)]}) + "\n")


def five_words(text):
    words = WORD.findall(text.lower())
    return [" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))] if words else []


def with_datasketch(documents):
    from datasketch import MinHash, MinHashLSH

    index, signatures = MinHashLSH(threshold=0.8, num_perm=128), []
    for number, shingles in enumerate(documents):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in shingles])
        signatures.append(signature)
        index.insert(number, signature)
    for number, signature in enumerate(signatures):
        yield from ((number, other) for other in index.query(signature))


def with_rensa(documents):
    from rensa import RMinHash, RMinHashLSH

    index, signatures = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16), []
    for number, shingles in enumerate(documents):
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(shingles)
        signatures.append(signature)
        index.insert(number, signature)
    for number, signature in enumerate(signatures):
        for other in index.query(signature):
            if other != number and signature.jaccard(signatures[other]) >= 0.8:
                yield number, other


def with_gaoya(documents):
    from gaoya.minhash import MinHashStringIndex

    # 20 bands of 6 rows; it makes its shingles of words itself, so it is given the words again.
    index = MinHashStringIndex(32, 0.8, 20, 6, 42, analyzer="word", lowercase=True, ngram_range=(5, 5))
    texts = [" ".join([shingles[0], *(part.rsplit(" ", 1)[-1] for part in shingles[1:])]) if shingles else "" for shingles in documents]
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    for number, found in enumerate(index.par_bulk_query(texts)):
        yield from ((number, other) for other in found)


if __name__ == "__main__":
    main()
