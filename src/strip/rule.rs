//! Rules as data: the schema of a rule file, and what is wrong with one.
//!
//! `docs/rules.md` describes the schema for people who write rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::learn::RuleLine;
use crate::config::Profile;
use crate::error::{escape, escape_lines};

/// When a rule's match is deleted; a rule may name several, and each is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Action {
    /// Wherever it stands, even once.
    Always,
    /// Where nothing that is kept follows it in the document.
    End,
    /// In the first five lines that are not empty, the last eight, or the last 15 %.
    Edge,
    /// When it recurs in at least three distinct contexts (two in the strict profile).
    Recurs,
    /// Inside a run of furniture lines.
    Furniture,
    /// In the strict profile only.
    Judgement,
    /// Never: the rule is switched off.
    Off,
}

impl Action {
    /// The least bold profile in which it takes anything out; none for a rule that is off.
    pub fn least_profile(self) -> Option<Profile> {
        match self {
            Self::Always | Self::End => Some(Profile::Safe),
            Self::Edge | Self::Recurs | Self::Furniture => Some(Profile::Default),
            Self::Judgement => Some(Profile::Strict),
            Self::Off => None,
        }
    }
}

/// A set of [`Action`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    /// Whether `action` is among them.
    pub fn has(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }

    pub(super) fn of(actions: &[Action]) -> Self {
        Self(actions.iter().fold(0, |bits, action| bits | 1 << *action as u8))
    }
}

/// What recurrence of a rule's match is counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CountedBy {
    /// The line.
    #[default]
    Line,
    /// The line, on its own site alone: a word that heads sections of texts elsewhere.
    Site,
    /// The rule: its matches differ from page to page (`12 comments`).
    Rule,
}

/// How often a rule's matches were boilerplate and content in labelled pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelCounts {
    /// Lines labelled boilerplate.
    pub boilerplate: u32,
    /// Lines labelled content.
    pub content: u32,
}

/// One rule, as written in a file.
///
/// A line matches when its matching form equals one of `literals`, or opens with one of `labels` and a colon, or opens
/// with one of `starts`, or holds one of `contains`; `pattern`, a regular expression for the whole form, narrows the
/// latter two down, and stands for itself without them. Headlines and last sentences stand at edges, so `at_edge` asks more there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the rule file")]
pub struct Rule {
    /// Name within its category.
    pub id: String,
    /// ISO 639 codes, or `*`.
    #[serde(default)]
    pub languages: Vec<String>,
    /// When a match is deleted.
    pub action: Vec<Action>,
    /// Whole lines.
    #[serde(default)]
    pub literals: Vec<String>,
    /// What stands before the colon of a line `label: headline`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What a line starts with.
    #[serde(default)]
    pub starts: Vec<String>,
    /// What a line holds anywhere.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Whether the phrases of `contains` must be whole words.
    #[serde(default)]
    pub whole_words: bool,
    /// What goes from inside a line where it stands alone between two sentences, letter for letter as written here.
    #[serde(default)]
    pub inline: Vec<String>,
    /// Regular expression for the whole matching form.
    pub pattern: Option<String>,
    /// Regular expression for the whole matching form: what it describes is not meant by `starts` and `contains`.
    pub except: Option<String>,
    /// Regular expression for the whole matching form: what goes for standing at the head, the tail or the end must match it too.
    pub at_edge: Option<String>,
    /// Whether a line must hold a digit, 0 to 9, for `pattern` to be tried.
    #[serde(default)]
    pub digit: bool,
    /// Longest line in characters, for all but literals.
    pub max_chars: Option<usize>,
    /// What recurrence is counted by.
    #[serde(default)]
    pub counted_by: CountedBy,
    /// Whether one word is enough where the document's language is unknown.
    #[serde(default)]
    pub unambiguous: bool,
    /// Whether it stands over a list of links: the teasers below it go with it, see `teaser.rs`.
    #[serde(default)]
    pub heads_list: bool,
    /// Lines that must match.
    #[serde(default)]
    pub hits: Vec<String>,
    /// Lines that must not.
    #[serde(default)]
    pub misses: Vec<String>,
    /// What it did on labelled pages.
    pub evidence: Option<LabelCounts>,
    /// Why it exists.
    #[serde(default)]
    pub why: String,
}

/// A rule file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Category of every rule in it; a file of learned lines needs none.
    #[serde(default)]
    pub category: String,
    /// The rules.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// Lines learned from a corpus, which may share the file.
    #[serde(default, rename = "line", skip_serializing)]
    pub lines: Vec<RuleLine>,
}

