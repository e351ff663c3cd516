"""What a command takes, with all processes that it starts."""

import os
import subprocess
import threading
import time
from dataclasses import dataclass

from environments import last_line

SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_AT_MOST = 1800


@dataclass
class Cost:
    """Seconds of the clock and of the processor, and bytes at the peak; why it failed, if it did."""

    wall: float
    cpu: float
    peak: int
    failure: str | None


def run(command, work):
    """Runs a command in the folder `work`, where its log goes too."""
    log = os.path.join(work, "log")
    begun = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=work, stdout=file, stderr=file, start_new_session=True)
    looks = Looks(process.pid)
    late = threading.Timer(SECONDS_AT_MOST, lambda: os.killpg(process.pid, 9))
    late.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    late.cancel()
    looks.end()
    # The system counts what a process waited for; some are never waited for, and only looks tell of them.
    cpu = max(usage.ru_utime + usage.ru_stime, sum(looks.cpu.values()))
    return Cost(wall, cpu, looks.peak, None if status == 0 else reason(log, wall))


def reason(log, wall):
    if wall >= SECONDS_AT_MOST:
        return f"ended after {SECONDS_AT_MOST} s"
    with open(log, encoding="utf-8", errors="replace") as file:
        return last_line(file.read())


class Looks:
    """Looks at a process and its descendants again and again, until told to end.

    Pages that several share count once among them (their proportional share, as the system has it). A peak between two looks is seen if
    it was of one process: the system keeps the largest size of each.
    """

    def __init__(self, pid):
        self.pid, self.peak, self.cpu, self.ended = pid, 0, {}, threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while not self.ended.wait(SECONDS_BETWEEN_LOOKS):
            family = descendants(self.pid)
            self.cpu.update(family)
            together = sum(field(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in family)
            alone = max((field(f"/proc/{pid}/status", "VmHWM:") for pid in family), default=0)
            self.peak = max(self.peak, together, alone)

    def end(self):
        self.ended.set()
        self.thread.join()


def descendants(pid):
    """A process and all that it or its descendants started and that are still there, each with its seconds of the processor."""
    children, cpu = {}, {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry))
        cpu[int(entry)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    waiting, found = [pid], {}
    while waiting:
        process = waiting.pop()
        if process in cpu:
            found[process] = cpu[process]
        waiting.extend(children.get(process, []))
    return found


def field(path, name):
    """Bytes that a file of /proc has beside a name; none if the process has gone."""
    try:
        with open(path, encoding="utf-8") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith(name)), 0)
    except OSError:
        return 0
