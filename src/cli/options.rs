//! Options that commands share, and what their words mean.

use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tamis::config::{
    FingerprintConfig, GroupConfig, Keep, Measure, NormalizeConfig, Profile, ReadConfig, ShingleUnit,
    StripConfig,
};
use tamis::error::{Error, Result, escape};
use tamis::job::Job;
use tamis::progress::{Silent, Watch};
use tamis::strip::check_rule_file;
use tamis::strip::learn::SurveyBudget;
use tamis::write::staging::parent_of;

use super::bar::Bar;
use super::nearest::slip_of;

/// Where records keep what is needed.
#[derive(Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Reading {
    /// Field of the text; a path with dots reaches nested ones
    #[arg(long, value_name = "NAME", default_value_t = ReadConfig::default().text_field)]
    text_field: String,
    /// Field of the id; without one the origin is the id
    #[arg(long, value_name = "NAME", default_value_t = ReadConfig::default().id_field)]
    id_field: String,
    /// Field of the address; its registrable domain is the site
    #[arg(long, value_name = "NAME", default_value_t = ReadConfig::default().url_field)]
    url_field: String,
    /// Field that names the site, in the address's stead
    #[arg(long, value_name = "NAME")]
    site_field: Option<String>,
    /// Field of the language
    #[arg(long, value_name = "NAME", default_value_t = ReadConfig::default().lang_field)]
    lang_field: String,
    /// Language of every document that names none (ISO 639: en, de, …)
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
    /// Field of the date, for --keep newest and oldest
    #[arg(long, value_name = "NAME", default_value_t = ReadConfig::default().date_field)]
    date_field: String,
    /// Format of inputs and of standard output: jsonl, txt, also jsonl.gz, jsonl.zst … [default: by name]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
}

impl Reading {
    pub(crate) fn config(&self) -> ReadConfig {
        ReadConfig {
            text_field: self.text_field.clone(),
            id_field: self.id_field.clone(),
            url_field: self.url_field.clone(),
            site_field: self.site_field.clone(),
            lang_field: self.lang_field.clone(),
            lang: self.lang.clone(),
            date_field: self.date_field.clone(),
        }
    }
}

/// What is taken out of a text before it is compared.
#[derive(Args)]
#[command(next_help_heading = "Stripping")]
pub(crate) struct Stripping {
    /// How bold stripping is
    #[arg(long, value_enum, default_value_t = ProfileName::Default)]
    profile: ProfileName,
    /// A rule file of your own, added to the built-in ones
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
    /// Categories of rules to switch on
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    with: Vec<String>,
    /// Categories of rules to switch off
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    without: Vec<String>,
    /// Learn no lines from the corpus
    #[arg(long)]
    no_learn: bool,
    /// Lines to remember while learning; of more, those of a sample of the documents
    #[arg(long, value_name = "N", default_value_t = StripConfig::default().survey.lines)]
    learn_lines: usize,
    /// Strip nothing
    #[arg(long)]
    no_strip: bool,
    /// Leave a part of the text as it came
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    no_normalize: Vec<NormalPart>,
}

/// The parts of normalisation, as words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NormalPart {
    All,
    Nfc,
    LineEnds,
    TrailingSpace,
    Invisible,
    Spaces,
    Entities,
    Mojibake,
}

impl Stripping {
    pub(crate) fn normalize(&self) -> NormalizeConfig {
        let is_on =
            |part| !self.no_normalize.contains(&part) && !self.no_normalize.contains(&NormalPart::All);
        NormalizeConfig {
            nfc: is_on(NormalPart::Nfc),
            line_ends: is_on(NormalPart::LineEnds),
            trailing_space: is_on(NormalPart::TrailingSpace),
            invisible: is_on(NormalPart::Invisible),
            spaces: is_on(NormalPart::Spaces),
            entities: is_on(NormalPart::Entities),
            mojibake: is_on(NormalPart::Mojibake),
        }
    }

    pub(crate) fn strip(&self) -> Result<StripConfig> {
        Ok(StripConfig {
            enabled: !self.no_strip,
            profile: self.profile.into(),
            learn: !self.no_learn,
            with: self.with.clone(),
            without: self.without.clone(),
            survey: learn_budget(self.learn_lines),
            rules: self.rules.iter().map(|path| read_rule_file(path)).collect::<Result<_>>()?,
            ..StripConfig::default()
        })
    }
}

/// Where an output goes that is named by a link: what the link leads to is written, and the link stays.
pub(crate) fn followed(output: &Path) -> PathBuf {
    let Ok(target) = std::fs::read_link(output) else { return output.to_path_buf() };
    std::fs::canonicalize(output).unwrap_or_else(|_| parent_of(output).join(target))
}

