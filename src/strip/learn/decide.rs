//! From what was seen of a line to what becomes of it: the table of the research (3b) with what reading its errors taught.
//!
//! A count alone never decides. Headings, refrains, quotations, captions, lists of delegates and background paragraphs
//! recur as often as templates do; what sets a template apart is where it stands (at the end, with nothing but
//! furniture behind it), that it points out of the text, and that its contexts have nothing else in common.

use serde::{Deserialize, Serialize};

use super::line::Traits;
use super::recurrence::{FURNITURE_CHARACTERS, Recurrence};
use crate::config::Profile;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "decision")]
pub enum Decision {
    /// It stays.
    Keep,
    /// It stays in one document and goes everywhere else.
    KeepOne {
        /// The rank of the document it stays in.
        first: u64,
    },
    /// It goes.
    Drop,
}

/// By what a line was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearnedRule {
    /// A short line at the end of a site's documents, with only furniture behind it.
    Tail,
    /// A line that points out of the text.
    Pointer,
    /// A longer line that is no sentence.
    Block,
    /// A sentence, or a paragraph.
    Sentence,
    /// A line that differs from its like in a number, a name or a handle.
    Template,
    /// A line that recurs among others that do, on many pages of its site.
    Menu,
    /// A line of many sites.
    Everywhere,
    /// A line of a rule file.
    Given,
}

impl LearnedRule {
    const ALL: [Self; 8] = [
        Self::Tail,
        Self::Pointer,
        Self::Block,
        Self::Sentence,
        Self::Template,
        Self::Menu,
        Self::Everywhere,
        Self::Given,
    ];

    /// The rule of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The rule's name in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tail => "learned/tail",
            Self::Pointer => "learned/pointer",
            Self::Block => "learned/block",
            Self::Sentence => "learned/sentence",
            Self::Template => "learned/template",
            Self::Menu => "learned/menu",
            Self::Everywhere => "learned/everywhere",
            Self::Given => "learned/given",
        }
    }

    /// Whether the line goes only where it stands at the end: elsewhere the same words may be a heading.
    pub(super) fn holds_at_tail_only(self) -> bool {
        matches!(self, Self::Tail | Self::Everywhere)
    }
}

/// Fewer characters make a short line.
const SHORT: u32 = 40;

/// More characters make a paragraph, whatever it ends with.
const LONG: u32 = 200;

/// Thresholds that differ between the profiles.
struct Bar {
    /// Least rate of a line that is not short, and of one that points out of the text.
    rate: f64,
    /// Least rate of a short line.
    short_rate: f64,
    /// Least share of documents where a short line is at the end.
    tail: f64,
    /// Whether a sentence needs more to go than three contexts.
    is_wary_of_sentences: bool,
}

impl Bar {
    fn of(profile: Profile) -> Option<Self> {
        match profile {
            Profile::Safe => None,
            Profile::Default => {
                Some(Self { rate: 0.01, short_rate: 0.05, tail: 0.8, is_wary_of_sentences: true })
            }
            Profile::Strict => {
                Some(Self { rate: 0.005, short_rate: 0.05, tail: 0.6, is_wary_of_sentences: false })
            }
        }
    }
}

/// What becomes of a line under a profile, and why; `None`: it stays.
pub(super) fn decide(line: &Recurrence, profile: Profile) -> Option<(LearnedRule, Decision)> {
    let bar = Bar::of(profile)?;
    if line.is(Traits::COUNTED) {
        return None;
    }
    if is_menu(line) {
        return Some((LearnedRule::Menu, Decision::Drop));
    }
    if is_end_block(line, &bar) {
        return Some((LearnedRule::Block, Decision::Drop));
    }
    if is_credit(line) {
        return Some((LearnedRule::Template, Decision::Drop));
    }
    if may_be_content(line) {
        return None;
    }
    let rule = match line.site {
        None => is_everywhere(line).then_some(LearnedRule::Everywhere)?,
        Some(_) => find_rule(line, &bar)?,
    };
    let decision = match rule {
        LearnedRule::Sentence if !is_invitation(line) => Decision::KeepOne { first: line.first },
        _ => Decision::Drop,
    };
    Some((rule, decision))
}

/// A sentence that points out of the text in as many contexts as a block needs says nothing in any of them.
fn is_invitation(line: &Recurrence) -> bool {
    line.is(Traits::CUE) && line.evidence.contexts >= 5
}

fn find_rule(line: &Recurrence, bar: &Bar) -> Option<LearnedRule> {
    if line.is(Traits::SHAPE) {
        return (line.is(Traits::CUE) && is_template(line, bar)).then_some(LearnedRule::Template);
    }
    if is_pointer(line, bar) {
        Some(LearnedRule::Pointer)
    } else if line.is(Traits::SENTENCE) || line.characters > LONG {
        is_recurring_sentence(line, bar).then_some(LearnedRule::Sentence)
    } else if line.characters < SHORT {
        is_tail(line, bar).then_some(LearnedRule::Tail)
    } else {
        is_block(line, bar).then_some(LearnedRule::Block)
    }
}

/// What no number of contexts makes boilerplate.
fn may_be_content(line: &Recurrence) -> bool {
    line.is(Traits::SEPARATOR)
        || line.share(Traits::FRAGMENT) > 0.1
        || line.is(Traits::QUESTION)
        || (line.is(Traits::LABEL) && line.evidence.tail < 1.0)
        || line.is(Traits::QUOTED)
        || line.is(Traits::LIST)
        || (line.is(Traits::FIGURES) && !line.is(Traits::CUE))
}

