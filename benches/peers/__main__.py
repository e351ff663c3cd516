"""Runs near-duplicate finders of others, and tamis, on one corpus after the other, and compares them with the true pairs.

    python3 benches/peers CORPUS PAIRS [CORPUS PAIRS]… [--tamis target/release/tamis] [--tools rensa,gaoya]

CORPUS: one JSON object a line, with `id` and `text`, plain or packed (.zst: by the command zstd). PAIRS: one a line, with `a`, `b` and
`jaccard`: every pair of the corpus with a Jaccard resemblance of 0.8 and more, by shingles of five words.

Each tool is installed from its registry into a virtual environment of its own in a temporary folder, which is removed at the end, and
runs there as a process of its own (`tools.py` has what each is set to). One that does not install or does not come to its end is told as
such, and why. What is compared is what a tool puts forward: pairs, or clusters, of which every pair counts.

- found: the true pairs at 0.8 and more that are put forward
- precision: the share of what is put forward that is at 0.8 and more, each pair compared anew on its full shingle sets (`score.py`)
- seconds and memory: of the whole process with all it starts, from reading the file to the list; memory is the sum over them
"""

import argparse
import os
import subprocess
import sys
import tempfile

import environments
import measure
import score
import tools

THRESHOLD = 0.8
HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ["tool", "version", "puts forward", "found", "precision", "below 0.6", "documents a second", "CPU s", "peak MB"]


def main():
    arguments = parse()
    with tempfile.TemporaryDirectory() as folder:
        pythons = {tool: environments.make(folder, tool) for tool in arguments.tools.split(",") if tool != "tamis"}
        for corpus, pairs in zip(arguments.files[::2], arguments.files[1::2]):
            corpus = unpacked(corpus, folder)
            documents = sum(1 for _ in open(corpus, "rb"))
            print(f"\n{os.path.basename(corpus)}: {documents:,} documents, {os.path.getsize(corpus) / 1e6:.1f} MB\n")
            print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
            for tool in arguments.tools.split(","):
                work = tempfile.mkdtemp(dir=folder)
                row = run(tool, pythons.get(tool), arguments.tamis, corpus, pairs, documents, work)
                print("| " + " | ".join(row) + " |", flush=True)


def parse():
    parser = argparse.ArgumentParser(prog="benches/peers", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="CORPUS PAIRS")
    parser.add_argument("--tamis", default="target/release/tamis")
    parser.add_argument("--tools", default=",".join(["tamis", *environments.REQUIREMENTS]))
    arguments = parser.parse_args()
    if len(arguments.files) % 2:
        parser.error("each corpus needs its pairs")
    return arguments


def unpacked(corpus, folder):
    if not corpus.endswith(".zst"):
        return os.path.abspath(corpus)
    plain = os.path.join(folder, os.path.basename(corpus).removesuffix(".zst"))
    subprocess.run(["zstd", "--quiet", "--decompress", "--force", corpus, "-o", plain], check=True)
    return plain


def run(tool, python, tamis, corpus, pairs, documents, work):
    """One row of the table."""
    out = os.path.join(work, "pairs.jsonl")
    if tool == "tamis":
        command = [os.path.abspath(tamis), "dups", corpus, "-o", out, *tools.TAMIS]
        version = subprocess.check_output([tamis, "--version"], text=True).split()[-1]
    elif isinstance(python, environments.Failure):
        return [tool, "does not install: " + python.reason] + [""] * (len(COLUMNS) - 2)
    else:
        command = [python, os.path.join(HERE, "tools.py"), tool, corpus, out]
        version = environments.version(python, tool)
    cost = measure.run(command, work)
    if cost.failure:
        return [tool, version, "does not come to its end: " + cost.failure] + [""] * (len(COLUMNS) - 3)
    scores = score.compare(corpus, pairs, out, THRESHOLD)
    rate = f"{documents / cost.wall:,.0f}"
    kind = "clusters" if tool in tools.BY_CLUSTERS else "pairs"
    return [tool, version, kind, *scores, rate, f"{cost.cpu:.1f}", f"{cost.peak / 1e6:,.0f}"]


if __name__ == "__main__":
    sys.exit(main())
