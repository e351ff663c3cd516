//! Finding: which lines of a document rules describe, and where they stand. Nothing is decided here and no corpus is
//! needed, so a document's hits can be found once, kept, and decided on later.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::code::{is_code, is_code_line};
use super::compile::{CompiledRules, Match, Structure, is_unspaced};
use super::form::{LONG_LINE, LineForm, form_key, push_form};
use super::gallery;
use super::language::LanguageSet;
use super::lines::{ends_sentence, lines};
use super::neighbours::{answers_question, is_indented, is_part_of_neighbours};
use super::rule::Action;
use super::structure::{Head, PROSE_LINE, doubled_head, is_cut_caption};
use crate::config::Profile;
use crate::span::Span;

/// Longest line of a furniture run in characters, and the fewest lines and rule hits of one.
const RUN_LINE: usize = 60;
const RUN_LINES: usize = 10;
const RUN_HITS: usize = 3;

/// Most lines without a hit between two hits of a furniture run: among the prose, before its first line where at least
/// so many lines stand there, and after its last. Chosen on the labelled whole pages, where greater gaps before the
/// prose begin to cost titles.
const RUN_GAP: u32 = 3;
const MENU_GAP: u32 = 15;
const MENU_LINES: u32 = 40;
const FOOTER_GAP: u32 = 30;

/// Lines after the last of prose from which on a page has a footer, and those right below the prose that may be of the text.
const FOOTER_LINES: u32 = 20;
const END_WINDOW: u32 = 10;

/// Lines before the first of prose in which the title stands, and the fewest words, or characters of a script without
/// spaces between words, of one.
const TITLE_WINDOW: u32 = 30;
const TITLE_WORDS: usize = 5;
const TITLE_CHARACTERS: usize = 9;

/// Head lines that are kept to look for a doubled one and for the prose after it.
pub(super) const HEAD_WINDOW: usize = 12;

/// Share of a document's bytes in lines of prose that makes it an article, in hundredths, and the fewest such lines.
const ARTICLE_PERCENT: usize = 25;
const ARTICLE_LINES: usize = 3;

/// One rule's match with one line: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineHit {
    /// What recurrence is counted by.
    pub key: u64,
    /// First byte of the line.
    pub start: u32,
    /// First byte after it.
    pub end: u32,
    /// Lines that are not blank before it in the document, at most 65,535.
    pub lines_before: u16,
    /// Lines that are not blank after it, at most 65,535.
    pub lines_after: u16,
    pub(super) rule: u16,
    pub(super) place: Place,
}

/// Where a hit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place(u8);

impl Place {
    /// Inside a run of furniture lines.
    pub(super) const RUN: Self = Self(1);
    /// The second line of a doubled head, of which one goes whatever the profile.
    pub(super) const SECOND: Self = Self(2);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The hits of a document by their place in it, those of one line by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineHits {
    pub(super) hits: Vec<LineHit>,
    /// Phrases that go from inside lines, with their rules.
    pub(super) inline: Vec<(Span, u16)>,
    /// Lines of the document that are not blank.
    pub(super) lines: u32,
    /// Whether there is prose enough in it.
    pub(super) article: bool,
    /// Whether it is program code, of which nothing goes.
    code: bool,
}

impl LineHits {
    /// The keys a survey should count, each once: those of hits whose rule acts on recurrence.
    pub fn keys(&self, rules: &CompiledRules) -> impl Iterator<Item = u64> {
        let recurs = |hit: &&LineHit| rules.rules[usize::from(hit.rule)].actions.has(Action::Recurs);
        self.hits.iter().filter(recurs).map(|hit| hit.key).collect::<BTreeSet<u64>>().into_iter()
    }

    /// As [`LineHits::keys`], of the lines that stay when those that open at the bytes `gone`, in order, go.
    pub fn keys_without(&self, gone: &[u32], rules: &CompiledRules) -> BTreeSet<u64> {
        let stays = |hit: &&LineHit| gone.binary_search(&hit.start).is_err();
        let recurs = |hit: &&LineHit| rules.rules[usize::from(hit.rule)].actions.has(Action::Recurs);
        self.hits.iter().filter(recurs).filter(stays).map(|hit| hit.key).collect()
    }

    /// Whether the document is program code (see `code.rs`): nothing is stripped from it, and nothing learned.
    pub fn is_code(&self) -> bool {
        self.code
    }

    /// Whether no rule describes any line.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty() && self.inline.is_empty()
    }

