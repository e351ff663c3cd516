//! Which languages a rule is for, and a light guess at a document's when nobody says.
//!
//! The guess is no language identification: it looks at the script and at a few of the commonest words, answers with
//! every language that is plausible, and with none when the text is too short to tell.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Codes tamis has rules or stop words for (ISO 639-1) and their three-letter twins (ISO 639-2/3).
const LANGUAGES: [(&str, &str); 44] = [
    ("en", "eng"),
    ("de", "deu"),
    ("fr", "fra"),
    ("es", "spa"),
    ("it", "ita"),
    ("pt", "por"),
    ("nl", "nld"),
    ("ru", "rus"),
    ("uk", "ukr"),
    ("tr", "tur"),
    ("pl", "pol"),
    ("cs", "ces"),
    ("ar", "ara"),
    ("fa", "fas"),
    ("he", "heb"),
    ("hi", "hin"),
    ("bn", "ben"),
    ("ta", "tam"),
    ("te", "tel"),
    ("th", "tha"),
    ("zh", "zho"),
    ("ja", "jpn"),
    ("ko", "kor"),
    ("sv", "swe"),
    ("no", "nor"),
    ("da", "dan"),
    ("fi", "fin"),
    ("hu", "hun"),
    ("ro", "ron"),
    ("el", "ell"),
    ("vi", "vie"),
    ("id", "ind"),
    ("bg", "bul"),
    ("sk", "slk"),
    ("ca", "cat"),
    ("hr", "hrv"),
    ("sr", "srp"),
    ("ur", "urd"),
    ("mr", "mar"),
    ("ms", "msa"),
    ("sw", "swa"),
    ("af", "afr"),
    ("ml", "mal"),
    ("gu", "guj"),
];

/// Codes that mean a language of the table under another name.
const ALIASES: [(&str, &str); 14] = [
    ("nb", "no"),
    ("nn", "no"),
    ("nob", "no"),
    ("nno", "no"),
    ("ger", "de"),
    ("fre", "fr"),
    ("dut", "nl"),
    ("cze", "cs"),
    ("per", "fa"),
    ("chi", "zh"),
    ("rum", "ro"),
    ("gre", "el"),
    ("iw", "he"),
    ("in", "id"),
];

/// Bytes of a text the guess looks at.
const SAMPLE: usize = 2048;

/// Letters a script needs in the sample before it says anything.
const LEAST_LETTERS: usize = 12;

/// Stop words a Latin-script language needs in the sample before it says anything.
const LEAST_STOP_WORDS: u32 = 4;

/// A set of languages; empty means unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LanguageSet(u64);

impl LanguageSet {
    /// Every language, known to tamis or not.
    pub const ANY: Self = Self(u64::MAX);

    /// No language is known.
    pub const UNKNOWN: Self = Self(0);

    /// Bit of a document in a language that tamis has no rules for: it shares none but those for any language.
    const OTHER: Self = Self(1 << 63);

    /// The language a code names (`en`, `eng`, `en-US`, `pt_BR`), for a rule: `None` when tamis doesn't know it.
    pub fn of_rule(code: &str) -> Option<Self> {
        if code == "*" {
            return Some(Self::ANY);
        }
        Self::known(&code.to_ascii_lowercase())
    }

    /// The language a document says it is in. An empty or undetermined code is unknown.
    pub fn of_document(code: &str) -> Self {
        let lower = code.trim().to_ascii_lowercase();
        let primary = lower.split(['-', '_']).next().unwrap_or_default();
        match primary {
            "" | "und" | "mul" | "zxx" | "unknown" => Self::UNKNOWN,
            _ => Self::known(primary).unwrap_or(Self::OTHER),
        }
    }

    /// The languages that `text` may be in, from its script and its commonest words.
    pub fn guess(text: &str) -> Self {
        let sample = sample(text);
        let scripts = Scripts::count(sample);
        match scripts.dominant() {
            Some(Script::Latin) => guess_latin(sample),
            Some(script) => scripts.languages(script),
            None => Self::UNKNOWN,
        }
    }

