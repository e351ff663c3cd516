//! From what the user named to a list of files: folders walked, globs expanded, in an order that is the same everywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobBuilder;
use ignore::WalkBuilder;

use crate::document::{Problem, ProblemKind};
use crate::error::{Error, Result, escape};
use crate::site;

use super::codec::{self, Codec};
use super::format::{self, Format};
use super::name;

/// One file of the input.
#[derive(Clone)]
pub struct InputFile {
    /// Its name as the user gave it, or below the folder that the user gave.
    pub name: String,
    /// Where it is; `None`: standard input.
    pub path: Option<PathBuf>,
    /// Its name below the folder or glob that led to it: what a mirrored output is called.
    pub relative: PathBuf,
    /// The site its folder stands for, for records that name none.
    pub site: Option<Arc<str>>,
    /// How its records stand.
    pub format: &'static dyn Format,
    /// How its bytes are packed.
    pub codec: &'static dyn Codec,
}

impl InputFile {
    /// About how many bytes it is unpacked, if packing makes texts `packed` times smaller; `None` if that cannot be told.
    pub fn unpacked_estimate(&self, packed: u64) -> Option<u64> {
        let size = std::fs::metadata(self.path.as_ref()?).ok()?.len();
        let times = if self.codec.name() == super::codec::PLAIN.name() { 1 } else { packed };
        Some(size.saturating_mul(times))
    }
}

impl std::fmt::Debug for InputFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InputFile({} as {}, {})", self.name, self.format.name(), self.codec.name())
    }
}

/// The files that the inputs mean.
#[derive(Debug, Default)]
pub struct Discovery {
    /// In input order; within a folder by path.
    pub files: Vec<InputFile>,
    /// Files of a walked folder that could not be reached.
    pub problems: Vec<(String, Problem)>,
    /// Files of walked folders left alone because their name means no format, or they are no regular files.
    pub passed_over: u64,
    /// Folders that were walked.
    pub folders: Vec<PathBuf>,
}

/// Finds the files that `inputs` mean. `choice` overrides what names tell, as `jsonl` or `txt.gz`.
///
/// # Errors
/// When an input that was named does not exist, matches nothing, or has a name that tells no format.
pub fn discover(inputs: &[String], choice: Option<&str>) -> Result<Discovery> {
    let choice = choice.map(Choice::parse).transpose()?;
    let mut found = Discovery::default();
    for input in inputs {
        add(input, choice.as_ref(), &mut found)?;
    }
    if found.files.is_empty() && found.problems.is_empty() {
        return Err(Error::Usage(format!(
            "found nothing to read in {}: no file there is called .jsonl, .ndjson or .txt (or one of them with .gz or .zst)",
            inputs.iter().map(|input| escape(input)).collect::<Vec<_>>().join(", ")
        )));
    }
    Ok(found)
}

/// A format and codec by name.
pub struct Choice {
    /// How records stand.
    pub format: &'static dyn Format,
    /// How bytes are packed.
    pub codec: &'static dyn Codec,
}

impl Choice {
    /// Reads `jsonl`, `txt.gz` and the like.
    ///
    /// # Errors
    /// When no format or codec has that name.
    pub fn parse(name: &str) -> Result<Self> {
        let (format_name, codec_name) = name.split_once('.').unwrap_or((name, "plain"));
        match (format::named(format_name), codec::named(codec_name)) {
            (Some(format), Some(codec)) => Ok(Self { format, codec }),
            _ => Err(Error::Usage(format!(
                "unknown format {}: use jsonl or txt, with .gz or .zst for a compressed one",
                escape(name)
            ))),
        }
    }

    /// What a file name means.
    pub fn of_name(name: &str) -> Option<Self> {
        let (codec, stem) = codec::of_name(name);
        format::of_name(stem).map(|format| Self { format, codec })
    }
}

fn add(input: &str, choice: Option<&Choice>, found: &mut Discovery) -> Result<()> {
    if input == "-" {
        return add_stdin(choice, found);
    }
    if input.is_empty() {
        return Err(Error::Usage(
            "an input has an empty name; it is a file, a folder, a glob, or - for standard input".into(),
        ));
    }
    let path = Path::new(input);
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            found.folders.push(path.to_path_buf());
            walk(path, None, choice, found);
            Ok(())
        }
        Ok(metadata) if metadata.is_file() => add_file(path, choice, found),
        Ok(_) => Err(Error::Usage(format!(
            "{} is no regular file and can be read only once: hand it over on standard input, as `-`",
            escape(&path.to_string_lossy())
        ))),
        Err(_) if has_glob(input) => expand(input, choice, found),
        Err(source) => Err(Error::Io { verb: "open", path: path.to_path_buf(), source }),
    }
}

