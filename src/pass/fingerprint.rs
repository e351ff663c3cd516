//! The second pass: what is left of each document once it is normalised and stripped, and what it is compared by.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::config::{Keep, Level, Profile};
use crate::decide::{self, Cause};
use crate::document::Document;
use crate::edit::{self, Edit};
use crate::error::Result;
use crate::fingerprint::{self, Fingerprint};
use crate::plan::Plan;
use crate::read::format::Format;
use crate::read::shard::Shard;
use crate::span::Span;
use crate::strip::learn::{Line, Peeled};
use crate::strip::link_text::{self, LinkText};
use crate::strip::{self, LineHits, Removal};

use super::knowledge::Knowledge;
use super::printed::Printed;
use super::prints::PrintsPart;
use super::survey::{Found, Seen};
use super::{DocumentPlace, Normal, language, normal_form, site_of, survey};

/// What a document is ranked by when one of several is to stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Rank {
    /// It has nothing to be ranked by, and comes last.
    #[default]
    None,
    /// A number: a length, a time, a score.
    Number(f64),
    /// A text, in the order of its bytes.
    Text(Box<str>),
}

/// The second pass over documents: what it works with, and buffers that are used again.
pub struct Printer<'a> {
    plan: &'a Plan,
    knowledge: &'a Knowledge,
    scratch: fingerprint::Scratch,
    lines: Vec<Line>,
}

/// What changes in a document's text, and why it was kept whole if it was.
struct Changes {
    edits: Vec<Edit<Cause>>,
    kept_back: Option<Box<str>>,
    peeled: Option<Peeled>,
}

/// A document that was looked at again.
pub struct Reprinted {
    /// What it is compared by now.
    pub fingerprint: Fingerprint,
    /// What it is ranked by now.
    pub rank: Rank,
    /// What else was found of it.
    pub printed: Printed,
    /// What went from it this time.
    pub peeled: Option<Peeled>,
}

impl<'a> Printer<'a> {
    /// One that has seen nothing yet.
    pub fn new(plan: &'a Plan, knowledge: &'a Knowledge) -> Self {
        Self { plan, knowledge, scratch: fingerprint::Scratch::default(), lines: Vec::new() }
    }

    /// The second pass over one shard. `seen` is what the first saw of its documents.
    ///
    /// # Errors
    /// Only when a row cannot be written, which is a fault of tamis.
    pub fn shard(
        &mut self,
        shard: &Shard,
        format: &dyn Format,
        documents: &[DocumentPlace],
        seen: &Seen<'_>,
    ) -> Result<PrintsPart> {
        let mut part = PrintsPart::default();
        for (index, place) in documents.iter().enumerate() {
            // It was read once, so it can be read again; an unreadable one would have been set aside.
            let document = shard.parse(place.raw(shard), format, &self.plan.fields).unwrap_or_default();
            let Changes { mut edits, kept_back, peeled } =
                self.changes(&document, *place, seen.is_normal(index), seen.found(index));
            if format.is_one_record() && !edits.is_empty() {
                end_with_line_end(&document, &mut edits);
            }
            let (fingerprint, rank, printed) = self.print(&document, edits, kept_back);
            part.push(&fingerprint, rank, &printed, peeled.as_ref())?;
        }
        Ok(part)
    }

    /// A document that was printed before, stripped once more with what was learned since; `None` when nothing more goes.
    pub fn again(
        &mut self,
        document: &Document<'_>,
        place: DocumentPlace,
        format: &dyn Format,
        before: &Printed,
    ) -> Option<Reprinted> {
        let text = clean_text(document, &before.edits);
        let hits = strip::find_hits(&text, language(document, self.plan), &self.plan.rules);
        let found = Found { hits: &hits, links: true, taught: true };
        let (removals, kept_back, peeled) = self.stripped(document, &text, place, found);
        if removals.is_empty() {
            return None;
        }
        let mut edits = decide::compose(before.edits.to_vec(), removals);
        if format.is_one_record() {
            end_with_line_end(document, &mut edits);
        }
        let (fingerprint, rank, printed) = self.print(document, edits, kept_back);
        Some(Reprinted { fingerprint, rank, printed, peeled })
    }

    fn print(
        &mut self,
        document: &Document<'_>,
        edits: Vec<Edit<Cause>>,
        kept_back: Option<Box<str>>,
    ) -> (Fingerprint, Rank, Printed) {
        let config = &self.plan.config;
        let clean = clean_text(document, &edits);
        let mut fingerprint = fingerprint::of(&clean, &config.fingerprint, &mut self.scratch);
        if config.group.level == Level::Paragraph {
            fingerprint.paragraphs =
                fingerprint::paragraph_digests(&clean, &config.fingerprint, &mut self.scratch);
        }
        let rank = rank(document, &clean, &config.group.keep);
        let bytes = (document.text.len() as u32, clean.len() as u32);
        (fingerprint, rank, Printed { bytes, edits: edits.into_boxed_slice(), kept_back })
    }

    fn changes(
        &mut self,
        document: &Document<'_>,
        place: DocumentPlace,
        is_normal: bool,
        found: Option<Found<'_>>,
    ) -> Changes {
        let normal = if is_normal { Normal::as_it_came(document) } else { normal_form(document, self.plan) };
        let (removals, kept_back, peeled) = match found {
            Some(found) => self.stripped(document, &normal.text, place, found),
            None => (Vec::new(), None, None),
        };
        Changes { edits: decide::compose(normal.edits, removals), kept_back, peeled }
    }

