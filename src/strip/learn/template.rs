//! Templates as text: a line with its slots marked, `Follow ⟨name⟩ on Twitter ⟨address⟩`, as a person reads and writes it.

use super::key::{Piece, shape_key};

const NUMBER: &str = "⟨number⟩";
const NAME: &str = "⟨name⟩";
const ADDRESS: &str = "⟨address⟩";

/// The template of a line: numbers, names, handles and addresses as slots. `None` for a line that has no [`shape_key`].
pub fn template_of(line: &str) -> Option<String> {
    shape_key(line)?;
    let may_have_names = line.split_whitespace().skip(1).any(|word| word.starts_with(char::is_lowercase));
    let mut template = String::with_capacity(line.len());
    let mut ends_in_name = false;
    for (index, word) in line.split_whitespace().enumerate() {
        let piece = Piece::of(word, may_have_names && index > 0);
        if piece == Piece::Name && ends_in_name {
            // A name of several words is one slot; what stands behind it stands behind its last word.
            template.truncate(template.rfind(NAME).map_or(0, |at| at + NAME.len()));
            template.push_str(around(word).1);
            continue;
        }
        if index > 0 {
            template.push(' ');
        }
        push(&mut template, word, piece);
        // As in the shape, a sign that stands alone does not part two names.
        ends_in_name = piece == Piece::Name || (piece == Piece::Nothing && ends_in_name);
    }
    Some(template)
}

/// What a template is recognised by, given as [`template_of`] writes it or as any one of its wordings.
pub fn template_key(template: &str) -> Option<u64> {
    // Names are told apart by their capitals only where another word has none, which an address may have been.
    let address = if template.contains(NAME) { "a@" } else { "@" };
    shape_key(&template.replace(NUMBER, "0").replace(NAME, "N").replace(ADDRESS, address))
}

fn push(template: &mut String, word: &str, piece: Piece<'_>) {
    let slot = match piece {
        Piece::Number => NUMBER,
        Piece::Name => NAME,
        Piece::Address => return template.push_str(ADDRESS),
        Piece::Word(_) | Piece::Nothing => return template.push_str(word),
    };
    let (before, after) = around(word);
    for part in [before, slot, after] {
        template.push_str(part);
    }
}

/// The punctuation before and after a word's core.
fn around(word: &str) -> (&str, &str) {
    let is_sign = |c: char| !c.is_alphanumeric();
    let core = word.trim_start_matches(is_sign);
    let before = &word[..word.len() - core.len()];
    (before, &core[core.trim_end_matches(is_sign).len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Follow Mary Ann Smith on Twitter", "Follow ⟨name⟩ on Twitter")]
    #[case("Follow Hasson on Twitter: @PeterJHasson", "Follow ⟨name⟩ on Twitter: ⟨address⟩")]
    #[case("Published 3 days ago by Jane Doe.", "Published ⟨number⟩ days ago by ⟨name⟩.")]
    #[case("(Read 14 comments)", "(Read ⟨number⟩ comments)")]
    #[case("Write to Kate Davidson, at kate@wsj.com", "Write to ⟨name⟩, at ⟨address⟩")]
    fn slots_are_shown(#[case] line: &str, #[case] template: &str) {
        assert_eq!(template_of(line).as_deref(), Some(template));
        assert_eq!(template_key(template), shape_key(line));
    }

    #[test]
    fn a_line_without_slots_has_no_template() {
        assert_eq!(template_of("Sign up for our newsletter"), None);
        assert_eq!(template_key("Sign up for our newsletter"), None);
    }

    proptest::proptest! {
        #[test]
        fn a_template_is_recognised_as_its_lines_are(
            words in proptest::collection::vec("Follow|on|by|Jane|Doe,|\\(Ott\\)|3|4th|@x|@Ann|www\\.a\\.b|kate@b\\.c|&|–|Twitter|ago|é|É", 0..9)
        ) {
            let line = words.join(" ");
            let template = template_of(&line);
            proptest::prop_assert_eq!(template.as_deref().and_then(template_key), shape_key(&line), "{:?}", template);
        }
    }
}