/// What is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to {} {file}: {}", self.verb(), escape_lines(reason))]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// The rule, or `-` when the file itself is at fault.
    pub rule: String,
    /// What is wrong.
    pub reason: String,
}

impl RuleError {
    fn verb(&self) -> String {
        if self.rule == "-" { "read".into() } else { format!("compile rule {} of", escape(&self.rule)) }
    }
}

impl RuleFile {
    /// The file in `contents`; `name` is what errors call it.
    ///
    /// # Errors
    /// When it is not TOML of this schema, has rules and no category, or a line that no document can have.
    pub fn parse(name: &str, contents: &str) -> Result<Self, RuleError> {
        let fail = |reason: String| RuleError { file: name.into(), rule: "-".into(), reason };
        let file: Self = toml::from_str(contents).map_err(|error| fail(located(&error, contents)))?;
        if file.category.is_empty() && !file.rules.is_empty() {
            return Err(fail("missing field `category`, which [[rule]] tables need".into()));
        }
        if !file.category.is_empty() && !is_category_name(&file.category) {
            let category = escape(&file.category);
            return Err(fail(format!(
                "category \"{category}\" is no name: it may have a to z, digits and _, and begins with a letter"
            )));
        }
        for (line, number) in file.lines.iter().zip(1..) {
            if let Some(fault) = line.fault() {
                let text = escape(&line.text.chars().take(SHOWN).collect::<String>());
                return Err(fail(format!("[[line]] table {number}, {text:?}: {fault}")));
            }
        }
        Ok(file)
    }
}

/// The lines of rule files, in their order.
///
/// # Errors
/// As [`RuleFile::parse`].
pub fn given_lines(user_files: &[String]) -> Result<Vec<RuleLine>, RuleError> {
    let mut lines = Vec::new();
    for (index, contents) in user_files.iter().enumerate() {
        lines.extend(RuleFile::parse(&user_file_name(index), contents)?.lines);
    }
    Ok(lines)
}

/// What a category may be called: as its name stands in reports and behind `--with`, and as the built-in ones are.
fn is_category_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Characters of a line that an error shows.
const SHOWN: usize = 60;

/// What is wrong with a file's TOML, and in which line of it.
fn located(error: &toml::de::Error, contents: &str) -> String {
    let message = error.message().trim_end();
    let before = error.span().and_then(|span| contents.get(..span.start));
    before.map_or_else(
        || message.to_owned(),
        |before| format!("line {}: {message}", 1 + before.matches('\n').count()),
    )
}

fn user_file_name(index: usize) -> String {
    format!("rule file {}", index + 1)
}

/// Names and contents of the built-in rule files, in the order of their names.
pub fn built_in_files() -> &'static [(&'static str, &'static str)] {
    &BUILT_IN
}

/// Rules by full id (`advertisement/marker-en`): the built-in ones, with the user's put over them.
pub(super) fn rules_by_id(user_files: &[String]) -> Result<BTreeMap<String, Sourced>, RuleError> {
    let mut rules = BTreeMap::new();
    for (name, contents) in built_in_files() {
        insert_file(&mut rules, name, contents, true)?;
    }
    for (index, contents) in user_files.iter().enumerate() {
        insert_file(&mut rules, &user_file_name(index), contents, false)?;
    }
    Ok(rules)
}

/// A rule with the file and category it comes from.
#[derive(Clone, Debug)]
pub(super) struct Sourced {
    pub(super) file: String,
    pub(super) built_in: bool,
    pub(super) category: String,
    pub(super) rule: Rule,
}

fn insert_file(
    rules: &mut BTreeMap<String, Sourced>,
    name: &str,
    contents: &str,
    built_in: bool,
) -> Result<(), RuleError> {
    rules.extend(rules_of_file(name, RuleFile::parse(name, contents)?, built_in)?);
    Ok(())
}

/// The rules of one file by full id.
pub(super) fn rules_of_file(
    name: &str,
    file: RuleFile,
    built_in: bool,
) -> Result<BTreeMap<String, Sourced>, RuleError> {
    let mut rules = BTreeMap::new();
    for rule in file.rules {
        let id = format!("{}/{}", file.category, rule.id);
        let sourced = Sourced { file: name.into(), built_in, category: file.category.clone(), rule };
        if rules.insert(id.clone(), sourced).is_some() {
            return Err(RuleError { file: name.into(), rule: id, reason: "the id is used twice".into() });
        }
    }
    Ok(rules)
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../rules/", $name)))),*]
    };
}

