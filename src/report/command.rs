//! The command that asks for a run again, from its configuration.

use crate::config::{
    Config, FingerprintConfig, GroupConfig, Keep, Level, Measure, NormalizeConfig, Profile, ReadConfig,
    ShingleUnit, StripConfig, WriteConfig,
};
use crate::job::{Job, Output};

/// The arguments of `tamis` that ask for the same result again: all that differs from the defaults, and nothing that
/// changes no byte of it. Rule files stand as `RULES-1.toml` and so on, since a report has their contents and not their names.
pub fn arguments(job: &Job, config: &Config) -> Vec<String> {
    let mut command = Command(vec!["clean".into()]);
    command.0.extend(job.inputs.iter().cloned());
    command.job(job);
    command.read(&config.read);
    command.normalize(config.normalize);
    command.strip(&config.strip);
    command.fingerprint(&config.fingerprint);
    command.group(&config.group, &job.references);
    let WriteConfig { annotate } = config.write;
    command.flag("--annotate", annotate);
    command.0
}

/// A command as a shell takes it.
pub fn shell_line(arguments: &[String]) -> String {
    let quoted = arguments.iter().map(|argument| quoted(argument));
    std::iter::once("tamis".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// An argument as a shell takes it.
pub fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

struct Command(Vec<String>);

impl Command {
    fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.0.push(name.to_owned());
        }
    }

    fn option(&mut self, name: &str, value: &(impl ToString + ?Sized)) {
        self.0.extend([name.to_owned(), value.to_string()]);
    }

    fn unless<T: PartialEq + ToString>(&mut self, name: &str, value: &T, default: &T) {
        if value != default {
            self.option(name, value);
        }
    }

    fn job(&mut self, job: &Job) {
        match &job.output {
            Some(Output::Stdout) => self.option("-o", "-"),
            Some(Output::File(path) | Output::Folder(path)) => self.option("-o", &path.to_string_lossy()),
            None => self.flag("--dry-run", true),
        }
        let beside = job.output.as_ref().and_then(Output::path).map(|path| {
            let mut name = path.components().collect::<std::path::PathBuf>().into_os_string();
            name.push(".report");
            std::path::PathBuf::from(name)
        });
        match &job.report {
            Some(report) if Some(report) != beside.as_ref() => {
                self.option("--report", &report.to_string_lossy());
            }
            _ => {}
        }
        if let Some(format) = &job.format {
            self.option("--format", format);
        }
        self.flag("--strict", job.strict);
    }

    fn read(&mut self, config: &ReadConfig) {
        let defaults = ReadConfig::default();
        let ReadConfig { text_field, id_field, url_field, site_field, lang_field, lang, date_field } = config;
        self.unless("--text-field", text_field, &defaults.text_field);
        self.unless("--id-field", id_field, &defaults.id_field);
        self.unless("--url-field", url_field, &defaults.url_field);
        self.unless("--lang-field", lang_field, &defaults.lang_field);
        self.unless("--date-field", date_field, &defaults.date_field);
        for (name, value) in [("--site-field", site_field), ("--lang", lang)] {
            if let Some(value) = value {
                self.option(name, value);
            }
        }
    }

    fn normalize(&mut self, config: NormalizeConfig) {
        let NormalizeConfig { nfc, line_ends, trailing_space, invisible, spaces, entities, mojibake } =
            config;
        let parts = [
            ("nfc", nfc),
            ("line-ends", line_ends),
            ("trailing-space", trailing_space),
            ("invisible", invisible),
            ("spaces", spaces),
            ("entities", entities),
            ("mojibake", mojibake),
        ];
        let off: Vec<&str> = parts.iter().filter(|(_, is_on)| !is_on).map(|(name, _)| *name).collect();
        match off.len() {
            0 => {}
            7 => self.option("--no-normalize", "all"),
            _ => self.option("--no-normalize", &off.join(",")),
        }
    }

    fn strip(&mut self, config: &StripConfig) {
        // Every field is named, so that a new one cannot be forgotten; no option of the command sets those left aside.
        let StripConfig {
            enabled,
            profile,
            link_text: _,
            learn,
            survey,
            with,
            without,
            rules,
            guard_share: _,
            guard_floor: _,
        } = config;
        self.flag("--no-strip", !enabled);
        match profile {
            Profile::Safe => self.option("--profile", "safe"),
            Profile::Default => {}
            Profile::Strict => self.option("--profile", "strict"),
        }
        self.flag("--no-learn", !learn);
        self.unless("--learn-lines", &survey.lines, &StripConfig::default().survey.lines);
        for (name, categories) in [("--with", with), ("--without", without)] {
            if !categories.is_empty() {
                self.option(name, &categories.join(","));
            }
        }
        for number in 1..=rules.len() {
            self.option("--rules", &format!("RULES-{number}.toml"));
        }
    }

    fn fingerprint(&mut self, config: &FingerprintConfig) {
        let FingerprintConfig { unit, size, size_unspaced: _, window: _, paragraph: _ } = config;
        let name = match unit {
            ShingleUnit::Words => "words",
            ShingleUnit::Chars => "chars",
        };
        let default = FingerprintConfig::default();
        if (*unit, *size) != (default.unit, default.size) {
            self.option("--shingle", &format!("{name}:{size}"));
        }
    }

    fn group(&mut self, config: &GroupConfig, references: &[String]) {
        let defaults = GroupConfig::default();
        let GroupConfig {
            enabled,
            exact,
            near,
            contained,
            keep_numbers: _,
            novel_words,
            measure,
            threshold,
            containment,
            keep,
            level,
            paragraph_chars,
        } = config;
        self.flag("--no-dedup", !enabled);
        let kinds = [("exact", exact), ("near", near), ("contained", contained)];
        let left: Vec<&str> = kinds.iter().filter(|(_, is_on)| !**is_on).map(|(name, _)| *name).collect();
        if !left.is_empty() {
            self.option("--leave", &left.join(","));
        }
        if *measure == Measure::Alignment {
            self.option("--measure", "alignment");
        }
        let (usual_threshold, usual_containment) = measure.thresholds();
        self.unless("--threshold", threshold, &usual_threshold);
        self.unless("--containment", containment, &usual_containment);
        self.unless("--novel-words", novel_words, &defaults.novel_words);
        self.keep(keep);
        if *level == Level::Paragraph {
            self.option("--level", "paragraph");
        }
        self.unless("--paragraph-chars", paragraph_chars, &defaults.paragraph_chars);
        if !references.is_empty() {
            self.0.push("--against".into());
            self.0.extend(references.iter().cloned());
        }
    }

    fn keep(&mut self, keep: &Keep) {
        match keep {
            Keep::First => {}
            Keep::Longest => self.option("--keep", "longest"),
            Keep::Newest => self.option("--keep", "newest"),
            Keep::Oldest => self.option("--keep", "oldest"),
            Keep::Field { name, min } => {
                self.option("--keep", &format!("{name}:{}", if *min { "min" } else { "max" }));
            }
        }
    }
}
