"""What each tool is set to, and how it runs: `python tools.py TOOL CORPUS OUT`, in an environment that has it.

All are asked for a threshold of 0.8 and shingles of five words, and for as many bands as their own documentation or search gives for it.
Those that make shingles themselves read words in their own way; where that can be chosen, as here: runs of `\\w` in lower case.
OUT: pairs as JSON lines.
"""

import itertools
import json
import os
import pickle
import re
import subprocess
import sys

# Nothing is taken out or put in normal form first, and what is only contained is no pair here.
TAMIS = ["--pairs", "--no-strip", "--no-normalize=all", "--leave", "contained", "--quiet"]
BY_CLUSTERS = {"datatrove", "text-dedup"}
WORD = re.compile(r"\w+")
WORKERS = os.cpu_count() or 1


def main(tool, corpus, out):
    ways = {
        "datasketch": with_datasketch,
        "rensa": with_rensa,
        "gaoya": with_gaoya,
        "datatrove": with_datatrove,
        "text-dedup": with_text_dedup,
    }
    with open(out, "w", encoding="utf-8") as file:
        for a, b in sorted({(min(pair), max(pair)) for pair in ways[tool](corpus) if pair[0] != pair[1]}):
            file.write(json.dumps({"a": a, "b": b}) + "\n")


def with_datasketch(corpus):
    """MinHashLSH: 128 permutations, bands by its own search; what shares a band is put forward."""
    from datasketch import MinHash, MinHashLSH

    index, signatures = MinHashLSH(threshold=0.8, num_perm=128), {}
    for name, text in documents(corpus):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in five_words(text)])
        signatures[name] = signature
        index.insert(name, signature)
    for name, signature in signatures.items():
        yield from ((name, other) for other in index.query(signature))


def with_rensa(corpus):
    """RMinHash over every shingle (not the sampling path of its benchmark), 128 permutations in 16 bands; what shares a band
    and is at 0.8 by its signature is put forward."""
    from rensa import RMinHash, RMinHashLSH

    index, names, signatures = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16), [], []
    for number, (name, text) in enumerate(documents(corpus)):
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(five_words(text))
        names.append(name)
        signatures.append(signature)
        index.insert(number, signature)
    for number, signature in enumerate(signatures):
        for other in index.query(signature):
            if other != number and signature.jaccard(signatures[other]) >= 0.8:
                yield names[number], names[other]


def with_gaoya(corpus):
    """MinHashStringIndex: 20 bands of 6 rows, 32 bits; it makes shingles of words itself, in parallel, and puts forward what is
    at 0.8 by its signature."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, 0.8, 20, 6, 42, analyzer="word", lowercase=True, ngram_range=(5, 5))
    names, texts = zip(*((name, " ".join(words(text))) for name, text in documents(corpus)))
    index.par_bulk_insert_docs(list(range(len(texts))), list(texts))
    for number, found in enumerate(index.par_bulk_query(list(texts))):
        yield from ((names[number], names[other]) for other in found)


def with_datatrove(corpus):
    """Its four steps with LocalPipelineExecutor and its own defaults (14 buckets of 8 hashes, words by spaCy's English
    tokenizer, numbers as one), the corpus in as many files as there are processors, a task each: one file is one task."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    def step(name, tasks, *pipeline):
        LocalPipelineExecutor(list(pipeline), tasks=tasks, workers=min(tasks, WORKERS), logging_dir=f"logs/{name}").run()

    config = MinhashConfig()
    deal_out(corpus, "in", WORKERS)
    step("signatures", WORKERS, JsonlReader("in"), MinhashDedupSignature("signatures", config))
    step("buckets", config.num_buckets, MinhashDedupBuckets("signatures", "buckets", config=config))
    step("clusters", 1, MinhashDedupCluster("buckets", "clusters", config=config, save_cluster_id=True))
    removed = JsonlWriter("removed", compression=None)
    by_cluster = MinhashDedupFilter("clusters", exclusion_writer=removed, load_cluster_ids=True)
    step("filter", WORKERS, JsonlReader("in"), by_cluster, JsonlWriter("kept", compression=None))
    written = itertools.chain(*(rows(f"{folder}/{name}") for folder in ("kept", "removed") for name in os.listdir(folder)))
    clusters = ((row["id"], row["metadata"]["minhash_cluster_id"]) for row in written)
    yield from pairs_within((name, cluster) for name, cluster in clusters if cluster != -1)


def with_text_dedup(corpus):
    """`python -m text_dedup.minhash` with its own defaults (250 permutations, bands by its own search) and a threshold of 0.8, on
    the ids and texts alone: its reader guesses at the types of other fields. The clusters are those of its dump (`--debug`)."""
    with open("in.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": name, "text": text}) + "\n" for name, text in documents(corpus))
    options = {"path": "json", "data_files": os.path.abspath("in.jsonl"), "split": "train", "cache_dir": "cache", "output": "output"}
    options |= {"column": "text", "idx_column": "id", "threshold": "0.8", "num_proc": str(WORKERS)}
    command = [sys.executable, "-m", "text_dedup.minhash", "--debug"]
    done = subprocess.run(command + [part for name, value in options.items() for part in (f"--{name}", value)])
    if done.returncode != 0:
        sys.exit(done.returncode)  # What it said last is the reason.
    with open("output/uf.pkl", "rb") as file:
        union = pickle.load(file)
    yield from pairs_within((name, union.find(name)) for name in list(union.parent))


def documents(corpus):
    return ((row["id"], row["text"]) for row in rows(corpus))


def rows(path):
    with open(path, encoding="utf-8") as file:
        yield from map(json.loads, file)


def words(text):
    return WORD.findall(text.lower())


def five_words(text):
    found = words(text)
    return [" ".join(found[at : at + 5]) for at in range(max(1, len(found) - 4))] if found else []


def deal_out(corpus, folder, parts):
    """The lines of a file in so many files, in turns."""
    os.mkdir(folder)
    files = [open(f"{folder}/{part}.jsonl", "wb") for part in range(parts)]
    with open(corpus, "rb") as file:
        for number, line in enumerate(file):
            files[number % parts].write(line)
    for file in files:
        file.close()


def pairs_within(clustered):
    """Every pair of documents that are in the same cluster."""
    clusters = {}
    for name, cluster in clustered:
        clusters.setdefault(cluster, []).append(name)
    for members in clusters.values():
        yield from itertools.combinations(members, 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