    /// Whether both sets share a language.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is known.
    pub fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// The languages in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn known(code: &str) -> Option<Self> {
        let code = ALIASES.iter().find(|(alias, _)| *alias == code).map_or(code, |(_, code)| code);
        let index = LANGUAGES.iter().position(|(two, three)| *two == code || *three == code)?;
        Some(Self(1 << index))
    }

    fn of_all(codes: &[&str]) -> Self {
        codes.iter().filter_map(|code| Self::known(code)).fold(Self::UNKNOWN, Self::union)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Hebrew,
    Devanagari,
    Bengali,
    Tamil,
    Telugu,
    Thai,
    Greek,
    Han,
    Kana,
    Hangul,
}

/// Letters of each script in a sample.
#[derive(Debug, Default)]
struct Scripts {
    counts: [usize; 13],
    ukrainian: bool,
    russian: bool,
    persian: bool,
}

impl Scripts {
    fn count(sample: &str) -> Self {
        let mut scripts = Self::default();
        for character in sample.chars() {
            if let Some(script) = script_of(character) {
                scripts.counts[script as usize] += 1;
                scripts.note(character);
            }
        }
        scripts
    }

    fn note(&mut self, character: char) {
        match character {
            'і' | 'ї' | 'є' | 'ґ' => self.ukrainian = true,
            'ы' | 'э' | 'ё' => self.russian = true,
            'پ' | 'چ' | 'ژ' | 'گ' | 'ی' | 'ک' => self.persian = true,
            _ => {}
        }
    }

    /// The script most letters are in; a little kana makes a text Japanese however many characters it borrows.
    fn dominant(&self) -> Option<Script> {
        const ALL: [Script; 13] = [
            Script::Latin,
            Script::Cyrillic,
            Script::Arabic,
            Script::Hebrew,
            Script::Devanagari,
            Script::Bengali,
            Script::Tamil,
            Script::Telugu,
            Script::Thai,
            Script::Greek,
            Script::Han,
            Script::Kana,
            Script::Hangul,
        ];
        let han = self.counts[Script::Han as usize];
        let kana = self.counts[Script::Kana as usize];
        let best = ALL.into_iter().max_by_key(|script| self.counts[*script as usize])?;
        match best {
            Script::Han | Script::Kana if kana * 10 > han => Some(Script::Kana),
            Script::Han | Script::Kana if han >= LEAST_LETTERS => Some(Script::Han),
            _ => (self.counts[best as usize] >= LEAST_LETTERS).then_some(best),
        }
    }

    fn languages(&self, script: Script) -> LanguageSet {
        let codes: &[&str] = match script {
            Script::Latin => &[],
            Script::Cyrillic if self.ukrainian && !self.russian => &["uk"],
            Script::Cyrillic if self.russian => &["ru"],
            Script::Cyrillic => &["ru", "uk", "bg", "sr"],
            Script::Arabic if self.persian => &["fa", "ur"],
            Script::Arabic => &["ar"],
            Script::Hebrew => &["he"],
            Script::Devanagari => &["hi", "mr"],
            Script::Bengali => &["bn"],
            Script::Tamil => &["ta"],
            Script::Telugu => &["te"],
            Script::Thai => &["th"],
            Script::Greek => &["el"],
            Script::Han => &["zh"],
            Script::Kana => &["ja"],
            Script::Hangul => &["ko"],
        };
        LanguageSet::of_all(codes)
    }
}

fn sample(text: &str) -> &str {
    if text.len() <= SAMPLE {
        return text;
    }
    // The middle third: heads and tails hold the menus, which may be in another language.
    let middle = text.len() / 3;
    &text[text.floor_char_boundary(middle)..text.floor_char_boundary(middle + SAMPLE)]
}

fn script_of(character: char) -> Option<Script> {
    Some(match character {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{5d0}'..='\u{5ea}' => Script::Hebrew,
        '\u{620}'..='\u{6ff}' => Script::Arabic,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{980}'..='\u{9ff}' => Script::Bengali,
        '\u{b80}'..='\u{bff}' => Script::Tamil,
        '\u{c00}'..='\u{c7f}' => Script::Telugu,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{3040}'..='\u{30ff}' => Script::Kana,
        '\u{3400}'..='\u{9fff}' => Script::Han,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        _ => return None,
    })
}

