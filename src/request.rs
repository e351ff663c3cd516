//! A run before its first byte: which files come in, where the result goes, and whether that is safe.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::document::Problem;
use crate::error::{Error, Result, escape};
use crate::job::{Job, Output};
use crate::read::discover::{Choice, Discovery, InputFile, discover};
use crate::read::{codec, format, name};
use crate::report::folder::{self, names, read_summary};
use crate::report::rows::ProblemRow;
use crate::unfinished::was_publishing;
use crate::write::sink;
use crate::write::staging::parent_of;

/// A run that may begin.
pub struct Request {
    /// The input files, each with a name of its own below the output.
    pub files: Vec<InputFile>,
    /// The files of the reference set.
    pub references: Vec<InputFile>,
    /// Files that could not be reached.
    pub problems: Vec<(String, Problem)>,
    /// Files of walked folders whose names mean no format.
    pub passed_over: u64,
    /// Format and codec of the one output; `None` where files are mirrored or nothing is written.
    pub choice: Option<Choice>,
}

impl Request {
    /// Finds the inputs and checks that the outputs harm nothing.
    ///
    /// # Errors
    /// [`Error::Usage`] when the request makes no sense, [`Error::Unsafe`] when it could destroy something,
    /// [`Error::BadInput`] in a strict run when a file cannot be reached.
    pub fn check(job: &Job) -> Result<Self> {
        let found = find(job)?;
        let choice = match &job.output {
            Some(Output::File(path)) => Some(sink::choose(Some(path), job.format.as_deref(), &found.files)?),
            Some(Output::Stdout) => Some(sink::choose(None, job.format.as_deref(), &found.files)?),
            Some(Output::Folder(_)) | None => None,
        };
        Ok(Self { choice, ..found })
    }

    /// A run over these files that writes nothing.
    #[cfg(test)]
    pub(crate) fn of_files(files: Vec<InputFile>) -> Self {
        Self { files, references: Vec::new(), problems: Vec::new(), passed_over: 0, choice: None }
    }

    /// Checks that every record of the output has fields, in which removals can be marked.
    ///
    /// # Errors
    /// [`Error::Usage`] when one is a plain text.
    pub fn refuse_fieldless(&self, job: &Job) -> Result<()> {
        let is_fieldless = |file: &&InputFile| {
            self.choice.as_ref().map_or(file.format, |choice| choice.format).is_one_record()
        };
        match self.files.iter().find(is_fieldless) {
            Some(file) if job.output.is_some() => Err(Error::Usage(format!(
                "--annotate marks removals in a field of the record, and the output for {} is plain text; name a .jsonl file \
                 with -o, or clean without --annotate: the report has every removal",
                escape(&file.name)
            ))),
            _ => Ok(()),
        }
    }

    /// [`Request::check`] where the output is a list of rows, not records of the input: always JSON lines, packed as its name says.
    ///
    /// # Errors
    /// As [`Request::check`].
    pub fn check_listing(job: &Job) -> Result<Self> {
        let found = find(job)?;
        let path = job.output.as_ref().and_then(Output::path);
        let codec = path.map_or(codec::PLAIN, |path| codec::of_name(&path.to_string_lossy()).0);
        Ok(Self { choice: Some(Choice { format: format::JSONL, codec }), ..found })
    }
}

/// The files that come in, found to be safe from what goes out.
fn find(job: &Job) -> Result<Request> {
    let mut found = discover(&job.inputs, job.format.as_deref())?;
    let mut references = match job.references.as_slice() {
        [] => Discovery::default(),
        names => discover(names, job.format.as_deref())?,
    };
    found.problems.append(&mut references.problems);
    if let Some((path, problem)) = found.problems.first().filter(|_| job.strict) {
        return Err(ProblemRow::of_file(path, problem).into_error());
    }
    tell_apart(&mut found.files);
    name_apart(&mut found.files);
    refuse_unsafe(job, &found, &references)?;
    Ok(Request {
        files: found.files,
        references: references.files,
        problems: found.problems,
        passed_over: found.passed_over,
        choice: None,
    })
}

fn refuse_unsafe(job: &Job, inputs: &Discovery, references: &Discovery) -> Result<()> {
    let (input_places, reference_places) = (places_of(&inputs.files), places_of(&references.files));
    for target in targets(job) {
        refuse_inputs(&target, inputs, &input_places, "input")?;
        refuse_inputs(&target, references, &reference_places, "reference")?;
        refuse_protected(&target, &job.protected)?;
    }
    refuse_shared(&input_places, references, &reference_places)?;
    refuse_nested(job)?;
    refuse_strangers(job)?;
    refuse_reports_of_others(job)
}

/// What is compared with itself is removed whole: no file may be of the input and of the reference set.
fn refuse_shared(
    inputs: &[Option<PathBuf>],
    references: &Discovery,
    reference_places: &[Option<PathBuf>],
) -> Result<()> {
    if references.files.is_empty() {
        return Ok(());
    }
    let inputs: BTreeSet<&Option<PathBuf>> = inputs.iter().collect();
    match references.files.iter().zip(reference_places).find(|(_, place)| inputs.contains(place)) {
        Some((file, _)) => Err(Error::Unsafe(format!(
            "{} is an input and a reference at once: all of it would be removed",
            escape(&file.name)
        ))),
        None => Ok(()),
    }
}