/// A rule file's contents, found to be what a rule file may hold.
pub(crate) fn read_rule_file(path: &Path) -> Result<String> {
    let contents = std::fs::read_to_string(path).map_err(Error::io("read rule file", path))?;
    let name = escape(&path.to_string_lossy());
    check_rule_file(&name, &contents).map_err(|error| Error::Usage(error.to_string()))?;
    Ok(contents)
}

/// The bound on lines remembered: so many, and no more than the default of one site.
pub(crate) fn learn_budget(lines: usize) -> SurveyBudget {
    let default = SurveyBudget::default();
    SurveyBudget { lines, site_lines: default.site_lines.min(lines) }
}

/// Which documents are duplicates.
#[derive(Args)]
#[command(next_help_heading = "Duplicates")]
pub(crate) struct Duplicates {
    /// By what two documents are judged
    #[arg(long, value_enum, default_value_t = MeasureName::Shingles)]
    measure: MeasureName,
    #[arg(long, value_name = "SHARE", help = threshold_help())]
    threshold: Option<f64>,
    #[arg(long, value_name = "SHARE", help = containment_help())]
    containment: Option<f64>,
    /// A document with more words in a row of its own than this stays, whatever its scores; 0 sets no limit
    #[arg(long, value_name = "N", default_value_t = GroupConfig::default().novel_words)]
    novel_words: usize,
    /// Which of several duplicates stays: first, longest, newest, oldest, or FIELD[:min|max]
    #[arg(long, value_name = "RULE", default_value = "first")]
    keep: String,
    /// What texts are compared by: words:N or chars:N
    #[arg(long, value_name = "UNIT:N", default_value = "words:5")]
    shingle: String,
    /// Files, folders, globs of a reference set, all up to the next option (inputs go before it): documents that it covers are removed,
    /// it is never changed nor written
    #[arg(long, value_name = "REF", num_args = 1..)]
    pub(crate) against: Vec<String>,
    /// Kinds of duplicate to leave in: exact, near, contained
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    leave: Vec<Kind>,
}

/// By what two documents are judged, as words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MeasureName {
    /// What their sets of shingles have in common
    Shingles,
    /// What their paragraphs have in common, each with the one most like it: robust to edits
    Alignment,
}

impl From<MeasureName> for Measure {
    fn from(name: MeasureName) -> Self {
        match name {
            MeasureName::Shingles => Self::Shingles,
            MeasureName::Alignment => Self::Alignment,
        }
    }
}

fn threshold_help() -> String {
    let [shingles, alignment] = [Measure::Shingles, Measure::Alignment].map(|measure| measure.thresholds().0);
    format!(
        "Least resemblance of near-duplicates, as Jaccard has it [default: {shingles}; with --measure alignment {alignment}]"
    )
}

fn containment_help() -> String {
    let [shingles, alignment] = [Measure::Shingles, Measure::Alignment].map(|measure| measure.thresholds().1);
    format!(
        "Least share of the removed document inside its survivor [default: {shingles}; with --measure alignment {alignment}]"
    )
}

/// A kind of duplicate.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Exact,
    Near,
    Contained,
}

impl Duplicates {
    pub(crate) fn group(&self) -> Result<GroupConfig> {
        let measure = Measure::from(self.measure);
        let (threshold, containment) = measure.thresholds();
        Ok(GroupConfig {
            enabled: true,
            exact: !self.leave.contains(&Kind::Exact),
            near: !self.leave.contains(&Kind::Near),
            contained: !self.leave.contains(&Kind::Contained),
            measure,
            threshold: self.threshold.unwrap_or(threshold),
            containment: self.containment.unwrap_or(containment),
            novel_words: self.novel_words,
            keep: keep(&self.keep)?,
            ..GroupConfig::default()
        })
    }

    pub(crate) fn fingerprint(&self) -> Result<FingerprintConfig> {
        shingle(&self.shingle)
    }
}

/// What texts are compared by: `words:5`, `chars:9`.
pub(crate) fn shingle(named: &str) -> Result<FingerprintConfig> {
    let bad = || Error::Usage(format!("--shingle is words:N or chars:N, not {}", escape(named)));
    let (unit, size) = named.split_once(':').ok_or_else(bad)?;
    let size: usize = size.parse().map_err(|_| bad())?;
    match unit {
        "words" => Ok(FingerprintConfig { unit: ShingleUnit::Words, size, ..FingerprintConfig::default() }),
        "chars" => Ok(FingerprintConfig {
            unit: ShingleUnit::Chars,
            size,
            size_unspaced: size,
            ..FingerprintConfig::default()
        }),
        _ => Err(bad()),
    }
}

/// The rules of `--keep` that have a name.
const KEEP_RULES: [(&str, Keep); 4] =
    [("first", Keep::First), ("longest", Keep::Longest), ("newest", Keep::Newest), ("oldest", Keep::Oldest)];

