//! The whole method on one screen.

use std::path::Path;
use std::time::Instant;

use crate::budget::Budget;
use crate::config::Config;
use crate::error::Result;
use crate::index::{self, IndexReader, Settings};
use crate::indexing::{self, Indexed, Indexing};
use crate::job::Job;
use crate::learning::{self, Learned, Learning};
use crate::listing::{Listed, Listing};
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::progress::{Stage, Watch};
use crate::request::{self, Request};
use crate::run::Run;
use crate::unfinished::Unfinished;

/// Cleans, deduplicates, and reports.
///
/// **Input**: the files, folders and globs of `job`, any mix of formats and codecs.
/// **Output**: the clean records in input order, and a report; both appear whole or not at all.
/// **Errors**: bad records are no errors, they are set aside and told; what stops a run is an [`crate::Error`].
/// **Memory**: `job.memory`, in shares ([`crate::budget`]): input that has no room is read again, what is known of each
/// document goes to a file, candidates are sorted part by part.
/// **Interruption**: leaves a journal beside the output, with which `job.resume` goes on ([`crate::unfinished`]).
/// **Reference set**: documents of `job.references` are never written; what the input holds of them goes.
/// **Method**: four passes. *Survey*: what recurs in the corpus. *Fingerprint*: normalise, strip, fold, hash. *Group*:
/// nominate pairs, verify each, choose survivors. *Write*: carry the verdicts out, a receipt for each.
///
/// The output is a pure function of the input, `config` and the version: threads, memory and shards change no byte.
///
/// # Errors
/// See [`crate::Error`]; nothing is published then.
pub fn clean(config: &Config, job: &Job, watch: &dyn Watch) -> Result<Outcome> {
    let begun = Instant::now();
    let plan = Plan::new(config)?;
    let request = Request::check(job)?;
    if config.write.annotate {
        request.refuse_fieldless(job)?;
    }
    let mut run = Run::new(&plan, job, &request, watch)?;
    run.keep_journal(&request)?;
    let done = clean_all(&mut run, &request, begun);
    run.end_journal(done)
}

/// Refuses what [`clean`] would refuse before its first record, and writes nothing: for a run that is only tried.
///
/// # Errors
/// Those with which [`clean`] would end: of the request, the budget, what an interrupted run left; and where nothing can be written in
/// the folder of an output.
pub fn refuse(config: &Config, job: &Job) -> Result<()> {
    let plan = Plan::new(config)?;
    let request = Request::check(job)?;
    if config.write.annotate {
        request.refuse_fieldless(job)?;
    }
    Budget::of(job, &plan.config, &request)?;
    Unfinished::refuse(job, &plan.config, &request)?;
    request::refuse_unwritable(job)
}

/// The passes of [`clean`].
fn clean_all(run: &mut Run<'_>, request: &Request, begun: Instant) -> Result<Outcome> {
    run.read_reference(request)?;
    let mut corpus = run.corpus(request);

    let mut survey = run.stage(Stage::Survey, |run| run.survey(&mut corpus))?;
    let mut printed = run.stage(Stage::Fingerprint, |run| run.fingerprint(&corpus, &mut survey))?;
    let removals = run.stage(Stage::Group, |run| run.group(&corpus, &mut survey, &mut printed))?;
    let written = run.stage(Stage::Write, |run| run.write(&corpus, request, &survey, &printed, &removals))?;

    run.check_unchanged(&corpus)?;
    written.publish(run.timings(begun), run.held(&survey, &printed), || run.note_publishing())
}

/// Learns lines that recur into a rule file, and changes nothing.
///
/// **Input**: as of [`clean`]. **Output**: a rule file at the output of `job`, whole or not at all, which [`clean`] takes
/// among its rules. **Memory**: the survey's budget, and the texts of the lines that are listed.
/// **Method**: the first pass of [`clean`], so what is listed is what it would learn; then a look at every document for how
/// those lines read.
///
/// # Errors
/// See [`crate::Error`]; nothing is published then.
pub fn learn(config: &Config, job: &Job, learning: Learning, watch: &dyn Watch) -> Result<Learned> {
    let begun = Instant::now();
    let plan = Plan::new(config)?;
    let request = Request::check_listing(job)?;
    learning::refuse_edited(job)?;
    let mut run = Run::new(&plan, job, &request, watch)?;
    let mut corpus = run.corpus(&request);

    let survey = run.stage(Stage::Survey, |run| run.survey(&mut corpus))?;
    let learned = run.stage(Stage::Write, |run| run.collect_lines(&corpus, &request, &survey, learning))?;

    corpus.check_unchanged()?;
    learned.publish(job, run.timings(begun))
}