    /// The lines that rules describe, each with the name of the rule, whether or not it takes the line out.
    pub fn described(&self, rules: &CompiledRules) -> Vec<(Span, std::sync::Arc<str>)> {
        let of = |hit: &LineHit| {
            let line = Span::new(hit.start as usize, hit.end as usize);
            (line, std::sync::Arc::clone(&rules.rules[usize::from(hit.rule)].id))
        };
        self.hits.iter().map(of).collect()
    }

    /// The hits.
    pub fn iter(&self) -> impl Iterator<Item = &LineHit> {
        self.hits.iter()
    }
}

/// All lines of `text` that rules describe. Texts of 4 GiB and more have none.
///
/// The matching forms of some lines are made together and looked through for parts of phrases in one go, before each line is
/// looked up: most lines are told apart without a closer look.
pub fn find_hits(text: &str, language: Option<&str>, rules: &CompiledRules) -> LineHits {
    find_hits_and(text, language, rules, &mut FormBuffers::default(), |_| ())
}

/// What finding works with, to be used again for the next document.
#[derive(Default)]
pub struct FormBuffers {
    batch: Batch,
    form: LineForm,
}

/// As [`find_hits`], and tells `each` line that was looked at, in order, so that who else wants the lines need not look again.
pub fn find_hits_and(
    text: &str,
    language: Option<&str>,
    rules: &CompiledRules,
    buffers: &mut FormBuffers,
    mut each: impl FnMut(Glance),
) -> LineHits {
    if u32::try_from(text.len()).is_err() || !rules.settings.enabled {
        return LineHits::default();
    }
    let mut finder = Finder::new(text, rules);
    for line in lines(text) {
        buffers.batch.add(text, line);
        if buffers.batch.is_full() {
            finder.see_all(buffers, &mut each);
        }
    }
    finder.see_all(buffers, &mut each);
    if finder.is_code() {
        return LineHits { lines: finder.count, code: true, ..LineHits::default() };
    }
    finder.close_run();
    LineHits { inline: find_inline(text, rules), ..finder.finish(language) }
}

/// What goes from inside lines, with the rules that say so, by place.
fn find_inline(text: &str, rules: &CompiledRules) -> Vec<(Span, u16)> {
    let mut inline = Vec::new();
    rules.inline.find(text, |span, rule| inline.push((span, rule)));
    let button = rules.structure(Structure::GalleryButton);
    if rules.rules[usize::from(button)].is_on() {
        gallery::find(text, |span| {
            if !span.is_empty() {
                inline.push((span, button));
            }
        });
        inline.sort_unstable();
    }
    inline
}

/// A line, and what a look at it told beside the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The line, without the white space around it.
    pub line: Span,
    /// Whether it may hold a word that points out of the text.
    pub may_point: bool,
}

/// A match before the document's end is known.
#[derive(Clone, Copy)]
struct RawHit {
    line: Span,
    index: u32,
    found: Match,
}

/// A line of a furniture run, by its place among the lines.
#[derive(Clone, Copy)]
struct RunLine {
    line: Span,
    index: u32,
}

/// Bytes of forms, and lines, that are looked through in one go.
const BATCH_BYTES: usize = 16 << 10;
const BATCH_LINES: usize = 512;

/// Some lines with their matching forms.
#[derive(Default)]
struct Batch {
    /// The forms with what was trimmed from them, each behind the one before and a line end.
    forms: String,
    lines: Vec<FormedLine>,
    /// Of each line, whether it may hold a long phrase or a cue.
    has_part: Vec<bool>,
}

/// A line, and where its form is; a long one has none.
struct FormedLine {
    line: Span,
    form: Span,
    /// Where the next line's begins.
    end: usize,
}

impl Batch {
    fn add(&mut self, text: &str, line: Span) {
        let start = self.forms.len();
        let mut form = Span::new(start, start);
        if line.len() <= LONG_LINE {
            form = push_form(&mut self.forms, line.of(text));
            self.forms.push('\n');
        }
        self.lines.push(FormedLine { line, form, end: self.forms.len() });
    }

    fn is_full(&self) -> bool {
        self.forms.len() >= BATCH_BYTES || self.lines.len() >= BATCH_LINES
    }

    fn find_parts(&mut self, rules: &CompiledRules) {
        self.has_part.clear();
        self.has_part.extend(self.lines.iter().map(|line| line.line.len() > LONG_LINE));
        let ends = self.lines.iter().map(|line| line.end);
        rules.parts().find(&self.forms, ends, |number| self.has_part[number] = true);
    }

