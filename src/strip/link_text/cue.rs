//! Cues: what ends a pop-up. Some are built in, others are learned from what stands behind echoes.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::echo;
use crate::span::Span;

/// Cues of pop-ups that are known.
const BUILT_IN: &[&str] =
    &["MORE", "READ MORE", "Read more", "See more", "SEE MORE", "Read More", "See More"];

/// Bytes behind an echo in which a cue is looked for.
const WINDOW: usize = 700;
/// Windows below which nothing is learned.
const LEAST_WINDOWS: u32 = 8;
/// Documents below which nothing is learned.
const LEAST_DOCUMENTS: u32 = 3;
const LEAST_COVERAGE: f64 = 0.6;
const LEAST_LIFT: f64 = 20.0;
const LEAST_CONTINUATION: f64 = 0.8;
const LEAST_SCORE: f64 = 2.0;
/// Words counted at the most, in windows and in the sample each: the least by hash are kept.
const MOST_WORDS: usize = 20_000;
/// Of so many documents one is looked at for how common words are anyway.
const SAMPLED: u64 = 16;

/// A cue and how it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// The word or words.
    pub text: String,
    /// Whether it was learned from the corpus.
    pub learned: bool,
    /// Share of the echoes it follows; of learned ones.
    pub coverage: f64,
    /// How much more often it stands there than elsewhere; of learned ones.
    pub lift: f64,
}

/// The cues of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "Vec<Cue>")]
pub struct Cues {
    known: Vec<Cue>,
    #[serde(skip)]
    searcher: Option<AhoCorasick>,
}

impl Default for Cues {
    fn default() -> Self {
        Self::of(
            BUILT_IN
                .iter()
                .map(|text| Cue { text: (*text).to_owned(), learned: false, coverage: 0.0, lift: 0.0 })
                .collect(),
        )
    }
}

impl From<Cues> for Vec<Cue> {
    fn from(cues: Cues) -> Self {
        cues.known
    }
}

impl Cues {
    fn of(known: Vec<Cue>) -> Self {
        let words = known.iter().map(|cue| cue.text.as_str());
        let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok();
        Self { known, searcher }
    }

    /// The cues and how each is known.
    pub fn known(&self) -> &[Cue] {
        &self.known
    }

    /// Where cues stand: whole words on their right; on their left a small letter may be glued.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Span> + 'a {
        let matches = self.searcher.iter().flat_map(move |searcher| searcher.find_iter(text));
        matches.map(|found| Span::new(found.start(), found.end())).filter(move |span| is_whole(text, *span))
    }
}

fn is_whole(text: &str, span: Span) -> bool {
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    !before.is_some_and(char::is_uppercase) && !after.is_some_and(char::is_alphanumeric)
}

/// Counts what stands behind echoes, and what stands anywhere: a mergeable partial result.
///
/// Follows the lift that was measured on The Hill's pop-ups: a word that stands in a share p of the windows behind echoes
/// and in a share q of windows anywhere, and is followed by a going-on sentence in a share c of its places, scores
/// p·ln(p/q)·c.
#[derive(Clone, Debug, Default)]
pub struct CueSurvey {
    windows: u32,
    samples: u32,
    behind: BTreeMap<String, Counted>,
    anywhere: BTreeMap<String, u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    windows: u32,
    documents: u32,
    continued: u32,
}

impl CueSurvey {
    /// Adds a document.
    pub fn observe(&mut self, text: &str) {
        if xxh3_64(text.as_bytes().get(..256).unwrap_or(text.as_bytes())).is_multiple_of(SAMPLED) {
            self.sample(text);
        }
        let mut in_document: BTreeMap<String, Counted> = BTreeMap::new();
        for line in text.split('\n').filter(|line| echo::may_echo(line)) {
            self.observe_line(line, &mut in_document);
        }
        for (word, counted) in in_document {
            let all = self.behind.entry(word).or_default();
            all.windows += counted.windows;
            all.continued += counted.continued;
            all.documents += 1;
        }
        bound(&mut self.behind);
    }