fn add_stdin(choice: Option<&Choice>, found: &mut Discovery) -> Result<()> {
    if found.files.iter().any(|file| file.path.is_none()) {
        return Err(Error::Usage("standard input can be read only once".into()));
    }
    let (format, codec) =
        choice.map_or((format::JSONL, codec::PLAIN), |choice| (choice.format, choice.codec));
    let relative = PathBuf::from(format!("stdin.{}", format.name()));
    found.files.push(InputFile { name: "-".into(), path: None, relative, site: None, format, codec });
    Ok(())
}

fn add_file(path: &Path, choice: Option<&Choice>, found: &mut Discovery) -> Result<()> {
    let name = name::to_text(path);
    let relative = PathBuf::from(path.file_name().unwrap_or(path.as_os_str()));
    let Some(file) = input_file(name, path, relative, choice) else {
        return Err(Error::Usage(format!(
            "cannot tell the format of {}: name it with --format jsonl or --format txt",
            escape(&path.to_string_lossy())
        )));
    };
    found.files.push(file);
    Ok(())
}

fn input_file(name: String, path: &Path, relative: PathBuf, choice: Option<&Choice>) -> Option<InputFile> {
    let by_name = Choice::of_name(&relative.to_string_lossy());
    let chosen = choice.or(by_name.as_ref())?;
    Some(InputFile {
        name,
        path: Some(path.to_path_buf()),
        site: site::of_folder(&relative).map(Into::into),
        relative,
        format: chosen.format,
        codec: chosen.codec,
    })
}

fn has_glob(input: &str) -> bool {
    input.contains(['*', '?', '[', '{'])
}

fn expand(pattern: &str, choice: Option<&Choice>, found: &mut Discovery) -> Result<()> {
    let bad = |error: globset::Error| Error::Usage(escape(&format!("bad glob {pattern}: {}", error.kind())));
    let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(bad)?.compile_matcher();
    let base: PathBuf = Path::new(pattern)
        .components()
        .take_while(|part| !has_glob(&part.as_os_str().to_string_lossy()))
        .collect();
    let before = (found.files.len(), found.problems.len());
    let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
    if base.is_dir() {
        walk(&base, Some(&glob), choice, found);
    }
    if before == (found.files.len(), found.problems.len()) {
        return Err(Error::Usage(format!("no file matches {}", escape(pattern))));
    }
    Ok(())
}

fn walk(folder: &Path, glob: Option<&globset::GlobMatcher>, choice: Option<&Choice>, found: &mut Discovery) {
    let entries = WalkBuilder::new(folder)
        .standard_filters(false)
        .filter_entry(|entry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.'))
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in entries {
        match entry {
            Ok(entry) => add_entry(folder, entry.path(), glob, choice, found),
            Err(error) => found.problems.push(unwalked(folder, &error)),
        }
    }
}

/// A folder, below one that is walked or itself, that cannot be. The walker's own message says the place twice.
fn unwalked(folder: &Path, error: &ignore::Error) -> (String, Problem) {
    let place = place_of(error).unwrap_or(folder);
    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    (
        name::to_text(place),
        Problem::new(ProblemKind::Unreadable, format!("failed to list the folder: {reason}")),
    )
}

fn place_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(place_of),
        _ => None,
    }
}

fn add_entry(
    folder: &Path,
    path: &Path,
    glob: Option<&globset::GlobMatcher>,
    choice: Option<&Choice>,
    found: &mut Discovery,
) {
    let shown = path.strip_prefix(".").unwrap_or(path);
    if glob.is_some_and(|glob| !glob.is_match(path) && !glob.is_match(shown)) {
        return;
    }
    let name = name::to_text(shown);
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {}
        // A pipe or a socket may never say anything.
        Ok(metadata) if !metadata.is_file() => found.passed_over += 1,
        Ok(_) => {
            let relative = path.strip_prefix(folder).unwrap_or(path).to_path_buf();
            match input_file(name, path, relative, choice) {
                Some(file) => found.files.push(file),
                None => found.passed_over += 1,
            }
        }
        Err(error) => {
            found.problems.push((
                name,
                Problem::new(ProblemKind::Unreadable, format!("failed to open the file: {error}")),
            ));
        }
    }
}