    fn clear(&mut self) {
        self.forms.clear();
        self.lines.clear();
    }
}

struct Finder<'run> {
    text: &'run str,
    rules: &'run CompiledRules,
    matches: Vec<Match>,
    hits: Vec<RawHit>,
    head: Vec<Span>,
    captions: Vec<(RawHit, RawHit)>,
    previous: Option<Span>,
    count: u32,
    run: Vec<RunLine>,
    run_hits: usize,
    runs: Vec<Vec<RunLine>>,
    /// The first and the last line of prose.
    prose: Option<(u32, u32)>,
    prose_lines: usize,
    prose_bytes: usize,
    line_bytes: usize,
    code_lines: u32,
}

impl<'run> Finder<'run> {
    fn new(text: &'run str, rules: &'run CompiledRules) -> Self {
        Self {
            text,
            rules,
            matches: Vec::new(),
            hits: Vec::new(),
            head: Vec::new(),
            captions: Vec::new(),
            previous: None,
            count: 0,
            run: Vec::new(),
            run_hits: 0,
            runs: Vec::new(),
            prose: None,
            prose_lines: 0,
            prose_bytes: 0,
            line_bytes: 0,
            code_lines: 0,
        }
    }

    /// Whether the lines seen are program code. Who strips boldly strips that too.
    fn is_code(&self) -> bool {
        self.rules.settings.profile != Profile::Strict && is_code(self.code_lines, self.count)
    }

    /// Looks all lines of a batch up, and empties it.
    fn see_all(&mut self, buffers: &mut FormBuffers, each: &mut impl FnMut(Glance)) {
        let FormBuffers { batch, form } = buffers;
        batch.find_parts(self.rules);
        for (line, &has_part) in batch.lines.iter().zip(&batch.has_part) {
            if line.line.len() > LONG_LINE {
                self.rules.match_long(line.line.of(self.text), form, &mut self.matches);
            } else {
                self.rules.match_form(line.form.of(&batch.forms), has_part, &mut self.matches);
            }
            self.see(line.line);
            each(Glance { line: line.line, may_point: has_part });
        }
        batch.clear();
    }

    /// Notes what was matched in a line, and where the line stands.
    fn see(&mut self, span: Span) {
        let line = span.of(self.text);
        let is_sentence = ends_sentence(line);
        if !self.matches.is_empty() && is_indented(self.text, span.start) {
            self.matches.retain(|found| self.rules.holds_always(*found));
        }
        if !self.matches.is_empty() && self.is_of_neighbours(span) {
            self.matches.clear();
        }
        for found in &self.matches {
            self.hits.push(RawHit { line: span, index: self.count, found: *found });
        }
        self.measure(line, is_sentence);
        self.extend_run(span, line, is_sentence);
        self.note_caption(span);
        if self.head.len() < HEAD_WINDOW {
            self.head.push(span);
        }
        self.previous = Some(span);
        self.count = self.count.saturating_add(1);
    }

    /// Whether the line belongs to what stands around it. A question that a rule describes needs no answer.
    fn is_of_neighbours(&self, line: Span) -> bool {
        let is_described = |above: Span| self.hits.last().is_some_and(|hit| hit.line == above);
        is_part_of_neighbours(self.text, self.previous, line)
            || (!self.previous.is_some_and(is_described) && answers_question(self.text, self.previous, line))
    }

    fn measure(&mut self, line: &str, is_sentence: bool) {
        self.line_bytes += line.len();
        self.code_lines += u32::from(is_code_line(line));
        if is_sentence && line.len() >= PROSE_LINE {
            self.prose_lines += 1;
            self.prose = Some((self.prose.map_or(self.count, |(first, _)| first), self.count));
            self.prose_bytes += line.len();
        }
    }

    fn extend_run(&mut self, span: Span, line: &str, is_sentence: bool) {
        if !is_sentence && is_furniture(line) {
            self.run.push(RunLine { line: span, index: self.count });
            self.run_hits += usize::from(!self.matches.is_empty());
        } else if !self.run.is_empty() {
            self.close_run();
        }
    }

    fn close_run(&mut self) {
        if self.run.len() >= RUN_LINES && self.run_hits >= RUN_HITS {
            self.runs.push(std::mem::take(&mut self.run));
        }
        self.run.clear();
        self.run_hits = 0;
    }