/// A file may be named twice; what a report says of one of them must not be said of the other, so the later one is called by another
/// path to it.
fn tell_apart(files: &mut [InputFile]) {
    let mut taken = BTreeSet::new();
    for file in files {
        while !taken.insert(file.name.clone()) {
            file.name.insert_str(0, if file.name.starts_with('/') { "/." } else { "./" });
        }
    }
}

/// Files from several places may share a name; below one output each needs its own.
fn name_apart(files: &mut [InputFile]) {
    let mut uses: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in files.iter() {
        *uses.entry(file.relative.clone()).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    for file in files {
        if uses.get(&file.relative).is_some_and(|uses| *uses > 1) {
            file.relative = name::to_path(&file.name)
                .components()
                .filter(|part| matches!(part, Component::Normal(_)))
                .collect();
        }
        let base = file.relative.clone();
        let mut copy = 2;
        while !taken.insert(file.relative.clone()) {
            file.relative = numbered(&base, copy);
            copy += 1;
        }
    }
}

/// `a/b.jsonl.gz` as `a/b.2.jsonl.gz`.
fn numbered(path: &Path, copy: usize) -> PathBuf {
    let name = name::to_text(Path::new(path.file_name().unwrap_or_default()));
    let (stem, extensions) = name.split_once('.').unwrap_or((&name, ""));
    let dot = if extensions.is_empty() { "" } else { "." };
    path.with_file_name(name::to_path(&format!("{stem}.{copy}{dot}{extensions}")))
}

fn targets(job: &Job) -> Vec<PathBuf> {
    let output = job.output.as_ref().and_then(Output::path);
    output.into_iter().chain(&job.report).cloned().collect()
}

/// Nothing that is written may stand where an input stands, in a folder of inputs, or around an input; the same goes for
/// references. `what` it is that was found, `places` where its files really are.
fn refuse_inputs(target: &Path, found: &Discovery, places: &[Option<PathBuf>], what: &str) -> Result<()> {
    let place = resolved(target);
    for (file, input_place) in found.files.iter().zip(places) {
        let (Some(input), Some(input_place)) = (&file.path, input_place) else { continue };
        if *input_place == place {
            let article = if what.starts_with('i') { "an" } else { "a" };
            let reason = format!("{} is {article} {what}; name another output", shown(target));
            return Err(Error::Unsafe(reason));
        }
        if input_place.starts_with(&place) {
            return Err(Error::Unsafe(format!(
                "{what} {} lies inside {}; name another output",
                shown(input),
                shown(target)
            )));
        }
    }
    for folder in &found.folders {
        if place.starts_with(resolved(folder)) {
            let reason = format!(
                "{} lies inside the {what} folder {}; name another output",
                shown(target),
                shown(folder)
            );
            return Err(Error::Unsafe(reason));
        }
    }
    Ok(())
}

/// What the run rests on is not written over, nor a folder that holds it replaced.
fn refuse_protected(target: &Path, protected: &[PathBuf]) -> Result<()> {
    let place = resolved(target);
    match protected.iter().find(|path| resolved(path).starts_with(&place)) {
        Some(path) => Err(Error::Unsafe(format!(
            "{} would be written over, and this run reads it; name another output",
            shown(path)
        ))),
        None => Ok(()),
    }
}

/// Nothing is written into a report, and no output takes the place of one whose report stays beside it and would tell of another.
fn refuse_reports_of_others(job: &Job) -> Result<()> {
    let Some(output) = job.output.as_ref().and_then(Output::path) else { return Ok(()) };
    let folder = parent_of(output);
    if folder.join(names::SUMMARY).is_file() {
        return Err(Error::Unsafe(format!(
            "{} would be written into the report {}; name another output",
            shown(output),
            shown(&folder)
        )));
    }
    let standing = folder::beside(output);
    let is_replaced = job.report.as_ref().is_some_and(|report| resolved(report) == resolved(&standing));
    if is_replaced || job.overwrite || !output.exists() || !standing.join(names::SUMMARY).is_file() {
        return Ok(());
    }
    Err(Error::Unsafe(format!(
        "{} is the report on what stands at {}, and would tell of another corpus; remove it, let it be written anew, or leave \
         it by --overwrite",
        shown(&standing),
        shown(output)
    )))
}

/// Output and report are moved into place one after the other: neither may stand in the other's way.
fn refuse_nested(job: &Job) -> Result<()> {
    let (Some(output), Some(report)) = (job.output.as_ref().and_then(Output::path), &job.report) else {
        return Ok(());
    };
    let (output_place, report_place) = (resolved(output), resolved(report));
    if output_place.starts_with(&report_place) || report_place.starts_with(&output_place) {
        return Err(Error::Unsafe(format!(
            "the output {} and the report {} lie one inside the other; name another --report",
            shown(output),
            shown(report)
        )));
    }
    Ok(())
}

/// A folder that stands there already is replaced only if tamis wrote all of it.
fn refuse_strangers(job: &Job) -> Result<()> {
    if let Some(target) = targets(job).into_iter().find(|target| is_special(target)) {
        return Err(Error::Unsafe(format!(
            "{} is no file and no folder, and nothing takes its place; write to - and leave the output to the shell",
            shown(&target)
        )));
    }
    if job.overwrite || was_publishing(job) {
        return Ok(());
    }
    if let Some(Output::Folder(folder)) = &job.output {
        if folder.is_file() {
            return Err(Error::Unsafe(format!(
                "{} is a file, not a folder; --overwrite replaces it",
                shown(folder)
            )));
        }
        if !is_empty(folder) && !is_own_output(folder, job.report.as_deref()) {
            return Err(Error::Unsafe(format!(
                "{} holds files that this report did not write; name an empty folder, or replace it with --overwrite",
                shown(folder)
            )));
        }
    }
    if let Some(Output::File(file)) = &job.output
        && file.is_dir()
    {
        return Err(Error::Unsafe(format!("{} is a folder; name a file", shown(file))));
    }
    match &job.report {
        Some(report) if !is_empty(report) && !report.join(names::SUMMARY).is_file() => {
            Err(Error::Unsafe(format!(
                "{} holds files and is no report; name another --report, or replace it with --overwrite",
                shown(report)
            )))
        }
        Some(report) => refuse_additions(report),
        None => Ok(()),
    }
}

/// A report that somebody put files into is not replaced.
fn refuse_additions(report: &Path) -> Result<()> {
    let is_own = |name: &OsStr| names::ALL.iter().any(|own| name == *own);
    let Ok(mut entries) = std::fs::read_dir(report) else { return Ok(()) };
    match entries.find_map(|entry| entry.ok().filter(|entry| !is_own(&entry.file_name()))) {
        Some(entry) => Err(Error::Unsafe(format!(
            "the report {} holds {}, which tamis did not write; move it away, name another --report, or replace all of it with \
             --overwrite",
            shown(report),
            shown(Path::new(&entry.file_name()))
        ))),
        None => Ok(()),
    }
}

/// Refuses an output or a report in whose folder, or the nearest above it that is there, nothing can be written.
///
/// # Errors
/// What the system says.
pub fn refuse_unwritable(job: &Job) -> Result<()> {
    for target in targets(job) {
        let whole = std::path::absolute(&target).unwrap_or(target);
        let Some(folder) = whole.ancestors().skip(1).find(|place| place.exists()) else { continue };
        // A file without a name, which is gone at once.
        tempfile::tempfile_in(folder).map_err(Error::io("write in folder", folder))?;
    }
    Ok(())
}

/// Whether a device, a pipe or the like is there.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn is_empty(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    }
}