/// Finds duplicates, lists them, and changes nothing.
///
/// **Input**: as of [`clean`]. **Output**: a list of `listing` as JSON lines, in input order; it appears whole or not at all.
/// **Method**: the first three passes of [`clean`], so what is listed as removals is what it would remove; then the
/// documents that the list names are looked up.
///
/// # Errors
/// See [`crate::Error`]; nothing is published then.
pub fn dups(config: &Config, job: &Job, listing: Listing, watch: &dyn Watch) -> Result<Listed> {
    let begun = Instant::now();
    let plan = Plan::new(config)?;
    let request = Request::check_listing(job)?;
    let mut run = Run::new(&plan, job, &request, watch)?;
    run.read_reference(&request)?;
    let mut corpus = run.corpus(&request);

    let mut survey = run.stage(Stage::Survey, |run| run.survey(&mut corpus))?;
    let mut printed = run.stage(Stage::Fingerprint, |run| run.fingerprint(&corpus, &mut survey))?;
    let found = run.stage(Stage::Group, |run| run.search(&corpus, &mut survey, &mut printed, listing))?;
    let written = run.stage(Stage::Write, |run| run.list(&corpus, &request, &survey, &found))?;

    run.check_unchanged(&corpus)?;
    written.publish(run.timings(begun))
}

/// Takes documents into an index on disk ([`crate::index`]), and changes nothing else.
///
/// **Input**: as of [`clean`]. **Output**: an index at the output of `job`, whole or not at all, with all that `earlier` holds, an
/// index made with the same settings, which may stand at the same place. **Method**: the first two passes of [`clean`].
///
/// # Errors
/// See [`crate::Error`]; nothing is published then.
pub fn build_index(config: &Config, job: &Job, earlier: Option<&Path>, watch: &dyn Watch) -> Result<Indexed> {
    let begun = Instant::now();
    let plan = Plan::new(&index::config_for(config))?;
    let request = Request::check_listing(job)?;
    if earlier.is_none() {
        indexing::refuse_standing(job)?;
    }
    let indexing = Indexing::begin(job, &Settings::of(&plan.config), earlier)?;
    let mut run = Run::new(&plan, job, &request, watch)?;
    let mut corpus = run.corpus(&request);

    let mut survey = run.stage(Stage::Survey, |run| run.survey(&mut corpus))?;
    let printed = run.stage(Stage::Fingerprint, |run| run.fingerprint(&corpus, &mut survey))?;
    let written = run.stage(Stage::Write, |run| run.index(&corpus, &request, &survey, &printed, indexing))?;

    corpus.check_unchanged()?;
    written.publish(run.timings(begun))
}

/// Looks documents up in an index, lists what it knows of them, and changes nothing.
///
/// **Input**: as of [`clean`]. **Output**: a list as JSON lines, in input order; it appears whole or not at all.
/// **Method**: the first two passes of [`clean`]; then the index goes by once, block by block.
///
/// # Errors
/// See [`crate::Error`]; nothing is published then.
pub fn query_index(config: &Config, job: &Job, index: &Path, watch: &dyn Watch) -> Result<Listed> {
    let begun = Instant::now();
    let plan = Plan::new(&index::config_for(config))?;
    let request = Request::check_listing(job)?;
    let mut index = IndexReader::open(index)?;
    index.check_settings(&Settings::of(&plan.config))?;
    let mut run = Run::new(&plan, job, &request, watch)?;
    let mut corpus = run.corpus(&request);

    let mut survey = run.stage(Stage::Survey, |run| run.survey(&mut corpus))?;
    let printed = run.stage(Stage::Fingerprint, |run| run.fingerprint(&corpus, &mut survey))?;
    let found = run.stage(Stage::Group, |run| run.query(&printed, &mut index))?;
    let written = run.stage(Stage::Write, |run| run.list(&corpus, &request, &survey, &found))?;

    corpus.check_unchanged()?;
    written.publish(run.timings(begun))
}
