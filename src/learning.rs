//! From what a survey learned to a rule file that stands: the output of `tamis learn`.

use std::fs::File;
use std::io::Write;

use crate::config::Profile;
use crate::error::{Error, Result, escape};
use crate::job::{Job, Output};
use crate::outcome::Problems;
use crate::pass::knowledge::{Knowledge, Sample};
use crate::pass::survey::Survey;
use crate::plan::Plan;
use crate::read::Corpus;
use crate::report::summary::Timings;
use crate::strip::given_lines;
use crate::strip::learn::{Action, LISTED_BYTES, LineTexts, RuleLine, Selection, to_rule_file};
use crate::write::staging::Staging;

/// What is to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// Most lines, the most frequent first.
    pub limit: usize,
    /// Whether lines are listed too that recur and stay.
    pub kept: bool,
}

impl Default for Learning {
    fn default() -> Self {
        Self { limit: 10_000, kept: false }
    }
}

/// What a finished run tells.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// The lines, as in the rule file: those taken over from other rule files, then the learned ones.
    pub lines: Vec<RuleLine>,
    /// How many were taken over.
    pub given: u64,
    /// Lines beyond the limit.
    pub left_out: u64,
    /// Lines within the limit that are too long to be listed.
    pub too_long: u64,
    /// What they were learned from.
    pub sample: Sample,
    /// What decided about them.
    pub profile: Profile,
    /// Documents read.
    pub documents: u64,
    /// Records set aside as problems.
    pub set_aside: u64,
    /// Input files.
    pub files: u64,
    /// What was set aside, or could not be read.
    pub problems: Problems,
    /// Where the time went.
    pub timings: Timings,
}

/// Refuses to write over a rule file, which somebody may have corrected by hand.
///
/// # Errors
/// [`Error::Unsafe`] when the output stands already and may not be replaced.
pub fn refuse_edited(job: &Job) -> Result<()> {
    match job.output.as_ref().and_then(Output::path) {
        Some(path) if path.exists() && !job.overwrite => {
            let shown = escape(&path.to_string_lossy());
            Err(Error::Unsafe(format!(
                "{shown} is there already and may hold corrections; --overwrite replaces it"
            )))
        }
        _ => Ok(()),
    }
}

impl Learned {
    /// What is to be told of lines whose texts were looked up.
    ///
    /// # Errors
    /// None that [`Plan::new`] did not have.
    pub fn new(
        knowledge: &Knowledge,
        wanted: &Selection,
        texts: &LineTexts,
        corpus: &Corpus,
        survey: &Survey,
        plan: &Plan,
    ) -> Result<Self> {
        let rows = texts.rows(&knowledge.lines, wanted);
        let table = |row| {
            let line = RuleLine::of_row(row, |rank| origin(rank, corpus));
            // A corpus without sites is one site, and its lines may be looked for anywhere.
            let site = line.site.filter(|_| texts.has_sites());
            let covered_by = plan.rules.matching(&row.text, None).first().map(ToString::to_string);
            RuleLine { site, covered_by: covered_by.unwrap_or_default(), ..line }
        };
        let mut lines =
            given_lines(&plan.config.strip.rules).map_err(|error| Error::Usage(error.to_string()))?;
        let given = lines.len() as u64;
        lines.extend(rows.iter().map(table).filter(is_worth_listing));
        Ok(Self {
            lines,
            given,
            left_out: wanted.left_out,
            too_long: (wanted.len() - texts.len()) as u64,
            sample: knowledge.sample,
            profile: plan.config.strip.profile,
            documents: survey.documents.len() as u64,
            set_aside: survey.set_aside(),
            files: corpus.files.len() as u64,
            problems: Problems::default(),
            timings: Timings::default(),
        })
    }

    /// How many of the learned lines have this action.
    pub fn count(&self, action: Action) -> u64 {
        self.lines.iter().skip(self.given as usize).filter(|line| line.action == action).count() as u64
    }

    /// Writes the rule file to where the job says.
    ///
    /// # Errors
    /// When the system refuses; [`Error::ClosedPipe`] when the reader of standard output went away.
    pub fn publish(mut self, job: &Job, timings: Timings) -> Result<Self> {
        self.timings = timings;
        let file = to_rule_file(&self.told(), &self.lines);
        match &job.output {
            Some(Output::File(path)) => {
                let staging = Staging::file(path)?;
                std::fs::write(staging.single(), file).map_err(Error::io("write", path))?;
                File::open(staging.single())
                    .and_then(|file| file.sync_all())
                    .map_err(Error::io("write", path))?;
                staging.publish()?;
            }
            Some(Output::Stdout) => print(&file)?,
            _ => {}
        }
        Ok(self)
    }

    /// What the head of the file says about where its lines come from.
    fn told(&self) -> Vec<String> {
        let profile = match self.profile {
            Profile::Safe => "safe",
            Profile::Default => "default",
            Profile::Strict => "strict",
        };
        let mut told = vec![
            format!("tamis {}, profile {profile}", env!("CARGO_PKG_VERSION")),
            format!("learned from {} documents", self.documents),
        ];
        if self.sample.sampled < self.sample.documents {
            let Sample { documents, sampled } = self.sample;
            told.push(format!(
                "of these {sampled} of {documents} were remembered; --learn-lines raises that"
            ));
        }
        if self.given > 0 {
            told.push(format!("{} lines first, taken over from rule files", self.given));
        }
        told.push(format!(
            "{} lines to drop, {} to keep once, {} that stay",
            self.count(Action::Drop),
            self.count(Action::KeepOne),
            self.count(Action::Keep)
        ));
        if self.left_out > 0 {
            told.push(format!(
                "{} lines that stand in fewer documents are left out; --limit raises that",
                self.left_out
            ));
        }
        if self.too_long > 0 {
            told.push(format!("{} lines over {LISTED_BYTES} bytes are left out", self.too_long));
        }
        told
    }
}

/// Of lines that stay, those that a rule takes out anyway and drawn lines are nothing to decide about.
fn is_worth_listing(line: &RuleLine) -> bool {
    line.action != Action::Keep || (line.covered_by.is_empty() && line.text.contains(char::is_alphanumeric))
}

fn print(file: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(file.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Error::ClosedPipe,
        _ => Error::io("write to", "standard output")(error),
    })
}

/// What the document of a rank is called: its file and record.
fn origin(rank: u64, corpus: &Corpus) -> String {
    let place = corpus.record((rank >> 32) as u32, rank as u32);
    format!("{}:{}", corpus.files[place.file as usize].name, place.record)
}
