//! What a name looks like.

use unicode_normalization::UnicodeNormalization;

/// Parts of names that are written small.
const PARTICLES: &[&str] = &[
    "de", "la", "le", "van", "von", "der", "den", "del", "della", "di", "da", "do", "dos", "das", "du",
    "bin", "ibn", "al", "el", "ben", "ter", "ten", "zu", "af", "av", "y", "e",
];

/// What may follow a name and belongs to it.
const SUFFIXES: &[&str] = &["Jr.", "Jr", "Sr.", "Sr", "II", "III", "IV"];

/// Most parts a full name has.
const MOST_TOKENS: usize = 7;

/// Letters below which a name is too short to be known in spite of a misspelling.
pub(super) const LEAST_MISSPELT: usize = 6;

/// A letter without its case and its accents: one character for one character.
pub(super) fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    if matches!(character, '’' | 'ʼ') {
        return '\'';
    }
    let base = std::iter::once(character).nfd().next().unwrap_or(character);
    base.to_lowercase().next().unwrap_or(base)
}

/// Whether two words are the same but for case and accents.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.chars().map(fold).eq(other.chars().map(fold))
}

/// Whether two words of six letters and more are the same but for one letter put in, left out, or exchanged.
pub(super) fn nearly_same(one: &str, other: &str) -> bool {
    let one: Vec<char> = one.chars().map(fold).collect();
    let other: Vec<char> = other.chars().map(fold).collect();
    if one.len().min(other.len()) < LEAST_MISSPELT
        || one.len().abs_diff(other.len()) > 1
        || one.first() != other.first()
    {
        return false;
    }
    let head = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let tail = |a: usize, b: usize| one[a.min(one.len())..] == other[b.min(other.len())..];
    tail(head + 1, head + 1) || tail(head + 1, head) || tail(head, head + 1)
}

/// Whether `word` may be the last name that an echo ends with: a capital, something small, three letters and more.
pub(super) fn is_surname(word: &str) -> bool {
    let mut letters = word.chars();
    let has_capital = letters.next().is_some_and(char::is_uppercase);
    has_capital && word.chars().count() >= 2 && letters.any(char::is_lowercase)
}

/// What stands in brackets, if a part of a name does: `(Dick)`.
pub(super) fn nickname(token: &str) -> Option<&str> {
    let inner = token.strip_prefix(['(', '"', '“'])?;
    inner.strip_suffix([')', '"', '”'])
}

/// Whether `text` is one to seven parts of a name and nothing else; a suffix in front belongs to the name before it.
pub(super) fn is_name(text: &str) -> bool {
    let mut tokens = 0;
    for token in text.split_whitespace() {
        tokens += 1;
        if tokens > MOST_TOKENS || !is_token(token) {
            return false;
        }
    }
    tokens > 0
}

/// The length of a suffix at the start of `text` (`Jr.`, with the space or comma before it), and what follows it.
pub(super) fn suffix_length(text: &str) -> usize {
    let trimmed = text.trim_start_matches([' ', ',']);
    let skipped = text.len() - trimmed.len();
    let suffix = SUFFIXES.iter().find(|suffix| {
        trimmed
            .strip_prefix(**suffix)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_lowercase() || c == '.'))
    });
    suffix.filter(|_| skipped > 0).map_or(0, |suffix| skipped + suffix.len())
}

fn is_token(token: &str) -> bool {
    let bare = token
        .trim_matches(|c: char| matches!(c, '(' | ')' | '"' | '“' | '”' | '\'' | '‘' | '’' | '«' | '»'))
        .trim_end_matches(',');
    if PARTICLES.contains(&bare) {
        return true;
    }
    let letters = bare.trim_end_matches('.');
    // A word that ends in a full stop is the end of a sentence, unless it is an initial or a short form.
    if letters.len() < bare.len() && letters.chars().count() > 3 {
        return false;
    }
    let is_wordlike =
        letters.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.' | '‑') || is_mark(c));
    letters.chars().next().is_some_and(char::is_uppercase) && is_wordlike && !has_inner_glue(letters)
}

/// A small letter right before a capital, other than in `McConnell`, `DeSantis`, `LaHood`.
fn has_inner_glue(word: &str) -> bool {
    let mut before = None;
    for (place, character) in word.chars().enumerate() {
        if place > 3 && character.is_uppercase() && before.is_some_and(char::is_lowercase) {
            return true;
        }
        before = Some(character);
    }
    false
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_prose() {
        for name in [
            "Vladimir Vladimirovich",
            "Susan Margaret",
            "J.",
            "Charles (Charlie) Wieder",
            "Ursula von der",
            "Jean-Michel",
            "O'Neil",
        ] {
            assert!(is_name(name), "{name}");
        }
        for prose in ["", "said that", "Trump. The", "The president of", "FooBarFactory", "A B C D E F G H"] {
            assert!(!is_name(prose), "{prose}");
        }
    }

    #[test]
    fn one_letter_may_differ() {
        assert!(nearly_same("Costello", "Costelllo"));
        assert!(nearly_same("Velazquez", "Velasquez"));
        assert!(!nearly_same("Ryan", "Rian"));
        assert!(!nearly_same("Warner", "Warren"));
        assert!(same("Sánchez", "SANCHEZ"));
    }

    #[test]
    fn suffixes_belong_to_the_name_before() {
        assert_eq!(suffix_length(" Jr.Robert"), 4);
        assert_eq!(suffix_length(", Jr. Robert"), 5);
        assert_eq!(suffix_length(" Robert"), 0);
    }
}
