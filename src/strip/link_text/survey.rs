//! A survey of what stands behind echoes, from which cues are learned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::cue::{Cue, Cues};
use super::{echo, effort, glue, line_around};

/// Bytes behind an echo in which a cue is looked for.
const WINDOW: usize = 700;
/// Windows below which nothing is learned.
const LEAST_WINDOWS: usize = 8;
/// Documents below which nothing is learned.
const LEAST_DOCUMENTS: u32 = 3;
const LEAST_COVERAGE: f64 = 0.6;
const LEAST_LIFT: f64 = 20.0;
const LEAST_CONTINUATION: f64 = 0.8;
const LEAST_SCORE: f64 = 2.0;
/// Windows kept at the most, of those behind echoes and of those anywhere each: the ones with the least hashes, so that the
/// same are kept in whatever order they come.
const MOST_WINDOWS: usize = 512;
/// Glued words of one document that are looked at closely, so that no document costs more than its length: many times
/// what an article holds, and the first ones tell as much as all.
const MOST_LOOKS: usize = 256;
/// Of so many documents one is looked at for how common words are anyway.
const SAMPLED: u64 = 16;
/// Bytes behind a window that tell how the sentence goes on after it.
const TAIL: usize = 8;

/// Samples of what stands behind echoes, and of what stands anywhere: a mergeable partial result.
///
/// Follows the lift that was measured on The Hill's pop-ups: a word that stands in a share p of the windows behind echoes
/// and in a share q of windows anywhere, and is followed by a going-on sentence in a share c of its places, scores
/// p·ln(p/q)·c.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CueSurvey {
    behind: BTreeMap<u64, Window>,
    anywhere: BTreeMap<u64, Window>,
}

/// A piece of a text in which a cue is looked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Window {
    /// The piece and a few bytes behind it.
    text: Box<str>,
    /// Length of the piece, in bytes.
    length: usize,
    /// What the document is known by.
    document: u64,
}

/// How often a word stands behind echoes.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    windows: u32,
    documents: u32,
    continued: u32,
    last_document: Option<u64>,
}

impl CueSurvey {
    /// Adds a document. Takes time linear in its length.
    pub fn observe(&mut self, text: &str) {
        let document = xxh3_64(text.as_bytes().get(..256).unwrap_or(text.as_bytes()));
        if document.is_multiple_of(SAMPLED) {
            keep(&mut self.anywhere, window(text, 0, text.len(), document));
        }
        let mut looks = MOST_LOOKS;
        let mut done = 0;
        while let Some(at) = glue::next_capital(text, done).filter(|_| looks > 0) {
            let line = line_around(text, at);
            self.observe_line(line.of(text), document, &mut looks);
            done = line.end;
        }
    }

    fn observe_line(&mut self, line: &str, document: u64, looks: &mut usize) {
        let echoes = echo::at_capitals(line, looks);
        for (place, echo) in echoes.iter().enumerate() {
            let next = echoes.get(place + 1).map_or(line.len(), |next| next.anchor.start.max(echo.glue));
            keep(&mut self.behind, window(line, echo.glue, next, document));
        }
    }

    /// Adds what another survey saw.
    pub fn merge(&mut self, other: &Self) {
        for (into, from) in [(&mut self.behind, &other.behind), (&mut self.anywhere, &other.anywhere)] {
            for (hash, window) in from {
                insert(into, *hash, || window.clone());
            }
        }
    }

    /// The built-in cues and those that were learned.
    ///
    /// A window in which a built-in cue stands needs no other, and where half of all have one, nothing is learned: in a few hundred
    /// articles of one month, the person of whom all headlines tell stands behind echoes as often as a cue does.
    pub fn finish(&self) -> Cues {
        let built_in = Cues::default();
        let is_open = |window: &&Window| built_in.find(&window.text[..window.length]).next().is_none();
        let open: Vec<&Window> = self.behind.values().filter(is_open).collect();
        if open.len() < LEAST_WINDOWS || open.len() * 2 <= self.behind.len() {
            return built_in;
        }
        let behind = count(open.iter().copied());
        let anywhere = count(self.anywhere.values());
        let elsewhere = |word: &str| anywhere.get(word).map_or(0, |counted| counted.windows);
        let judged =
            behind.iter().map(|(word, counted)| self.judge(word, *counted, open.len(), elsewhere(word)));
        Cues::with_learned(judged.flatten())
    }

