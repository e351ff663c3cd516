//! A survey of what stands behind echoes, from which cues are learned.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::cue::{Cue, Cues};
use super::{echo, glue, line_around};

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
/// Glued words of one document that are looked at closely, so that no document costs more than its length: many times
/// what an article holds, and the first ones tell as much as all.
const MOST_LOOKS: usize = 256;
/// Of so many documents one is looked at for how common words are anyway.
const SAMPLED: u64 = 16;

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
        let mut looks = MOST_LOOKS;
        let mut done = 0;
        while let Some(at) = glue::next_capital(text, done).filter(|_| looks > 0) {
            let line = line_around(text, at);
            self.observe_line(line.of(text), &mut looks, &mut in_document);
            done = line.end;
        }
        for (word, counted) in in_document {
            let all = self.behind.entry(word).or_default();
            all.windows += counted.windows;
            all.continued += counted.continued;
            all.documents += 1;
        }
        bound(&mut self.behind);
    }

    fn observe_line(&mut self, line: &str, looks: &mut usize, in_document: &mut BTreeMap<String, Counted>) {
        let echoes = echo::at_capitals(line, looks);
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
            match self.anywhere.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    self.anywhere.insert(word.to_owned(), 1);
                }
            }
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
        if self.windows < LEAST_WINDOWS {
            return Cues::default();
        }
        Cues::with_learned(self.behind.iter().filter_map(|(word, counted)| self.judge(word, *counted)))
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