static BUILT_IN: [(&str, &str); 17] = built_in![
    "advertisement.toml",
    "byline_dateline.toml",
    "comments.toml",
    "cookie_legal.toml",
    "counters.toml",
    "credit_caption.toml",
    "login_paywall.toml",
    "navigation.toml",
    "newsletter.toml",
    "pagination.toml",
    "player.toml",
    "promo_link.toml",
    "read_more.toml",
    "share_follow.toml",
    "shop_forum.toml",
    "site_name.toml",
    "update_note.toml",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::StripConfig;
    use crate::strip::CompiledRules;
    use rstest::rstest;

    fn all_rules() -> CompiledRules {
        let config = StripConfig { profile: crate::config::Profile::Strict, ..StripConfig::default() };
        CompiledRules::new(&config).unwrap()
    }

    /// The language a rule's examples are looked at in: its first; none where it is for any.
    fn language_of(rule: &Rule) -> Option<&str> {
        rule.languages.first().map(String::as_str).filter(|code| *code != "*")
    }

    #[test]
    fn every_rule_matches_its_hits_and_none_of_its_misses() {
        let compiled = all_rules();
        let mut wrong = Vec::new();
        for (id, sourced) in rules_by_id(&[]).unwrap() {
            let rule = &sourced.rule;
            assert!(!rule.hits.is_empty() && !rule.misses.is_empty(), "{id} has no examples");
            let matches = |line: &str| {
                rule.languages.iter().any(|code| {
                    let code = (code != "*").then_some(code.as_str());
                    compiled.matching(line, code).iter().any(|found| **found == *id)
                })
            };
            wrong.extend(
                rule.hits.iter().filter(|line| !matches(line)).map(|line| format!("{id} misses {line}")),
            );
            wrong.extend(
                rule.misses.iter().filter(|line| matches(line)).map(|line| format!("{id} hits {line}")),
            );
            assert!(!rule.why.is_empty(), "{id} has no reason ({:?})", language_of(rule));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[rstest]
    #[case("category = \"x\"\n[[rule]]\nid = \"a\"\n", "-", "missing field `action`")]
    #[case(
        "category = \"x\"\n[[rule]]\nid = \"a\"\naction = [\"always\"]\nlanguages = [\"xx\"]\nliterals = [\"b c\"]",
        "x/a",
        "unknown language \"xx\""
    )]
    #[case(
        "category = \"x\"\n[[rule]]\nid = \"a\"\naction = [\"always\"]\nlanguages = [\"*\"]\npattern = \"(\"",
        "x/a",
        "regex parse error"
    )]
    #[case(
        "category = \"x\"\n[[rule]]\nid = \"a\"\naction = [\"always\"]\nlanguages = [\"*\"]",
        "x/a",
        "nothing to match with"
    )]
    fn errors_name_file_rule_and_reason(#[case] file: &str, #[case] rule: &str, #[case] reason: &str) {
        let config = StripConfig { rules: vec![file.into()], ..StripConfig::default() };
        let error = CompiledRules::new(&config).unwrap_err();
        assert_eq!(error.file, "rule file 1");
        assert_eq!(error.rule, rule);
        assert!(error.reason.contains(reason), "{}", error.reason);
    }

    #[test]
    fn a_user_rule_replaces_a_built_in_one_and_switches_another_off() {
        let off = "category = \"advertisement\"\n[[rule]]\nid = \"marker-en\"\naction = [\"off\"]\n";
        let mine = "category = \"advertisement\"\n[[rule]]\nid = \"marker-de\"\nlanguages = [\"de\"]\naction = [\"always\"]\nliterals = [\"Hier wirbt wer\"]\n";
        let config = StripConfig { rules: vec![off.into(), mine.into()], ..StripConfig::default() };
        let compiled = CompiledRules::new(&config).unwrap();
        assert!(compiled.matching("ADVERTISEMENT", Some("en")).is_empty());
        assert!(compiled.matching("Werbung", Some("de")).is_empty());
        assert_eq!(compiled.matching("Hier wirbt wer", Some("de")).len(), 1);
    }

    #[test]
    fn unknown_categories_are_refused() {
        let config = StripConfig { without: vec!["advertisment".into()], ..StripConfig::default() };
        assert!(
            CompiledRules::new(&config)
                .unwrap_err()
                .to_string()
                .contains("--without advertisment: there is no such category")
        );
    }
}