    fn judge(&self, word: &str, counted: Counted, windows: usize, elsewhere: u32) -> Option<Cue> {
        let coverage = f64::from(counted.windows) / windows as f64;
        let continuation = f64::from(counted.continued) / f64::from(counted.windows);
        // A word that was never seen elsewhere counts as half a time.
        let elsewhere = if elsewhere == 0 { 0.5 } else { f64::from(elsewhere) };
        let lift = coverage / (elsewhere / self.anywhere.len().max(1) as f64);
        let score = coverage * lift.ln() * continuation;
        let is_cue = counted.documents >= LEAST_DOCUMENTS
            && coverage >= LEAST_COVERAGE
            && lift >= LEAST_LIFT
            && continuation >= LEAST_CONTINUATION
            && score >= LEAST_SCORE;
        is_cue.then(|| Cue { text: word.to_owned(), learned: true, coverage, lift })
    }
}

/// The window between two places of a text, no longer than a window is.
fn window(text: &str, start: usize, end: usize, document: u64) -> (&str, usize, u64) {
    let end = text.floor_char_boundary(end.min(start + WINDOW));
    effort::note(end - start);
    (&text[start..text.floor_char_boundary(end + TAIL)], end - start, document)
}

/// Keeps a window if its hash is among the least.
fn keep(windows: &mut BTreeMap<u64, Window>, (text, length, document): (&str, usize, u64)) {
    let hash = xxh3_64_with_seed(text.as_bytes(), document);
    insert(windows, hash, || Window { text: text.into(), length, document });
}

fn insert(windows: &mut BTreeMap<u64, Window>, hash: u64, window: impl FnOnce() -> Window) {
    let is_full = windows.len() >= MOST_WINDOWS;
    if is_full && windows.last_key_value().is_none_or(|(last, _)| *last < hash) {
        return;
    }
    windows.entry(hash).or_insert_with(window);
    if windows.len() > MOST_WINDOWS {
        windows.pop_last();
    }
}

/// How often each word that may be a cue stands in windows, by word: once a window, where it stands first.
fn count<'w>(windows: impl Iterator<Item = &'w Window>) -> BTreeMap<&'w str, Counted> {
    let mut sorted: Vec<&Window> = windows.collect();
    sorted.sort_by_key(|window| window.document);
    let mut words: BTreeMap<&str, Counted> = BTreeMap::new();
    for window in sorted {
        let mut seen: Vec<(&str, usize)> = candidates(&window.text[..window.length]).collect();
        seen.sort_unstable();
        seen.dedup_by_key(|(word, _)| *word);
        for (word, end) in seen {
            let counted = words.entry(word).or_default();
            counted.windows += 1;
            counted.continued += u32::from(goes_on(&window.text[end..]));
            counted.documents += u32::from(counted.last_document != Some(window.document));
            counted.last_document = Some(window.document);
        }
    }
    words
}

/// Words that may be a cue: in capitals, or with one, and pairs of them; with the place where each ends.
fn candidates(window: &str) -> impl Iterator<Item = (&str, usize)> {
    let base = window.as_ptr() as usize;
    window.split_whitespace().filter_map(move |token| {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '»' | '›'));
        // `reportMORE`: the capitals at the end of a glued word.
        let word = match word.char_indices().rev().take_while(|(_, c)| c.is_uppercase()).last() {
            Some((place, _)) if word.len() - place >= 3 => &word[place..],
            _ => word,
        };
        let is_candidate =
            word.chars().count() >= 2 && word.starts_with(char::is_uppercase) || matches!(word, "»" | "›");
        is_candidate.then(|| (word, word.as_ptr() as usize - base + word.len()))
    })
}

/// Whether what follows reads as a sentence that goes on.
fn goes_on(rest: &str) -> bool {
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    rest.chars().next().is_none_or(|c| {
        c.is_lowercase()
            || matches!(
                c,
                '(' | ',' | '.' | ';' | ':' | '’' | '\'' | ')' | '?' | '!' | '”' | '"' | '—' | '–' | '-'
            )
    })
}