/// Which of several duplicates stays: a rule by its name, or a field. What may be a slip of a rule's name is no field unless it
/// says `:min` or `:max`.
fn keep(rule: &str) -> Result<Keep> {
    let refused = |why: &str| Err(Error::Usage(format!("--keep {}: {why}", escape(rule))));
    if let Some((_, keep)) = KEEP_RULES.iter().find(|(name, _)| *name == rule) {
        return Ok(keep.clone());
    }
    let names = || KEEP_RULES.iter().map(|(name, _)| *name);
    match rule.rsplit_once(':') {
        Some((name, "min" | "max")) if names().any(|known| known == name) => {
            refused(&format!("{name} is a rule, and :min and :max are for fields"))
        }
        Some((name, end @ ("min" | "max"))) if !name.is_empty() => {
            Ok(Keep::Field { name: name.to_owned(), min: end == "min" })
        }
        Some((name, _)) if !name.is_empty() => refused("a field's value is kept by :min or :max"),
        _ if rule.is_empty() || rule.starts_with(':') => {
            refused("it needs a rule: first, longest, newest, oldest, or FIELD[:min|max]")
        }
        _ => match slip_of(rule, names()) {
            Some(meant) => refused(&format!(
                "did you mean {meant}? If it is a field, say {}:max or {}:min",
                escape(rule),
                escape(rule)
            )),
            None => Ok(Keep::Field { name: rule.to_owned(), min: false }),
        },
    }
}

/// How much of the machine a run may use.
#[derive(Args)]
#[command(next_help_heading = "Machine")]
pub(crate) struct Machine {
    /// Threads [default: as many as the machine gives]
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<NonZeroUsize>,
    /// Memory to plan with: 512MiB, 4GiB; 0 is as little as can be [default: half of the machine's]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    memory: Option<u64>,
    /// Where what does not fit into memory goes [default: the system's]
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
}

impl Machine {
    /// A job that uses so much of the machine, and does nothing yet.
    ///
    /// # Errors
    /// When nothing can be written in the folder that was named for temporary files: better known now than when the first one is
    /// wanted.
    pub(crate) fn job(&self) -> Result<Job> {
        let defaults = Job::default();
        if let Some(folder) = &self.temp_dir {
            tempfile::tempfile_in(folder).map_err(Error::io("write in --temp-dir", folder))?;
        }
        Ok(Job {
            threads: self.threads.unwrap_or(defaults.threads),
            memory: self.memory.unwrap_or(defaults.memory),
            temp_dir: self.temp_dir.clone().unwrap_or_else(|| defaults.temp_dir.clone()),
            ..defaults
        })
    }
}

/// What is said while a command runs, and at its end.
#[derive(Args)]
#[command(next_help_heading = "Talk")]
pub(crate) struct Talk {
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Whether to show a progress bar
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    progress: Progress,
}

/// When a progress bar is shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Progress {
    /// On a terminal
    Auto,
    Never,
}

impl Talk {
    pub(crate) fn watch(&self) -> Box<dyn Watch> {
        let is_shown = !self.quiet && self.progress == Progress::Auto && std::io::stderr().is_terminal();
        if is_shown { Box::new(Bar::default()) } else { Box::new(Silent) }
    }
}

/// Reads a number of threads.
fn threads(number: &str) -> std::result::Result<NonZeroUsize, String> {
    number.parse().map_err(|_| "it is a whole number from 1 on".to_owned())
}

/// Reads `512MiB`, `4G`, `1000000`.
fn bytes(size: &str) -> std::result::Result<u64, String> {
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 =
        digits.trim().parse().map_err(|_| "a size is a number and a unit: 512MiB, 4GiB".to_owned())?;
    let unit = size[digits.len()..].to_ascii_lowercase();
    let power = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err("the unit is KiB, MiB, GiB or TiB".to_owned()),
    };
    Ok((number * 1024f64.powi(power)) as u64)
}

/// The profiles, as words.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ProfileName {
    /// Only what is certain in a single document
    Safe,
    /// What is certain, and what recurs
    Default,
    /// Judgement calls too
    Strict,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Safe => Self::Safe,
            ProfileName::Default => Self::Default,
            ProfileName::Strict => Self::Strict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(bytes("4GiB"), Ok(4 << 30));
        assert_eq!(bytes("512M"), Ok(512 << 20));
        assert_eq!(bytes("1000"), Ok(1000));
        assert!(bytes("4 apples").is_err());
    }

    #[test]
    fn keep_rules_are_read() {
        assert_eq!(keep("score:min").unwrap(), Keep::Field { name: "score".into(), min: true });
        assert_eq!(keep("score").unwrap(), Keep::Field { name: "score".into(), min: false });
        assert_eq!(keep("dc:date:max").unwrap(), Keep::Field { name: "dc:date".into(), min: false });
        assert_eq!(keep("Newest:max").unwrap(), Keep::Field { name: "Newest".into(), min: false });
        for wrong in ["score:best", "first:min", "longest:max", "", ":max", "NEWEST", "longst"] {
            assert!(keep(wrong).is_err(), "{wrong}");
        }
    }
}
