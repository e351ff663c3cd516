//! Stripping: rules find lines and change nothing; what goes is decided apart; others carry it out.
//!
//! Rules are data (`rules/*.toml`, and the user's own files), compiled once into [`CompiledRules`]. [`find_hits`] looks
//! each line of a document up and needs no corpus, so a survey can run it once and keep the compact [`LineHits`];
//! [`decide`] weighs hits by the profile, by where they stand and by how often they recur, and answers with spans.
//! [`find`] does both for a single document.

mod compile;
mod decide;
mod form;
mod hits;
mod knowledge;
pub mod language;
pub mod learn;
mod lines;
pub mod link_text;
mod rule;
mod structure;

pub use compile::{Category, CompiledRules};
pub use decide::{Evidence, Guard, Removal, Stripped, decide};
pub use form::{LONG_LINE, LONG_PREFIX, LineForm, line_key};
pub use hits::{LineHit, LineHits, find_hits};
pub use knowledge::{Knowledge, LearnedLine, NoKnowledge};
pub use rule::{Action, Actions, CountedBy, LabelCounts, Rule, RuleError, RuleFile, built_in_files};

use crate::span::Span;
use link_text::LinkText;

/// What is known about a document beside its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct DocumentContext<'a> {
    /// Its language, as an ISO 639 code; guessed from the text when a rule needs it.
    pub language: Option<&'a str>,
    /// Its site, the registrable domain of its address.
    pub site: Option<&'a str>,
}

/// The removals of lines and of link text as one list, by place; what lies inside a removed line goes with it.
pub fn with_links(lines: Vec<Removal>, links: &[LinkText]) -> Vec<Removal> {
    if links.is_empty() {
        return lines;
    }
    let is_free = |link: &&LinkText| !lines.iter().any(|line| line.span.overlaps(link.span));
    let inline: Vec<Removal> = links.iter().filter(is_free).map(LinkText::removal).collect();
    let mut all = lines;
    all.extend(inline);
    all.sort_by_key(|removal| removal.span);
    all
}

/// What goes from one document. `inline` are the spans inside lines that others delete.
pub fn find(
    text: &str,
    document: &DocumentContext<'_>,
    rules: &CompiledRules,
    knowledge: &dyn Knowledge,
    inline: &[Span],
) -> Stripped {
    let hits = find_hits(text, document.language, rules);
    decide(text, &hits, document.site, rules, knowledge, inline)
}