    fn note_caption(&mut self, credit: Span) {
        let Some(caption) = self.previous else { return };
        if caption.len() > LONG_LINE || !is_cut_caption(self.text, caption, credit) {
            return;
        }
        let first = self.structure_hit(Structure::CutCaption, caption, self.count - 1);
        let second = self.structure_hit(Structure::CutCaption, credit, self.count);
        self.captions.push((first, second));
    }

    fn finish(mut self, language: Option<&str>) -> LineHits {
        self.keep_spoken(language);
        let mut placed = self.place_runs();
        placed.sort_unstable_by_key(|hit| (hit.start, hit.rule));
        self.add_structures(&mut placed);
        placed.sort_unstable_by_key(|hit| (hit.start, hit.rule));
        placed.dedup_by_key(|hit| (hit.start, hit.rule));
        let article = self.prose_lines >= ARTICLE_LINES
            && self.prose_bytes * 100 >= self.line_bytes.saturating_mul(ARTICLE_PERCENT);
        LineHits { hits: placed, inline: Vec::new(), lines: self.count, article, code: false }
    }

    /// Leaves the matches that count in the document's language, which is looked for only when one depends on it.
    fn keep_spoken(&mut self, language: Option<&str>) {
        if self.hits.iter().all(|hit| self.rules.speaks_to_any(hit.found)) {
            return;
        }
        let languages = match language.map(LanguageSet::of_document) {
            Some(languages) if !languages.is_unknown() => languages,
            _ => LanguageSet::guess(self.text),
        };
        self.hits.retain(|hit| self.rules.speaks(hit.found, languages));
    }

    /// All hits with their places, and a hit for every line of a furniture run.
    fn place_runs(&self) -> Vec<LineHit> {
        let mut stretches = Vec::new();
        for run in &self.runs {
            self.find_stretches(run, &mut stretches);
        }
        let in_run = |index: u32| {
            let at = stretches.partition_point(|(_, last)| *last < index);
            stretches.get(at).is_some_and(|(first, _)| *first <= index)
        };
        let mut placed: Vec<LineHit> = Vec::with_capacity(self.hits.len());
        for hit in &self.hits {
            let place = if in_run(hit.index) { Place::RUN } else { Place::default() };
            placed.push(self.place(*hit, place));
        }
        let is_own = |line: &RunLine| self.may_be_title(*line) || is_numbered_part(line.line.of(self.text));
        for line in self.runs.iter().flatten().filter(|line| in_run(line.index) && !is_own(line)) {
            let hit = self.structure_hit(Structure::FurnitureRun, line.line, line.index);
            placed.push(self.place(hit, Place::RUN));
        }
        placed
    }