/// A few of the commonest words of each Latin-script language, lower case.
const STOP_WORDS: [(&str, &[&str]); 20] = [
    (
        "en",
        &[
            "the", "of", "and", "to", "in", "that", "is", "for", "was", "with", "his", "from", "are", "have",
            "you",
        ],
    ),
    (
        "de",
        &[
            "der", "die", "und", "das", "den", "nicht", "von", "ist", "mit", "ein", "eine", "auf", "für",
            "sich", "dem",
        ],
    ),
    (
        "fr",
        &[
            "le", "les", "des", "et", "est", "une", "dans", "pour", "que", "qui", "du", "pas", "sur", "au",
            "avec",
        ],
    ),
    (
        "es",
        &[
            "el", "los", "las", "que", "en", "del", "una", "por", "con", "para", "se", "su", "como", "más",
            "y",
        ],
    ),
    (
        "it",
        &[
            "il", "di", "che", "della", "per", "una", "non", "sono", "del", "con", "gli", "nel", "alla", "è",
            "più",
        ],
    ),
    (
        "pt",
        &["o", "os", "do", "da", "que", "em", "uma", "não", "com", "para", "no", "na", "dos", "ao", "mais"],
    ),
    (
        "nl",
        &[
            "de", "het", "een", "van", "en", "dat", "niet", "zijn", "op", "voor", "met", "aan", "ook",
            "naar", "bij",
        ],
    ),
    (
        "tr",
        &[
            "ve", "bir", "bu", "için", "ile", "olarak", "olan", "da", "de", "daha", "çok", "gibi", "sonra",
            "kadar", "ise",
        ],
    ),
    (
        "pl",
        &["w", "i", "na", "się", "nie", "do", "jest", "że", "z", "to", "jak", "po", "przez", "oraz", "dla"],
    ),
    ("cs", &["a", "v", "se", "na", "je", "že", "s", "to", "z", "do", "pro", "jsou", "jako", "ale", "také"]),
    ("sk", &["a", "v", "sa", "na", "je", "že", "s", "to", "z", "do", "pre", "sú", "ako", "ale", "tiež"]),
    (
        "sv",
        &[
            "och", "att", "det", "som", "en", "på", "är", "av", "för", "med", "till", "den", "har", "inte",
            "ett",
        ],
    ),
    (
        "no",
        &["og", "det", "er", "som", "på", "av", "for", "med", "til", "har", "ikke", "vi", "å", "fra", "ble"],
    ),
    (
        "da",
        &[
            "og", "det", "er", "som", "på", "af", "for", "med", "til", "har", "ikke", "vi", "at", "fra",
            "blev",
        ],
    ),
    (
        "fi",
        &[
            "ja", "on", "ei", "että", "oli", "se", "hän", "ovat", "mutta", "kun", "myös", "joka", "ole",
            "sen", "mukaan",
        ],
    ),
    (
        "hu",
        &[
            "a", "az", "és", "hogy", "nem", "egy", "is", "ez", "volt", "meg", "csak", "de", "már", "mint",
            "van",
        ],
    ),
    (
        "ro",
        &[
            "și", "în", "de", "la", "cu", "nu", "pe", "este", "din", "care", "mai", "sunt", "pentru", "că",
            "fost",
        ],
    ),
    (
        "vi",
        &[
            "và", "của", "là", "có", "được", "cho", "không", "các", "với", "một", "trong", "người", "đã",
            "này", "những",
        ],
    ),
    (
        "id",
        &[
            "yang", "dan", "di", "ini", "itu", "dengan", "untuk", "dari", "pada", "tidak", "dalam", "akan",
            "ke", "juga", "oleh",
        ],
    ),
    (
        "sw",
        &[
            "na", "ya", "wa", "kwa", "ni", "katika", "za", "la", "cha", "kuwa", "hiyo", "huo", "vya",
            "alisema", "kwamba",
        ],
    ),
];

