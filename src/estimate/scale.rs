//! From what a sample took to what the whole would take: arithmetic, and nothing else.

use crate::budget::Budget;
use crate::config::Config;

/// Bytes of the program when it begins; and of the input on each thread, with what comes of it, to a byte that there is, as far as the
/// threads' share goes: found on six inputs of 5 to 20 MB.
const PROGRAM: f64 = 22.0 * 1_048_576.0;
const UNDER_WAY: f64 = 0.5;
/// Bytes of a document in memory from pass to pass, and while grouping decides.
const DOCUMENT: f64 = 60.0;
const DOCUMENT_GROUPED: f64 = 190.0;
/// Bytes of a line that is remembered, while the survey runs and once it ended; and of what is worked out of it.
const LINE_SURVEYED: f64 = 24.0;
const LINE: f64 = 16.0;
const LINE_LEARNED: f64 = 24.0;
/// Bytes of a unit in the index, with the pairs it makes, where all of it is in memory: 16 decide whether it has room there, and some
/// of the parts are made at a time.
const UNIT: f64 = 6.0;
const UNIT_ROOM: f64 = 16.0;
/// Bytes of a unit in the file of an index that has no room: a row, and what it brings to the pairs.
const UNIT_SPILLED: f64 = 11.0;
/// How much longer, and how much shorter, than the sample says a run may take.
const LONGER: f64 = 1.6;
const SHORTER: f64 = 0.75;

/// What cleaning a sample took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    /// Bytes of the sample.
    pub(super) bytes: u64,
    /// Threads that cleaned it.
    pub(super) threads: u64,
    pub(super) documents: u64,
    /// Lines that the survey remembered, each document as three.
    pub(super) lines: u64,
    /// Bytes of what was known of its documents.
    pub(super) rows: u64,
    /// Units of its documents.
    pub(super) units: u64,
    /// Bytes of its journal.
    pub(super) journal: u64,
    pub(super) seconds: f64,
    /// Bytes of its output.
    pub(super) written: u64,
    /// Bytes of its report, but for the page.
    pub(super) report: u64,
    pub(super) page: u64,
}

/// The whole input, as far as it is known without reading it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whole {
    pub(super) files: u64,
    /// Pieces that the sample was made of.
    pub(super) pieces: u64,
    pub(super) on_disk: u64,
    pub(super) unpacked: u64,
    /// Share of the unpacked bytes that cannot be read again in place.
    pub(super) spills_input: f64,
    /// Bytes of a reference set.
    pub(super) references: u64,
    pub(super) is_packed: bool,
    /// Whether the output is packed as the input is.
    pub(super) is_mirrored: bool,
}

/// What a run would take. All sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Bytes that were cleaned for it, and in how many pieces they were drawn.
    pub sampled: (u64, u64),
    /// Whether packed files are among the input, of which only the start was looked at.
    pub is_rough: bool,
    /// Files of the input.
    pub files: u64,
    /// Bytes of the input on disk, and unpacked.
    pub input: (u64, u64),
    /// Documents in it.
    pub documents: u64,
    /// Memory at the peak.
    pub memory: u64,
    /// Memory with which nothing would go to temporary files.
    pub memory_for_all: u64,
    /// Temporary files, without the journal.
    pub temporary: u64,
    /// The journal, which stands beside the output while the run goes on.
    pub journal: u64,
    /// The output.
    pub output: u64,
    /// The report.
    pub report: u64,
    /// Seconds, from and to.
    pub seconds: (f64, f64),
}

/// What the whole would take; `fixed` are the seconds that a run takes whatever its size, `memory` is the budget, 0 for as little as can be.
pub(super) fn to_whole(
    sample: &Measured,
    fixed: f64,
    whole: &Whole,
    budget: &Budget,
    memory: u64,
    config: &Config,
) -> Estimate {
    let bytes = sample.bytes.max(1) as f64;
    let (times, times_read) =
        (whole.unpacked as f64 / bytes, (whole.unpacked + whole.references) as f64 / bytes);
    let load = Load {
        threads: sample.threads as f64,
        input: whole.unpacked as f64,
        references: whole.references as f64,
        documents: sample.documents as f64 * times_read,
        lines: (sample.lines as f64 * times).min(config.strip.survey.lines as f64),
        rows: sample.rows as f64 * times_read,
        units: sample.units as f64 * times_read,
    };
    let packing = if whole.is_mirrored { whole.on_disk as f64 / whole.unpacked.max(1) as f64 } else { 1.0 };
    let seconds = fixed + (sample.seconds - fixed).max(0.0) * times_read;
    Estimate {
        sampled: (sample.bytes, whole.pieces),
        is_rough: whole.is_packed,
        files: whole.files,
        input: (whole.on_disk, whole.unpacked),
        documents: (sample.documents as f64 * times) as u64,
        memory: load.peak(budget) as u64,
        memory_for_all: load.for_all(budget, memory) as u64,
        temporary: load.temporary(budget, whole.spills_input, sample.journal > 0) as u64,
        journal: (sample.journal as f64 * times_read) as u64,
        output: (sample.written as f64 * times * packing) as u64,
        report: (sample.report as f64 * times) as u64 + sample.page,
        seconds: (seconds * SHORTER, seconds * LONGER),
    }
}