fn is_tail(line: &Recurrence, bar: &Bar) -> bool {
    let seen = &line.evidence;
    seen.contexts >= 5
        && seen.rate >= bar.short_rate
        && seen.tail >= bar.tail
        // A short line that ends a sentence is an utterance: `Thank you.`
        && !line.is(Traits::FINAL)
        && !line.is(Traits::BEHIND_QUOTE)
        && is_spread(line)
}

/// A page as it came, menus and all: its furniture stands in runs, on a large share of the site's pages. A heading that all
/// recipes of a site have stands alone.
fn is_menu(line: &Recurrence) -> bool {
    let seen = &line.evidence;
    let is_short = !line.is(Traits::SENTENCE) && line.characters <= u32::from(FURNITURE_CHARACTERS);
    let is_frequent = |contexts: u32, rate: f64| seen.contexts >= contexts && seen.rate >= rate;
    let recurs = if line.on_pages() >= 0.8 {
        is_frequent(4, 0.25) || (is_frequent(3, 0.75) && line.in_long_menus() >= 0.8)
    } else {
        is_short && is_frequent(5, 0.3)
    };
    line.site.is_some() && recurs && seen.menu >= 0.8 && !line.is(Traits::SHAPE) && is_spread(line)
}

/// A line of the block that documents of a site end with: an order form, a table of contents of its next issue. Its questions
/// and quotations are part of it.
fn is_end_block(line: &Recurrence, bar: &Bar) -> bool {
    let seen = &line.evidence;
    line.site.is_some()
        && seen.contexts >= 5
        && seen.rate >= bar.rate
        && seen.tail >= 0.7
        && seen.menu >= 0.7
        && line.characters >= SHORT
        && !line.is(Traits::SEPARATOR)
        && !line.is(Traits::SHAPE)
        && !(line.is(Traits::SENTENCE) && line.is(Traits::QUOTED))
        && line.share(Traits::FRAGMENT) <= 0.1
        && is_spread(line)
}

fn is_pointer(line: &Recurrence, bar: &Bar) -> bool {
    let seen = &line.evidence;
    line.is(Traits::CUE)
        && !line.is(Traits::SENTENCE)
        && line.characters <= LONG
        && recurs_enough(line)
        && seen.rate >= bar.rate
        && (seen.edge >= 0.6 || seen.tail >= 0.6)
        && is_spread(line)
}

fn is_block(line: &Recurrence, bar: &Bar) -> bool {
    let seen = &line.evidence;
    let is_inserted = line.is(Traits::CUE) || line.is(Traits::BRACKETED);
    let is_placed = seen.edge >= 0.6 || seen.rate >= 0.05 || is_inserted;
    let is_signature = line.is(Traits::BEHIND_QUOTE) && !line.is(Traits::FINAL);
    recurs_enough(line) && seen.rate >= bar.rate && is_placed && !is_signature && is_spread(line)
}

/// A paragraph of background recurs like a notice does, but in the middle of documents and without pointing anywhere.
fn is_recurring_sentence(line: &Recurrence, bar: &Bar) -> bool {
    let seen = &line.evidence;
    let is_inserted = line.is(Traits::BRACKETED) || line.is(Traits::CUE);
    let is_at_edge = seen.tail >= 0.7 || seen.edge >= if is_inserted { 0.6 } else { 0.9 };
    let is_pointing = is_inserted && seen.contexts >= 8;
    let is_frequent = seen.contexts >= 10 && seen.rate >= 0.05;
    let is_furniture = is_at_edge || is_frequent || is_pointing || line.is(Traits::BRACKETED);
    seen.contexts >= 3 && is_spread(line) && (is_furniture || !bar.is_wary_of_sentences)
}

/// A template's slot may be what its line is there to say (an address in a directory, a date in a table), so it goes only
/// where it points out of the text, stands at the edge, and its wordings recur themselves.
fn is_template(line: &Recurrence, bar: &Bar) -> bool {
    let seen = &line.evidence;
    seen.contexts >= 8
        && seen.rate >= bar.rate
        && seen.edge >= 0.8
        && seen.diversity <= 0.5
        && !line.is(Traits::SENTENCE)
        && is_spread(line)
}

/// Whether a line that is no sentence stands in five contexts, or in three and each time with nothing but furniture behind it.
fn recurs_enough(line: &Recurrence) -> bool {
    let seen = &line.evidence;
    seen.contexts >= 5 || (seen.contexts >= 3 && seen.tail >= 1.0)
}

/// A line with a number and a name that at least half of a site's documents open or close with: `Published 3 days ago by
/// ⟨name⟩`. So many do not tell the same thing each time, however many wordings there are.
fn is_credit(line: &Recurrence) -> bool {
    let seen = &line.evidence;
    line.site.is_some()
        && line.is(Traits::SHAPE)
        && !line.is(Traits::CUE)
        && seen.contexts >= 10
        && seen.rate >= 0.5
        && seen.edge >= 0.9
        && !line.is(Traits::QUESTION)
        && !line.is(Traits::QUOTED)
        && !line.is(Traits::LIST)
        && line.share(Traits::FRAGMENT) <= 0.1
        && is_spread(line)
}

fn is_everywhere(line: &Recurrence) -> bool {
    let seen = &line.evidence;
    seen.sites >= 10
        && seen.contexts >= 10
        && seen.tail >= 0.9
        && !line.is(Traits::FINAL)
        && line.characters >= 12
        && is_spread(line)
}

/// Whether the documents of a line have little else in common: seven in ten are a context of their own.
fn is_spread(line: &Recurrence) -> bool {
    f64::from(line.evidence.contexts) >= 0.7 * f64::from(line.evidence.distinct)
}
