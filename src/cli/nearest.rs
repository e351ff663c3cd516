//! The known word that is most like one that was given: what somebody who slipped may have meant.

/// Likeness from which on a word goes for a slip of another: `advertisment`, `longst`, `frist`.
const SLIP: f32 = 0.8;

/// The known word that is most like `word`, and how alike they are, 0 to 1: twice the characters they have in common, in order, by
/// those of both (Ratcliff and Obershelp).
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<(&'a str, f32)> {
    let likeness = |known: &str| similar::TextDiff::from_chars(word, known).ratio();
    known.map(|known| (known, likeness(known))).max_by(|(_, one), (_, other)| one.total_cmp(other))
}

/// The known word that `word` is a slip of: the same but for letter case, or nearly the same.
pub(super) fn slip_of<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest(&word.to_lowercase(), known).filter(|(_, likeness)| *likeness >= SLIP).map(|(known, _)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_words() {
        let known = ["first", "longest", "newest", "oldest"];
        let slip = |word| slip_of(word, known.into_iter());
        for (word, meant) in
            [("NEWEST", "newest"), ("longst", "longest"), ("frist", "first"), ("oldes", "oldest")]
        {
            assert_eq!(slip(word), Some(meant));
        }
        for word in ["score", "date", "length", "quality", "rank", "timestamp", "first_seen"] {
            assert_eq!(slip(word), None, "{word}");
        }
    }
}