    fn observe_line(&mut self, line: &str, in_document: &mut BTreeMap<String, Counted>) {
        let mut echoes = Vec::new();
        echo::at_glue_points(line, |echo| echoes.push(echo));
        for (place, echo) in echoes.iter().enumerate() {
            let next = echoes.get(place + 1).map_or(line.len(), |next| next.anchor.start.max(echo.glue));
            let window = cut(&line[echo.glue..next], WINDOW);
            self.windows += 1;
            let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
            for (word, end) in candidates(window) {
                seen.entry(word).or_insert_with(|| goes_on(&line[echo.glue + end..]));
            }
            for (word, is_continued) in seen {
                let counted = in_document.entry(word.to_owned()).or_default();
                counted.windows += 1;
                counted.continued += u32::from(is_continued);
            }
        }
    }

    fn sample(&mut self, text: &str) {
        let window = cut(text, WINDOW);
        self.samples += 1;
        let mut seen: Vec<&str> = candidates(window).map(|(word, _)| word).collect();
        seen.sort_unstable();
        seen.dedup();
        for word in seen {
            *self.anywhere.entry(word.to_owned()).or_default() += 1;
        }
        bound(&mut self.anywhere);
    }

    /// Adds what another survey saw.
    pub fn merge(&mut self, other: &Self) {
        self.windows += other.windows;
        self.samples += other.samples;
        for (word, counted) in &other.behind {
            let all = self.behind.entry(word.clone()).or_default();
            all.windows += counted.windows;
            all.documents += counted.documents;
            all.continued += counted.continued;
        }
        for (word, count) in &other.anywhere {
            *self.anywhere.entry(word.clone()).or_default() += count;
        }
        bound(&mut self.behind);
        bound(&mut self.anywhere);
    }

    /// The built-in cues and those that were learned.
    pub fn finish(&self) -> Cues {
        let mut cues = Cues::default();
        if self.windows < LEAST_WINDOWS {
            return cues;
        }
        let learned: Vec<Cue> =
            self.behind.iter().filter_map(|(word, counted)| self.judge(word, *counted)).collect();
        let is_new = |cue: &Cue| !BUILT_IN.contains(&cue.text.as_str());
        let new: Vec<Cue> = learned.into_iter().filter(is_new).collect();
        if new.is_empty() {
            return cues;
        }
        cues.known.extend(new);
        Cues::of(cues.known)
    }

    fn judge(&self, word: &str, counted: Counted) -> Option<Cue> {
        let coverage = f64::from(counted.windows) / f64::from(self.windows);
        let continuation = f64::from(counted.continued) / f64::from(counted.windows.max(1));
        // A word that was never seen elsewhere counts as half a time.
        let elsewhere = self.anywhere.get(word).map_or(0.5, |count| f64::from(*count));
        let lift = coverage / (elsewhere / f64::from(self.samples.max(1)));
        let score = coverage * lift.ln() * continuation;
        let is_cue = counted.documents >= LEAST_DOCUMENTS
            && coverage >= LEAST_COVERAGE
            && lift >= LEAST_LIFT
            && continuation >= LEAST_CONTINUATION
            && score >= LEAST_SCORE;
        is_cue.then(|| Cue { text: word.to_owned(), learned: true, coverage, lift })
    }
}

/// Keeps the words with the least hashes: the same ones in whatever order they came.
fn bound<V>(words: &mut BTreeMap<String, V>) {
    if words.len() <= 2 * MOST_WORDS {
        return;
    }
    let mut hashes: Vec<u64> = words.keys().map(|word| xxh3_64(word.as_bytes())).collect();
    hashes.sort_unstable();
    let limit = hashes[MOST_WORDS];
    words.retain(|word, _| xxh3_64(word.as_bytes()) < limit);
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

fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
