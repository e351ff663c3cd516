//! Learned lines as a file a person can read, correct and keep.
//!
//! Each line is a table of its own, so that one is forgotten by deleting it and overruled by `action = "keep"`. The tables
//! are all named `line`; a file may hold other tables beside them.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::decide::{Decision, LearnedRule};
use super::key::line_key;
use super::template::template_key;
use super::wording::{LearnedRow, Scope};
use crate::error::is_harmless;

/// What a rule file wants done with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It goes.
    Drop,
    /// It stays in the first document and goes from all others.
    KeepOne,
    /// It stays.
    Keep,
}

/// Where a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Among the last four lines of a document and in its last quarter, or with nothing but lines that recur behind it.
    End,
    /// Among three lines or more, one below the other, of which the same is said.
    Menu,
}

/// One `[[line]]` table. All but the first five fields are for the reader, and for the guard, which trusts a line of five
/// contexts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleLine {
    /// What is done.
    pub action: Action,
    /// The line. Case, punctuation and spacing do not count in one of up to 160 bytes; a longer one stands letter for letter.
    pub text: String,
    /// Whether lines are meant that differ from it in their slots only: in numbers, names, handles and addresses. The slots
    /// may be written `⟨number⟩`, `⟨name⟩`, `⟨address⟩`.
    #[serde(default)]
    pub template: bool,
    /// The site it holds on, empty for documents of none; without, it holds on all.
    #[serde(default)]
    pub site: Option<String>,
    /// Where it goes; without, wherever it stands.
    #[serde(default)]
    pub at: Option<Place>,
    /// By what it was learned.
    #[serde(default)]
    pub rule: String,
    /// The built-in rule that takes it out too.
    #[serde(default)]
    pub covered_by: String,
    /// Documents it stood in.
    #[serde(default)]
    pub documents: u32,
    /// Different contexts it stood in.
    #[serde(default)]
    pub contexts: u32,
    /// Sites it stood on.
    #[serde(default)]
    pub sites: u32,
    /// Contexts as a share of the documents of its site, or of all.
    #[serde(default)]
    pub rate: f64,
    /// Share of its documents where it is among the first three or the last four lines.
    #[serde(default)]
    pub edge: f64,
    /// Share of its documents where it, and all behind it, recur.
    #[serde(default)]
    pub tail: f64,
    /// Of a template: one of its wordings.
    #[serde(default)]
    pub wording: String,
    /// Of a line of all sites: where it stood most often, `site: documents`.
    #[serde(default)]
    pub most_on: Vec<String>,
    /// Documents to look at.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// Why a rule file could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// It is no TOML, or a table has a field that is unknown, missing or of the wrong kind.
    #[error("failed to read learned lines: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A line cannot be met in any document.
    #[error("failed to read learned line {text:?}: {reason}")]
    Line {
        /// The line.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl RuleLine {
    /// What its line is recognised by; `None` for a template without slots.
    pub(super) fn key(&self) -> Option<u64> {
        if self.template { template_key(&self.text) } else { Some(line_key(&self.text)) }
    }

    /// The number its site is known by, zero for documents of none; `None` for all sites.
    pub(super) fn site_key(&self) -> Option<u64> {
        let site = self.site.as_deref()?;
        Some(if site.is_empty() { 0 } else { crate::site::key(site) })
    }

    /// Why no document can have the line; `None` for one that a document can have.
    pub fn fault(&self) -> Option<&'static str> {
        if self.text.trim().is_empty() {
            Some("the text is empty")
        } else if self.text.trim().contains('\n') {
            Some("the text has more than one line; write a table for each")
        } else if self.key().is_none() {
            Some(
                "a template needs a number, name, handle or address, and two fixed words (one beside a handle or an address)",
            )
        } else {
            None
        }
    }

    /// The table of a learned line; `name` tells what the document of a rank is called.
    pub fn of_row(row: &LearnedRow, name: impl Fn(u64) -> String) -> Self {
        let action = match row.decision {
            Decision::Drop => Action::Drop,
            Decision::KeepOne { .. } => Action::KeepOne,
            Decision::Keep => Action::Keep,
        };
        let site = match &row.scope {
            Scope::Everywhere => None,
            Scope::NoSite => Some(String::new()),
            Scope::Site(site) => Some(site.clone()),
        };
        let most_on = row.most_on.iter().map(|(site, documents)| format!("{site}: {documents}")).collect();
        Self {
            action,
            text: row.template.as_ref().unwrap_or(&row.text).clone(),
            template: row.template.is_some(),
            site,
            at: row.at,
            rule: row.rule.map_or("", LearnedRule::name).to_owned(),
            covered_by: String::new(),
            documents: row.evidence.documents,
            contexts: row.evidence.contexts,
            sites: row.evidence.sites,
            rate: row.evidence.rate,
            edge: row.evidence.edge,
            tail: row.evidence.tail,
            wording: row.template.as_ref().map_or(String::new(), |_| row.text.clone()),
            most_on,
            examples: row.examples.iter().map(|rank| name(*rank)).collect(),
        }
    }
}

/// The rule file of these lines, in their order. `told` are the lines of a comment on where they come from.
pub fn to_rule_file(told: &[String], lines: &[RuleLine]) -> String {
    let mut file = String::from(HEADER);
    for line in told {
        let _ = writeln!(file, "# {}", shown(line));
    }
    file.push_str(FIELDS);
    for line in lines {
        push_table(&mut file, line);
    }
    file
}

