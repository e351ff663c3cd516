//! `tamis rules check`: whether a rule file is in order, and what in it may be a slip.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use tamis::config::{Profile, StripConfig};
use tamis::error::{Error, Result, escape};
use tamis::strip::{Action, CompiledRules, RuleFile, catalog, check_rule_file};

use super::nearest::slip_of;
use super::terminal::{counted, print};

#[derive(Args)]
pub(super) struct RuleCheck {
    /// Rule files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What the rules are called that a file may speak of: the built-in ones, and those of the files that are checked with it.
struct Known {
    rules: BTreeSet<String>,
    categories: BTreeSet<String>,
}

impl RuleCheck {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let files: Vec<(String, RuleFile)> =
            self.files.iter().map(|path| checked(path)).collect::<Result<_>>()?;
        let known = Known::of(&files)?;
        for (name, file) in &files {
            let rules = counted(file.rules.len() as u64, "rule", "rules");
            let lines = counted(file.lines.len() as u64, "line", "lines");
            let are = if file.rules.len() + file.lines.len() == 1 { "is" } else { "are" };
            print(&format!("{name}: {rules} and {lines} {are} in order\n"))?;
            for note in known.notes(file) {
                print(&format!("{name}: note: {note}\n"))?;
            }
        }
        Ok(())
    }
}

/// A file that is of the schema, and whose rules do what their examples say.
fn checked(path: &Path) -> Result<(String, RuleFile)> {
    let name = escape(&path.to_string_lossy());
    let contents = std::fs::read_to_string(path).map_err(Error::io("read rule file", path))?;
    let file = check_rule_file(&name, &contents).map_err(|error| Error::Usage(error.to_string()))?;
    let wrong = wrong_examples(&file, &contents)?;
    if wrong.is_empty() {
        return Ok((name, file));
    }
    Err(Error::Usage(format!("{name} does not do what its examples say: {}", wrong.join("; "))))
}

/// Examples of a file that its rules do not do as they say.
fn wrong_examples(file: &RuleFile, contents: &str) -> Result<Vec<String>> {
    let config =
        StripConfig { profile: Profile::Strict, rules: vec![contents.to_owned()], ..StripConfig::default() };
    let compiled = CompiledRules::new(&config).map_err(|error| Error::Usage(error.to_string()))?;
    let mut wrong = Vec::new();
    for rule in file.rules.iter().filter(|rule| !rule.action.contains(&Action::Off)) {
        let id = format!("{}/{}", file.category, rule.id);
        let matches = |line: &str| {
            rule.languages.iter().any(|code| {
                let code = (code != "*").then_some(code.as_str());
                compiled.matching(line, code).iter().any(|found| **found == *id)
            })
        };
        let missed = rule.hits.iter().filter(|line| !matches(line));
        wrong.extend(missed.map(|line| format!("{} misses {:?}", escape(&id), escape(line))));
        let hit = rule.misses.iter().filter(|line| matches(line));
        wrong.extend(hit.map(|line| format!("{} hits {:?}", escape(&id), escape(line))));
    }
    Ok(wrong)
}

impl Known {
    fn of(files: &[(String, RuleFile)]) -> Result<Self> {
        let built_in = catalog(&[]).map_err(|error| Error::Usage(error.to_string()))?;
        let acts = |file: &RuleFile| {
            let acting = file.rules.iter().filter(|rule| !rule.action.contains(&Action::Off));
            acting.map(|rule| format!("{}/{}", file.category, rule.id)).collect::<Vec<_>>()
        };
        let own = files.iter().flat_map(|(_, file)| acts(file));
        let rules = built_in.iter().filter(|rule| rule.rule.is_some()).map(|rule| rule.id.clone());
        Ok(Self {
            rules: rules.chain(own).collect(),
            categories: built_in.iter().map(|rule| rule.category.clone()).collect(),
        })
    }

    /// What in a file that is in order may be meant otherwise.
    fn notes(&self, file: &RuleFile) -> Vec<String> {
        let mut notes = Vec::new();
        let category = file.category.as_str();
        if !file.rules.is_empty() && !self.categories.contains(category) {
            let hint = did_you_mean(category, &self.categories);
            notes.push(format!(
                "no built-in rule is of the category {category}{hint}; so it is one of your own"
            ));
        }
        for rule in file.rules.iter().filter(|rule| rule.action.contains(&Action::Off)) {
            let id = format!("{category}/{}", rule.id);
            if !self.rules.contains(&id) {
                let hint = did_you_mean(&id, &self.rules);
                notes.push(format!("{} is switched off, and there is no such rule{hint}", escape(&id)));
            }
        }
        notes
    }
}

fn did_you_mean(word: &str, known: &BTreeSet<String>) -> String {
    let meant = slip_of(word, known.iter().map(String::as_str));
    meant.map(|known| format!(" (did you mean {known}?)")).unwrap_or_default()
}