/// Each stop word with a bit for every language of [`STOP_WORDS`] it is one of.
static STOP_WORD_BITS: LazyLock<FxHashMap<&'static str, u32>> = LazyLock::new(|| {
    let mut bits = FxHashMap::default();
    for (index, (_, words)) in STOP_WORDS.iter().enumerate() {
        for word in *words {
            *bits.entry(*word).or_default() |= 1 << index;
        }
    }
    bits
});

/// The language with the most stop words, and those that come within a quarter of it (Norwegian beside Danish).
fn guess_latin(sample: &str) -> LanguageSet {
    let scores = count_stop_words(sample);
    let best = scores.into_iter().max().unwrap_or_default();
    if best < LEAST_STOP_WORDS {
        return LanguageSet::UNKNOWN;
    }
    let near = STOP_WORDS.iter().zip(scores).filter(|(_, score)| score * 4 >= best * 3);
    near.filter_map(|((code, _), _)| LanguageSet::known(code)).fold(LanguageSet::UNKNOWN, LanguageSet::union)
}

fn count_stop_words(sample: &str) -> [u32; STOP_WORDS.len()] {
    let mut scores = [0; STOP_WORDS.len()];
    let lower = sample.to_lowercase();
    for word in lower.split(|character: char| !character.is_alphabetic()) {
        let mut bits = STOP_WORD_BITS.get(word).copied().unwrap_or_default();
        while bits != 0 {
            scores[bits.trailing_zeros() as usize] += 1;
            bits &= bits - 1;
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "The minister said that the talks with the union were over for the day and that he was tired.",
        "en"
    )]
    #[case("Der Minister sagte, dass die Gespräche mit der Gewerkschaft beendet sind und er müde ist.", "de")]
    #[case(
        "Le ministre a dit que les discussions avec le syndicat sont finies pour la journée et qu’il est las.",
        "fr"
    )]
    #[case(
        "El ministro dijo que las conversaciones con el sindicato se han terminado por el día y que se iba.",
        "es"
    )]
    #[case(
        "Bakan, görüşmelerin bu gün için bittiğini ve daha sonra bir açıklama yapılacağını söyledi ve gitti.",
        "tr"
    )]
    #[case("Министр сказал, что переговоры с профсоюзом закончены, и мы это знаем.", "ru")]
    #[case("Міністр сказав, що переговори з профспілкою завершені, і ми це знаємо.", "uk")]
    #[case("قال الوزير إن المحادثات مع النقابة انتهت لهذا اليوم.", "ar")]
    #[case("وزیر گفت که گفتگو با اتحادیه برای امروز پایان یافته است.", "fa")]
    #[case("部长表示，今天与工会的谈判已经结束，双方将继续沟通。", "zh")]
    #[case("大臣は、組合との協議はきょうのところ終わったと述べた。", "ja")]
    #[case("장관은 노조와의 협상이 오늘은 끝났다고 말했다.", "ko")]
    fn guesses(#[case] text: &str, #[case] code: &str) {
        let language = LanguageSet::of_rule(code).unwrap();
        let guess = LanguageSet::guess(text);
        assert!(guess.meets(language), "{guess:?} lacks {code}");
        let english = LanguageSet::of_rule("en").unwrap();
        assert_eq!(guess.meets(english), code == "en");
    }

    #[rstest]
    #[case("")]
    #[case("1234 5678")]
    #[case("Giriş")]
    fn knows_when_it_does_not_know(#[case] text: &str) {
        assert!(LanguageSet::guess(text).is_unknown());
    }

    #[test]
    fn reads_codes() {
        assert_eq!(LanguageSet::of_document("en-US"), LanguageSet::of_document("eng"));
        assert_eq!(LanguageSet::of_document("nb"), LanguageSet::of_document("no"));
        assert!(LanguageSet::of_document("und").is_unknown());
        assert!(!LanguageSet::of_document("xho").meets(LanguageSet::of_document("en")));
        assert!(LanguageSet::of_document("xho").meets(LanguageSet::ANY));
        assert_eq!(LanguageSet::of_rule("klingon"), None);
    }
}
