//! What the memory of a run is spent on. The shares add up to the budget.

use crate::config::{Config, Profile};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::report::figures::counted;
use crate::request::Request;

const MEBIBYTE: u64 = 1 << 20;
/// The program, its rules and tables.
const PROGRAM: u64 = 32 * MEBIBYTE;
/// What a thread works on: four batches of a mebibyte under way, with what is made of them.
const THREAD: u64 = 8 * MEBIBYTE;
/// Of that: what it hands over when outputs are written. Records of a few bytes make rows of problems and receipts many times as long.
const HANDED_OVER: u64 = 6 * MEBIBYTE;
/// What the rest of the shares need between them to be of use.
const LEAST_REST: u64 = 16 * MEBIBYTE;
/// Bytes of the survey for each line that it may remember: 16, and half as much again.
const LINE: u64 = 24;
/// Bytes for each of them while it is learned from: places, signs, contexts. Grouping has them between the turns of learning.
const LINE_LEARNED: u64 = 24;
/// Bytes of text a line is worth at least, for texts too small to fill the survey; and how much larger packed text is.
const LINE_TEXT: u64 = 24;
const PACKED: u64 = 6;

/// Shares of a run's memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Program and threads.
    pub working: u64,
    /// Of that: what threads hand over and is not written yet.
    pub handed_over: u64,
    /// Lines to learn from.
    pub survey: u64,
    /// Input between passes; what has no room is read again.
    pub input: u64,
    /// The same of a reference set.
    pub references: u64,
    /// What is known of each document; what has no room goes to a file.
    pub documents: u64,
    /// What one search for duplicates may leave to the next, beside learning.
    pub index: u64,
    /// That, and learning, and in its turn the index by which candidates are found, one part at a time.
    pub group: u64,
}

impl Budget {
    /// The shares of a job. With a budget of 0 nothing is kept that can be read again, and nothing is refused.
    ///
    /// # Errors
    /// [`Error::Usage`] when the budget is too small for what must be in memory.
    pub fn of(job: &Job, config: &Config, request: &Request) -> Result<Self> {
        let threads = job.threads.get() as u64;
        let (working, handed_over) = (PROGRAM + THREAD * threads, HANDED_OVER * threads);
        let lines = surveyed_lines(config, request);
        let (survey, learning) = (LINE * lines, LINE_LEARNED * lines);
        let fixed = working + survey + learning;
        if job.memory > 0 && job.memory < fixed + LEAST_REST {
            return Err(too_small(job, fixed + LEAST_REST, survey + learning));
        }
        let rest = job.memory.saturating_sub(fixed);
        let references = if request.references.is_empty() { 0 } else { rest / 8 };
        let (documents, index) = (rest / 4, rest / 4);
        let input = rest - references - documents - index;
        Ok(Self {
            working,
            handed_over,
            survey,
            input,
            references,
            documents,
            index,
            group: learning + index,
        })
    }
}

impl Budget {
    /// Bytes in mebibytes, rounded up: as budgets are told.
    pub fn mebibytes(bytes: u64) -> u64 {
        bytes.div_ceil(MEBIBYTE)
    }
}

/// How many lines the survey of this input can come to remember.
fn surveyed_lines(config: &Config, request: &Request) -> u64 {
    let strip = &config.strip;
    if !strip.enabled || !strip.learn || strip.profile == Profile::Safe {
        return 0;
    }
    let text: u64 = request
        .files
        .iter()
        .map(|file| file.unpacked_estimate(PACKED).unwrap_or(u64::MAX))
        .fold(0, u64::saturating_add);
    (strip.survey.lines as u64).min(text / LINE_TEXT)
}

/// A budget as it is given: in mebibytes, or to the byte where it is no number of them.
fn told(memory: u64) -> String {
    if memory.is_multiple_of(MEBIBYTE) {
        format!("{}MiB", memory / MEBIBYTE)
    } else {
        counted(memory, "byte", "bytes")
    }
}

fn too_small(job: &Job, least: u64, survey: u64) -> Error {
    Error::Usage(format!(
        "--memory {} is too little: with {} and {}MiB of lines to learn from it takes {}MiB at least; give it as \
         much, or fewer --threads or --learn-lines",
        told(job.memory),
        counted(job.threads.get() as u64, "thread", "threads"),
        Budget::mebibytes(survey),
        Budget::mebibytes(least)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_add_up_to_the_budget() {
        let request = Request::of_files(Vec::new());
        for memory in [250 * MEBIBYTE, 1 << 30, (1 << 40) + 7] {
            let job = Job { memory, threads: std::num::NonZeroUsize::MIN, ..Job::default() };
            let Budget { working, survey, input, references, documents, group, .. } =
                Budget::of(&job, &Config::default(), &request).unwrap();
            assert_eq!(working + survey + input + references + documents + group, memory);
        }
        let job = Job { memory: 1 << 20, ..Job::default() };
        assert!(matches!(Budget::of(&job, &Config::default(), &request), Err(Error::Usage(_))));
        assert_eq!(Budget::of(&Job { memory: 0, ..job }, &Config::default(), &request).unwrap().input, 0);
    }
}
