"""Virtual environments, one a tool."""

import os
import subprocess
import venv
from dataclasses import dataclass

# What is installed, by the name of the tool, which is also that of its package.
REQUIREMENTS = {
    "datasketch": ["datasketch"],
    "rensa": ["rensa"],
    "gaoya": ["gaoya"],
    # What its four steps need beside it; its own extras ("processing", "multilingual") bring much more.
    "datatrove": ["datatrove", "orjson", "regex", "spacy", "tokenizers", "xxhash<4"],
    # Left to itself pip may take a pandas that was built for numpy 1, beside numpy 2, and it does not start.
    "text-dedup": ["text-dedup", "pandas>=2", "numpy>=2"],
}

VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


@dataclass
class Failure:
    """Why a tool is not there."""

    reason: str


def make(folder, tool):
    """The interpreter of an environment that has the tool, or the Failure to install it."""
    path = os.path.join(folder, "environment-" + tool)
    venv.create(path, with_pip=True)
    python = os.path.join(path, "bin", "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS[tool]]
    done = subprocess.run(install, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return python if done.returncode == 0 else Failure(last_line(done.stderr))


def version(python, tool):
    return subprocess.check_output([python, "-c", VERSION, tool], text=True).strip()


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it says nothing"
