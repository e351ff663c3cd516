//! In which typographic habits a text is set, as far as they put no-break spaces to use.

/// The habits of a text's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Typography {
    /// French: a no-break space before `: ; ? ! » %` and after `«`.
    pub(super) french: bool,
    /// Slavic and Baltic: one after words of a single letter, before dashes, after numbers and initials.
    pub(super) slavic: bool,
}

impl Typography {
    /// The habits of `language` (ISO 639, with or without a region), or, without it, of what `text` looks like.
    pub(super) fn of(text: &str, language: Option<&str>) -> Self {
        match language.map(primary_subtag).filter(|language| !matches!(language.as_str(), "" | "und" | "mul"))
        {
            Some(language) => Self {
                french: matches!(language.as_str(), "fr" | "fra" | "fre"),
                slavic: SLAVIC.contains(&language.as_str()),
            },
            None => Self { french: looks_french(text), slavic: looks_slavic(text) },
        }
    }
}

fn primary_subtag(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Languages that never leave a word of one letter at a line end.
const SLAVIC: [&str; 37] = [
    "pl", "pol", "cs", "ces", "cze", "sk", "slk", "slo", "ru", "rus", "uk", "ukr", "be", "bel", "bg", "bul",
    "sr", "srp", "hr", "hrv", "bs", "bos", "sl", "slv", "mk", "mkd", "mac", "lt", "lit", "lv", "lav", "hsb",
    "dsb", "csb", "szl", "rue", "sh",
];

/// How many words decide what a text looks like.
const WORDS: usize = 2000;

/// Words that make up much of any French text, sorted.
const FRENCH: [&str; 34] = [
    "au", "aux", "avec", "ce", "cette", "dans", "des", "dit", "du", "elle", "est", "et", "il", "ils", "je",
    "la", "le", "les", "mais", "nous", "ou", "où", "par", "pas", "plus", "pour", "que", "qui", "sont", "sur",
    "un", "une", "vous", "été",
];

/// Words as common elsewhere that French lacks (English, Spanish, Portuguese, Italian, Romanian, Catalan, German), sorted.
const NOT_FRENCH: [&str; 35] = [
    "amb", "and", "che", "con", "cu", "da", "das", "della", "der", "di", "do", "el", "els", "em", "for",
    "in", "is", "las", "los", "non", "não", "o", "of", "os", "per", "por", "that", "the", "to", "um", "uma",
    "und", "y", "în", "și",
];

/// Bytes of the longest word of the two lists.
const LONGEST: usize = 5;

/// Whether a tenth of the words are French ones, and more than are foreign.
fn looks_french(text: &str) -> bool {
    let (mut words, mut french, mut foreign) = (0, 0, 0);
    for word in text.split(parts_words).filter(|word| !word.is_empty()).take(WORDS) {
        words += 1;
        let mut lower = [0; LONGEST];
        let Some(lower) = lower.get_mut(..word.len()) else { continue };
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        let is_in = |list: &[&str]| list.binary_search_by(|entry| entry.as_bytes().cmp(lower)).is_ok();
        french += usize::from(is_in(&FRENCH));
        foreign += usize::from(is_in(&NOT_FRENCH));
    }
    french > 0 && french * 10 >= words && french > foreign
}

/// Whether a character is no letter, as far as texts in Latin letters go.
fn parts_words(character: char) -> bool {
    match character {
        '\0'..='\u{bf}' => !character.is_ascii_alphabetic(),
        '\u{2000}'..='\u{206f}' | '\u{3000}' => true,
        _ => false,
    }
}

/// Whether most letters are Cyrillic, or two in a hundred (and two at least) are ones that only West Slavic and Baltic
/// languages write.
fn looks_slavic(text: &str) -> bool {
    let (mut letters, mut cyrillic, mut marked) = (0, 0, 0);
    for character in text.chars().filter(|&character| !parts_words(character)).take(WORDS * 6) {
        letters += 1;
        cyrillic += usize::from(matches!(character, '\u{400}'..='\u{4ff}'));
        marked += usize::from(is_slavic_or_baltic(character));
    }
    cyrillic * 2 > letters || (marked >= 2 && marked * 50 >= letters)
}

/// Letters of the West and South Slavic and Baltic alphabets that others in Latin letters lack.
fn is_slavic_or_baltic(character: char) -> bool {
    matches!(character,
        'Ā' | 'ā' | 'Ą'..='ć' | 'Č'..='đ' | 'Ē' | 'ē' | 'Ė'..='ě' | 'Ģ' | 'ģ' | 'Ī' | 'ī' | 'Į' | 'į' | 'Ķ' | 'ķ'
        | 'Ĺ'..='ľ' | 'Ł'..='ň' | 'Ŕ' | 'ŕ' | 'Ř'..='ś' | 'Š' | 'š' | 'Ť' | 'ť' | 'Ū' | 'ū' | 'Ů' | 'ů' | 'Ų' | 'ų'
        | 'Ź'..='ž')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_goes_before_the_looks() {
        let text = "Il a dit que la ville est dans le nord.";
        assert_eq!(Typography::of(text, None), Typography { french: true, slavic: false });
        assert_eq!(Typography::of(text, Some("en")), Typography::default());
        assert_eq!(Typography::of("Hello", Some("fr-CA")), Typography { french: true, slavic: false });
        assert_eq!(Typography::of("Hello", Some("pol")), Typography { french: false, slavic: true });
    }

    #[test]
    fn words_are_sorted_and_fit() {
        for list in [&FRENCH[..], &NOT_FRENCH[..]] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|word| word.len() <= LONGEST));
        }
    }

    #[test]
    fn looks_tell_neighbours_apart() {
        for text in [
            "He said that the city is in the north of the country.",
            "O homem disse que não é um problema da cidade e do país.",
            "El hombre dijo que los problemas de la ciudad y del país son de todos.",
            "L'uomo ha detto che il problema della città non è di tutti.",
            "Ministern säger att det är för tidigt att dra några slutsatser.",
            "Cumhurbaşkanı toplantıda konuştu ve çalışmaların sürdüğünü açıkladı.",
        ] {
            assert_eq!(Typography::of(text, None), Typography::default(), "{text}");
        }
        for text in [
            "W Polsce mieszkał od dzieciństwa i się uczył.",
            "Он живёт в городе.",
            "Řekl, že v říjnu přijde.",
        ] {
            assert_eq!(Typography::of(text, None), Typography { french: false, slavic: true }, "{text}");
        }
    }
}