/// What the whole brings.
struct Load {
    threads: f64,
    input: f64,
    references: f64,
    documents: f64,
    lines: f64,
    rows: f64,
    units: f64,
}

impl Load {
    /// Memory at the peak: of the survey, or of learning and grouping.
    fn peak(&self, budget: &Budget) -> f64 {
        let held = self.working(budget)
            + self.input.min(budget.input as f64)
            + self.references.min(budget.references as f64);
        let survey = LINE_SURVEYED * self.lines + DOCUMENT * self.documents;
        let rows = self.rows.min(budget.documents as f64);
        let index = if self.has_room_for_index(budget) { UNIT * self.units } else { budget.group as f64 };
        let turns = (LINE_LEARNED * self.lines).max(index);
        held + survey.max(LINE * self.lines + DOCUMENT_GROUPED * self.documents + rows + turns)
    }

    /// Program and threads: of a small input less than their share, since little of it is under way.
    fn working(&self, budget: &Budget) -> f64 {
        let under_way = UNDER_WAY * self.threads * (self.input + self.references);
        (PROGRAM + under_way).min(budget.working as f64)
    }

    fn has_room_for_index(&self, budget: &Budget) -> bool {
        self.rows <= budget.documents as f64 && UNIT_ROOM * self.units <= budget.group as f64
    }

    /// The budget whose shares have room for everything.
    fn for_all(&self, budget: &Budget, memory: u64) -> f64 {
        let shared = budget.input + budget.references + budget.documents + budget.group;
        let learning = LINE_LEARNED * self.lines;
        let fixed = memory.saturating_sub(shared) as f64 + learning;
        let index = (UNIT_ROOM * self.units - learning).max(0.0);
        let has_references = budget.references > 0;
        // The shares of what is left; see `Budget::of`.
        let input = self.input / if has_references { 0.375 } else { 0.5 };
        let references = if has_references { 8.0 * self.references } else { 0.0 };
        fixed + input.max(references).max(4.0 * self.rows).max(4.0 * index)
    }

    /// Temporary files; `has_journal`: what is known of each document is in the journal anyway.
    fn temporary(&self, budget: &Budget, spills_input: f64, has_journal: bool) -> f64 {
        let input = (self.input - budget.input as f64).max(0.0) * spills_input;
        let rows = if has_journal { 0.0 } else { (self.rows - budget.documents as f64).max(0.0) };
        let index = if self.has_room_for_index(budget) { 0.0 } else { UNIT_SPILLED * self.units };
        input + rows + index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEBIBYTE: u64 = 1 << 20;

    fn sample() -> Measured {
        Measured {
            bytes: 32 << 20,
            threads: 2,
            documents: 5000,
            lines: 130_000,
            rows: 6_500_000,
            units: 1_150_000,
            journal: 8 << 20,
            seconds: 0.6,
            written: 28 << 20,
            report: 1 << 20,
            page: 400_000,
        }
    }

    fn of(budget: &Budget, memory: u64, times: u64) -> Estimate {
        let whole =
            Whole { files: 1, on_disk: times * (32 << 20), unpacked: times * (32 << 20), ..Whole::default() };
        to_whole(&sample(), 0.1, &whole, budget, memory, &Config::default())
    }

    fn roomy() -> Budget {
        let working = 48 * MEBIBYTE;
        Budget {
            working,
            survey: 91 * MEBIBYTE,
            input: 1 << 40,
            references: 0,
            documents: 1 << 40,
            group: 1 << 40,
            ..Budget::default()
        }
    }

    fn tight() -> Budget {
        let (input, documents, group) = (12 * MEBIBYTE, 6 * MEBIBYTE, 97 * MEBIBYTE);
        Budget { input, documents, group, ..roomy() }
    }

    #[test]
    fn what_is_twice_as_large_takes_twice_as_much() {
        let (one, two) = (of(&roomy(), 4 << 30, 10), of(&roomy(), 4 << 30, 20));
        assert_eq!(
            (two.documents, two.output, two.journal),
            (2 * one.documents, 2 * one.output, 2 * one.journal)
        );
        let seconds = |estimate: &Estimate| estimate.seconds.0 / SHORTER - 0.1;
        assert!((seconds(&two) - 2.0 * seconds(&one)).abs() < 1e-9);
        assert_eq!((one.temporary, two.temporary), (0, 0));
    }

    #[test]
    fn a_tight_budget_is_kept_to_and_the_rest_goes_to_files() {
        let (tight, roomy) = (of(&tight(), 256 * MEBIBYTE, 60), of(&roomy(), 1 << 42, 60));
        assert!(tight.memory < 320 * MEBIBYTE && tight.temporary > 0, "{tight:?}");
        assert!(roomy.memory > 60 * (32 << 20) && roomy.temporary == 0, "{roomy:?}");
        assert!(tight.memory_for_all > roomy.memory, "shares are not all filled at once");
    }

    #[test]
    fn lines_beyond_those_remembered_take_nothing() {
        let (one, two) = (of(&tight(), 256 * MEBIBYTE, 1000), of(&tight(), 256 * MEBIBYTE, 2000));
        let by_documents = DOCUMENT_GROUPED * one.documents as f64;
        assert!(((two.memory - one.memory) as f64 - by_documents).abs() < 1024.0);
    }
}