    /// The stretches of a run between its first and its last hit, wherever different hits stand close enough.
    fn find_stretches(&self, run: &[RunLine], stretches: &mut Vec<(u32, u32)>) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        let from = self.hits.partition_point(|hit| hit.index < first.index);
        let to = self.hits.partition_point(|hit| hit.index <= last.index);
        let makers: Vec<&RawHit> = self.hits[from..to].iter().filter(|hit| self.makes_runs(hit)).collect();
        for stretch in makers.chunk_by(|before, after| after.index - before.index <= self.gap(after.index)) {
            let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
            if (last.index - first.index + 1) as usize >= RUN_LINES && has_different_keys(stretch) {
                stretches.push(self.widened((first.index, last.index), run));
            }
        }
    }

    /// A stretch among a page's menus, or in its footer, takes the rest of its run with it, up to where the title and the end
    /// of the text may be.
    fn widened(&self, (first, last): (u32, u32), run: &[RunLine]) -> (u32, u32) {
        let (Some(run_first), Some(run_last), Some(prose)) = (run.first(), run.last(), self.prose) else {
            return (first, last);
        };
        if first > prose.1 && self.count - prose.1 > FOOTER_LINES {
            (first.min(run_first.index.max(prose.1 + END_WINDOW)), run_last.index)
        } else if last < prose.0 && prose.0 >= MENU_LINES {
            (run_first.index, last.max(run_last.index.min(prose.0.saturating_sub(TITLE_WINDOW + 1))))
        } else {
            (first, last)
        }
    }

    /// Whether the line stands where a title does, among the buttons above the text, and has as many words as one.
    fn may_be_title(&self, line: RunLine) -> bool {
        let Some((first, _)) = self.prose else { return false };
        let text = line.line.of(self.text);
        line.index < first
            && first - line.index <= TITLE_WINDOW
            && (text.split_whitespace().nth(TITLE_WORDS - 1).is_some()
                || text
                    .chars()
                    .filter(|character| is_unspaced(*character))
                    .nth(TITLE_CHARACTERS - 1)
                    .is_some())
    }

    /// Most lines without a hit between two hits of a stretch that reaches the line of this index: few within the text,
    /// more in a menu before it and a footer after it.
    fn gap(&self, index: u32) -> u32 {
        match self.prose {
            Some((_, last)) if index > last => FOOTER_GAP,
            Some((first, _)) if index < first && first >= MENU_LINES => MENU_GAP,
            _ => RUN_GAP,
        }
    }

    fn makes_runs(&self, hit: &RawHit) -> bool {
        self.rules.rules[usize::from(hit.found.rule)].makes_runs
    }

    fn add_structures(&self, placed: &mut Vec<LineHit>) {
        for (caption, credit) in &self.captions {
            placed.push(self.place(*caption, Place::default()));
            placed.push(self.place(*credit, Place::default()));
        }
        let head = self.lasting_head(placed);
        // A title or a site's name is no phrase of a rule.
        if head.first().is_some_and(|line| placed.iter().any(|hit| hit.start as usize == line.line.start)) {
            return;
        }
        let lines: Vec<Span> = head.iter().map(|line| line.line).collect();
        let Some(kind) = doubled_head(self.text, &lines, |_| true) else { return };
        let structure = if kind == Head::SiteName { Structure::DoubledHead } else { Structure::RepeatedHead };
        if kind == Head::SiteName {
            let first = self.structure_hit(structure, head[0].line, head[0].index);
            placed.push(self.place(first, Place::default()));
        }
        let second = self.structure_hit(structure, head[1].line, head[1].index);
        placed.push(self.place(second, Place::SECOND));
    }

    /// The first lines, without those that go wherever they stand.
    fn lasting_head(&self, placed: &[LineHit]) -> Vec<RunLine> {
        let goes = |line: &Span| {
            let from = placed.partition_point(|hit| (hit.start as usize) < line.start);
            let own = placed[from..].iter().take_while(|hit| hit.start as usize == line.start);
            own.into_iter().any(|hit| self.rules.rules[usize::from(hit.rule)].actions.has(Action::Always))
        };
        let numbered = self.head.iter().zip(0..).filter(|(line, _)| !goes(line));
        numbered.map(|(line, index)| RunLine { line: *line, index }).collect()
    }

    fn structure_hit(&self, structure: Structure, line: Span, index: u32) -> RawHit {
        let rule = self.rules.structure(structure);
        RawHit { line, index, found: Match { rule, key: form_key(line.of(self.text)), clear: true } }
    }

    fn place(&self, hit: RawHit, place: Place) -> LineHit {
        LineHit {
            key: hit.found.key,
            start: hit.line.start as u32,
            end: hit.line.end as u32,
            lines_before: u16::try_from(hit.index).unwrap_or(u16::MAX),
            lines_after: u16::try_from(self.count - 1 - hit.index).unwrap_or(u16::MAX),
            rule: hit.found.rule,
            place,
        }
    }
}

/// Whether enough of the hits differ: one button under every item of a list makes no menu of it.
fn has_different_keys(stretch: &[&RawHit]) -> bool {
    stretch.iter().map(|hit| hit.found.key).collect::<BTreeSet<u64>>().len() >= RUN_HITS
}

/// Whether the line is of a table of contents: `4.1 What happens during an upgrade`, and not `800.226.7529 Call us`.
fn is_numbered_part(line: &str) -> bool {
    let Some((number, title)) = line.split_once(' ') else { return false };
    let mut parts = number.trim_end_matches('.').split('.');
    let is_part = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    number.contains('.')
        && parts.clone().count() >= 2
        && parts.all(is_part)
        && title.starts_with(char::is_alphabetic)
}

/// Whether a line that ends no sentence may be one of a menu: short, no tab and no sign of code or of a table.
fn is_furniture(line: &str) -> bool {
    line.len() <= RUN_LINE * 3
        && (line.len() <= RUN_LINE || line.chars().count() <= RUN_LINE)
        && !line.bytes().any(|byte| matches!(byte, b'\t' | b'{' | b'}' | b'=' | b';' | b'`' | b'\\'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("4.1 What happens during an upgrade", true)]
    #[case("10.12.3. Limits", true)]
    #[case("800.226.7529 Call us", false)]
    #[case("4 What happens", false)]
    #[case("4.1 2", false)]
    fn parts_of_a_table_of_contents_have_small_numbers(#[case] line: &str, #[case] expected: bool) {
        assert_eq!(is_numbered_part(line), expected);
    }
}