    /// The link text of a document, of which the survey told whether it may hold any by the cues that are built in.
    fn links(&self, text: &str, may_hold: bool) -> Vec<LinkText> {
        let cues = &self.knowledge.cues;
        let is_wanted = self.plan.config.strip.strips_link_text() && (may_hold || cues.has_learned());
        if is_wanted { link_text::find(text, cues) } else { Vec::new() }
    }

    /// What is stripped from a document, against its normal form `text`, and why it is kept whole if it is.
    pub(super) fn stripped(
        &mut self,
        document: &Document<'_>,
        text: &str,
        place: DocumentPlace,
        found: Found<'_>,
    ) -> (Vec<Removal>, Option<Box<str>>, Option<Peeled>) {
        let Found { hits, links, taught } = found;
        let mut links = if hits.is_code() { Vec::new() } else { self.links(text, links) };
        let site = site_of(document);
        let rank = survey::rank_of(place);
        let known = self.knowledge.of_document(text, site.as_deref(), rank, taught, &mut self.lines);
        let inline: Vec<Span> = links.iter().map(|link| link.span).collect();
        let found = strip::decide(text, hits, site.as_deref(), &self.plan.rules, &known, &inline);
        if found.kept_back.is_some() {
            // A document that is kept whole loses nothing that a line rule might have taken in its stead.
            links.retain(|link| link.kind.is_popup());
        }
        let removals = strip::with_links(found.removals, &links);
        let config = &self.plan.config.strip;
        let learns = config.learn && config.profile != Profile::Safe;
        let peeled =
            (learns && !removals.is_empty()).then(|| peeled(text, hits, &removals, place, self.plan));
        (removals, found.kept_back.map(|guard| guard.to_string().into_boxed_str()), peeled.flatten())
    }
}

/// Which lines of a text went whole; `None` if none did.
fn peeled(
    text: &str,
    hits: &LineHits,
    removals: &[Removal],
    place: DocumentPlace,
    plan: &Plan,
) -> Option<Peeled> {
    let (mut gone, mut starts, mut lines) = (Vec::new(), Vec::new(), 0);
    let mut removals = removals.iter().map(|removal| removal.span).peekable();
    for line in strip::lines(text) {
        while removals.next_if(|span| span.end < line.end).is_some() {}
        if removals.peek().is_some_and(|span| span.start <= line.start && line.end <= span.end) {
            gone.push(lines);
            starts.push(line.start as u32);
        }
        lines += 1;
    }
    let keys = || hits.keys_without(&starts, &plan.rules).into_iter().collect();
    (!gone.is_empty()).then(|| Peeled {
        rank: survey::rank_of(place),
        lines,
        keys: keys(),
        gone: gone.into(),
    })
}

/// A text file that is written anew ends with one line end.
pub(super) fn end_with_line_end(document: &Document<'_>, edits: &mut Vec<Edit<Cause>>) {
    let clean = edit::apply(&document.text, edits);
    if clean.is_empty() || clean.ends_with('\n') {
        return;
    }
    let end = document.text.len();
    let span = Span::new(end, end);
    edits.push(Edit { span, replacement: "\n".into(), cause: Cause::FinalLineEnd });
}

/// A document's text after its edits.
pub fn clean_text<'a>(document: &'a Document<'_>, edits: &[Edit<Cause>]) -> std::borrow::Cow<'a, str> {
    if edits.is_empty() { document.text.as_ref().into() } else { edit::apply(&document.text, edits).into() }
}

fn rank(document: &Document<'_>, clean: &str, keep: &Keep) -> Rank {
    let value = || document.rank.as_deref();
    match keep {
        Keep::First => Rank::None,
        Keep::Longest => Rank::Number(clean.chars().count() as f64),
        Keep::Newest | Keep::Oldest => {
            value().and_then(crate::date::seconds).map_or(Rank::None, Rank::Number)
        }
        Keep::Field { .. } => value().map_or(Rank::None, |value| match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Rank::Number(number),
            _ => Rank::Text(value.into()),
        }),
    }
}

/// The documents' places in the order of preference: 0 is the best. Ties end at input order.
pub fn ranks(by: &[Rank], keep: &Keep) -> Vec<u64> {
    let is_least_first = matches!(keep, Keep::Oldest | Keep::Field { min: true, .. });
    let mut order: Vec<u32> = (0..by.len() as u32).collect();
    order.sort_by(|a, b| compare(&by[*a as usize], &by[*b as usize], is_least_first));
    let mut ranks = vec![0; order.len()];
    for (rank, document) in (0u64..).zip(order) {
        ranks[document as usize] = rank;
    }
    ranks
}

/// Numbers before texts before nothing, whichever end is wanted.
fn compare(a: &Rank, b: &Rank, is_least_first: bool) -> Ordering {
    let wanted = |order: Ordering| if is_least_first { order } else { order.reverse() };
    match (a, b) {
        (Rank::Number(a), Rank::Number(b)) => wanted(a.total_cmp(b)),
        (Rank::Text(a), Rank::Text(b)) => wanted(a.cmp(b)),
        (Rank::None, Rank::None) => Ordering::Equal,
        (Rank::Number(_), _) | (Rank::Text(_), Rank::None) => Ordering::Less,
        (_, Rank::Number(_)) | (Rank::None, Rank::Text(_)) => Ordering::Greater,
    }
}