/// Whether the report beside a folder names every file in it.
fn is_own_output(folder: &Path, report: Option<&Path>) -> bool {
    let Some(summary) = report.and_then(|report| read_summary(report).ok()) else { return false };
    let written: BTreeSet<PathBuf> =
        summary.outputs.iter().map(|file| folder.join(name::to_path(&file.name))).collect();
    ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build()
        .filter_map(std::result::Result::ok)
        .filter(|entry| !entry.path().is_dir())
        .all(|entry| written.contains(entry.path()))
}

/// Where files really are; nowhere: standard input.
fn places_of(files: &[InputFile]) -> Vec<Option<PathBuf>> {
    let mut folders = BTreeMap::new();
    files.iter().map(|file| Some(resolved_in(&mut folders, file.path.as_deref()?))).collect()
}

/// As [`resolved`]; a folder is resolved once for all files in it, unless they are links.
fn resolved_in(folders: &mut BTreeMap<PathBuf, PathBuf>, path: &Path) -> PathBuf {
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return resolved(path) };
    if is_link {
        return resolved(path);
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !folders.contains_key(folder) {
        folders.insert(folder.to_path_buf(), resolved(folder));
    }
    folders[folder].join(name)
}

/// A path without links and dots, also where its last parts do not exist yet.
fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut missing = Vec::new();
    let mut head = whole.as_path();
    loop {
        if let Ok(real) = head.canonicalize() {
            return missing.iter().rev().fold(real, |place, part| place.join(part));
        }
        match (head.parent(), head.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name.to_owned());
                head = parent;
            }
            _ => return whole,
        }
    }
}

fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_inside_the_output_is_refused() {
        let job = |output: &str, report: &str| Job {
            output: Some(Output::Folder(output.into())),
            report: Some(report.into()),
            ..Job::default()
        };
        for (output, report) in [("out", "out/report"), ("out/clean", "out"), ("out", "out/.")] {
            assert!(
                matches!(refuse_nested(&job(output, report)), Err(Error::Unsafe(_))),
                "{output} {report}"
            );
        }
        assert!(refuse_nested(&job("out", "out.report")).is_ok());
    }

    #[test]
    fn a_copy_gets_a_number_before_its_extensions() {
        assert_eq!(numbered(Path::new("a/b.jsonl.gz"), 2), Path::new("a/b.2.jsonl.gz"));
        assert_eq!(numbered(Path::new("b"), 3), Path::new("b.3"));
    }
}