/// The lines of a rule file; other tables in it are not looked at.
///
/// # Errors
/// When the file is no TOML, a `[[line]]` table is malformed, or a line cannot be met in any document.
pub fn from_rule_file(file: &str) -> Result<Vec<RuleLine>, RuleFileError> {
    #[derive(Deserialize)]
    struct RuleFile {
        #[serde(default)]
        line: Vec<RuleLine>,
    }
    let lines = toml::from_str::<RuleFile>(file)?.line;
    match lines.iter().find_map(|line| Some((line, line.fault()?))) {
        Some((line, reason)) => Err(RuleFileError::Line { text: line.text.clone(), reason }),
        None => Ok(lines),
    }
}

const HEADER: &str = "\
# Lines that recur in a corpus, learned by `tamis learn`: to be read, corrected and kept.
#
";

const FIELDS: &str = "\
#
# To use it:  tamis clean INPUT -o OUT --rules FILE             beside what that run learns itself
#             tamis clean INPUT -o OUT --rules FILE --no-learn  nothing but these lines
#
# Delete a table to forget its line. What is done with a line:
#   action    \"drop\" it, \"keep-one\" (in the first document), or \"keep\" it, whatever a run learns
#   text      the line; case, punctuation and spacing count in long lines only (over 160 bytes)
#   template  true: the ⟨number⟩, ⟨name⟩ and ⟨address⟩ in its text may be any
#   site      where it holds; \"\": in documents without a site; left out: everywhere
#   at        \"end\": it goes from the end of a document only; \"menu\": only among other lines of a menu
# All other fields are evidence: the rule it was learned by, the built-in rule that has it too, how many documents and
# contexts it stood in, on how many sites, contexts as a share of documents (rate), the share of its documents where it
# stood among the first or last lines (edge) or in the furniture of the end (tail), and documents to look at.
";

fn push_table(file: &mut String, line: &RuleLine) {
    let action = match line.action {
        Action::Drop => "drop",
        Action::KeepOne => "keep-one",
        Action::Keep => "keep",
    };
    let _ = write!(file, "\n[[line]]\naction = \"{action}\"\ntext = {}\n", quoted(&line.text));
    if line.template {
        file.push_str("template = true\n");
    }
    if let Some(site) = &line.site {
        let _ = writeln!(file, "site = {}", quoted(site));
    }
    match line.at {
        Some(Place::End) => file.push_str("at = \"end\"\n"),
        Some(Place::Menu) => file.push_str("at = \"menu\"\n"),
        None => {}
    }
    push_evidence(file, line);
}

fn push_evidence(file: &mut String, line: &RuleLine) {
    for (name, text) in [("rule", &line.rule), ("covered_by", &line.covered_by), ("wording", &line.wording)] {
        if !text.is_empty() {
            let _ = writeln!(file, "{name} = {}", quoted(text));
        }
    }
    let _ = writeln!(
        file,
        "documents = {}\ncontexts = {}\nsites = {}",
        line.documents, line.contexts, line.sites
    );
    let _ = writeln!(file, "rate = {:.4}\nedge = {:.2}\ntail = {:.2}", line.rate, line.edge, line.tail);
    for (name, texts) in [("most_on", &line.most_on), ("examples", &line.examples)] {
        if !texts.is_empty() {
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            let _ = writeln!(file, "{name} = [{}]", texts.join(", "));
        }
    }
}

/// A string of TOML, with everything that could drive a terminal or hide in an editor escaped.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if is_harmless(character) => out.push(character),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(character));
            }
        }
    }
    out.push('"');
    out
}

/// A comment on one line.
fn shown(line: &str) -> String {
    crate::error::escape(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> RuleLine {
        RuleLine {
            action: Action::KeepOne,
            text: text.into(),
            template: false,
            site: Some("a.org".into()),
            at: Some(Place::End),
            rule: "learned/tail".into(),
            covered_by: String::new(),
            documents: 7,
            contexts: 6,
            sites: 1,
            rate: 0.25,
            edge: 0.5,
            tail: 1.0,
            wording: String::new(),
            most_on: vec![],
            examples: vec!["a \"b\".jsonl:3".into()],
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(text in "[^\\n\\x00]{0,40}\\PC") {
            proptest::prop_assume!(!text.trim().is_empty());
            let written = vec![line(&text), RuleLine { site: None, at: None, ..line("Another \\ line") }];
            let file = to_rule_file(&["Some 12 documents".into()], &written);
            proptest::prop_assert_eq!(from_rule_file(&file).unwrap(), written);
            proptest::prop_assert!(file.split('\n').all(|line| line.chars().all(is_harmless)));
        }
    }

    #[test]
    fn a_template_may_be_written_with_slots_or_as_a_wording() {
        let template = |text: &str| RuleLine { template: true, ..line(text) };
        let key = template("Published 3 days ago by Jane Doe").key();
        assert!(key.is_some());
        assert_eq!(template("Published ⟨number⟩ days ago by ⟨name⟩").key(), key);
        assert_eq!(template("published ⟨number⟩ days ago by ⟨name⟩").fault(), None);
        assert!(template("Published today").fault().is_some());
        assert!(line(" ").fault().is_some() && line("a\nb").fault().is_some());
    }
}
