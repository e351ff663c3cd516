//! Brackets that open with a link's label, `(RELATED: …)`, and the mark that a news interface cuts texts with.

use std::sync::LazyLock;

use memchr::memchr2_iter;
use memchr::memmem::Finder;

use super::popup::without_cut_mark;
use super::{Kind, LinkText, effort};
use crate::span::Span;

/// Longest insert, in characters.
const LONGEST: usize = 160;

/// Labels that are links in any case; a colon or a bar must follow.
const LABELS: &[&str] = &[
    "related",
    "related story",
    "related stories",
    "related article",
    "related articles",
    "related coverage",
    "related content",
    "related news",
    "related video",
    "see related",
    "read more",
    "read also",
    "also read",
    "must read",
    "also on politico",
    "lesen sie auch",
    "lesen sie hier",
    "lesen sie hier mehr",
    "mehr dazu",
    "mehr zum thema",
    "lire aussi",
    "à lire aussi",
    "lire également",
    "à lire également",
    "à voir aussi",
    "lea también",
    "lee también",
    "lea además",
    "te puede interesar",
    "leggi anche",
    "leggi tutto",
    "guarda anche",
    "leia também",
    "leia mais",
    "veja também",
    "saiba mais",
    "lees ook",
    "lees meer",
    "читайте также",
    "читать далее",
    "смотрите также",
    "читайте також",
    "дивіться також",
    "czytaj także",
    "czytaj też",
    "czytaj więcej",
    "przeczytaj również",
    "zobacz też",
    "zobacz także",
    "ayrıca okuyun",
    "les også",
    "læs også",
    "läs också",
    "läs mer",
    "lue myös",
    "اقرأ أيضا",
    "اقرأ أيضاً",
    "إقرأ أيضا",
    "यह भी पढ़ें",
    "ये भी पढ़ें",
    "baca juga",
    "baca lagi",
    "simak juga",
    "xem thêm",
    "đọc thêm",
    "ayrıca bakınız",
    "bunu da okuyun",
    "ilgili haber",
    "soma pia",
    "citește și",
    "διαβάστε επίσης",
    "čtěte také",
    "pročitajte još",
    "вижте още",
    "للمزيد",
    "قد يهمك",
    "بیشتر بخوانید",
    "مزید پڑھیں",
    "আরও পড়ুন",
    "আরো পড়ুন",
    "관련기사",
    "basahin din",
    "karanta kuma",
    "相关阅读",
    "相关新闻",
    "相关报道",
    "延伸阅读",
    "推荐阅读",
    "更多阅读",
    "相關閱讀",
    "相關新聞",
    "延伸閱讀",
    "推薦閱讀",
    "関連記事",
    "関連ニュース",
    "あわせて読みたい",
    "合わせて読みたい",
    "こちらもおすすめ",
    "관련 기사",
    "관련뉴스",
    "함께 읽기",
];

/// Labels that are links only where they are written in capitals; small, they are a scholar's or a writer's.
const CAPITAL_LABELS: &[&str] = &[
    "WATCH",
    "PHOTOS",
    "PHOTO",
    "VIDEO",
    "VIDEOS",
    "LISTEN",
    "MORE",
    "READ",
    "SEE ALSO",
    "ALSO SEE",
    "SLIDESHOW",
    "GALLERY",
    "POLL",
    "FLASHBACK",
];

/// Inserts that are an instruction as a whole.
const WHOLE: &[&str] = &[
    "story continues below",
    "story continues below ad",
    "story continues below advertisement",
    "article continues below",
    "continua a leggere dopo la foto",
    "continua a leggere dopo il video",
    "continua a leggere dopo la pubblicità",
    "continua dopo la pubblicità",
    "text continues after the ad",
    "tekst gaat verder onder de advertentie",
    "weiterlesen nach der anzeige",
];

/// Adds the inserts of a text to `found`.
pub(super) fn find(text: &str, found: &mut Vec<LinkText>) {
    found.extend(inserts(text));
    found.extend(cut_mark(text));
}

/// Whether a text holds any insert.
pub(super) fn is_in(text: &str) -> bool {
    cut_mark(text).is_some() || inserts(text).next().is_some()
}

fn inserts(text: &str) -> impl Iterator<Item = LinkText> + '_ {
    let narrow = memchr2_iter(b'(', b'[', text.as_bytes());
    let wide = WIDE.iter().flat_map(|open| open.find_iter(text.as_bytes()));
    narrow.chain(wide).filter_map(|open| insert_at(text, open))
}

fn cut_mark(text: &str) -> Option<LinkText> {
    let trimmed = text.trim_end();
    let kept = without_cut_mark(trimmed);
    let span = Span::new(kept.len(), trimmed.len());
    (kept.len() < trimmed.len()).then_some(LinkText { span, kind: Kind::CutMark, anchor: span, cue: None })
}

/// The brackets of full width, which are looked for as a whole: their first byte alone begins every other letter of Japanese.
static WIDE: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["（", "【"].map(Finder::new));

/// The bracket that opens a text, and the one that closes it.
fn brackets(text: &str) -> Option<(char, char)> {
    let open = text.chars().next()?;
    let close = match open {
        '(' => ')',
        '[' => ']',
        '（' => '）',
        '【' => '】',
        _ => return None,
    };
    Some((open, close))
}

/// For each byte, which bytes of ASCII follow it where a label begins with it: all in small letters, a bit each.
static OPENINGS: LazyLock<[u128; 128]> = LazyLock::new(|| {
    let mut openings = [0; 128];
    for label in LABELS.iter().chain(CAPITAL_LABELS).chain(WHOLE) {
        if let [first, second, ..] = label.to_lowercase().as_bytes()
            && first.is_ascii()
            && second.is_ascii()
        {
            openings[usize::from(*first)] |= 1 << second;
        }
    }
    openings
});

/// Whether a label may begin with these bytes, behind spaces. What is not ASCII may have small letters that are.
fn may_open_label(bytes: &[u8]) -> bool {
    match bytes {
        [b' ', ..] => true,
        [first, second, ..] if first.is_ascii() && second.is_ascii() => {
            OPENINGS[usize::from(first.to_ascii_lowercase())] >> second.to_ascii_lowercase() & 1 != 0
        }
        bytes => bytes.len() > 1,
    }
}

fn insert_at(text: &str, open: usize) -> Option<LinkText> {
    effort::note(1);
    let (opening, closing) = brackets(&text[open..])?;
    let inner = open + opening.len_utf8();
    if !may_open_label(&text.as_bytes()[inner..]) {
        return None;
    }
    let rest = &text[inner..];
    let label_end = label_end(rest)?;
    let length = inner_length(rest, (opening, closing))?;
    if label_end > length {
        return None;
    }
    let anchor = Span::new(inner, inner + label_end);
    let span = with_space(text, Span::new(open, inner + length + closing.len_utf8()));
    Some(LinkText { span, kind: Kind::Bracket, anchor, cue: None })
}

/// Length of what stands inside a bracket that has just been opened, brackets within it skipped; `None` where it does not
/// close on its line or is too long for an insert.
fn inner_length(rest: &str, (open, close): (char, char)) -> Option<usize> {
    let mut depth = 0usize;
    for (place, character) in rest.char_indices().take(LONGEST) {
        effort::note(1);
        match character {
            '\n' => return None,
            _ if character == open => depth += 1,
            _ if character == close && depth == 0 => return Some(place),
            _ if character == close => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where the label at the start of `rest` ends; `None` when there is none.
fn label_end(rest: &str) -> Option<usize> {
    let skipped = rest.len() - rest.trim_start_matches(' ').len();
    let first = rest[skipped..].chars().next()?;
    if !first.is_alphabetic() {
        return None;
    }
    let is_end = |c: char| matches!(c, ':' | '：' | '|' | '｜' | ')' | ']' | '）' | '】' | '\n');
    let head_end = rest[skipped..].char_indices().take(50).find(|(_, c)| is_end(*c))?;
    let head = rest[skipped..skipped + head_end.0].trim_end();
    let is_labelled = || is_link_label(head) || CAPITAL_LABELS.contains(&head);
    let is_found = match head_end.1 {
        ':' | '：' => is_labelled(),
        '|' | '｜' => is_link_label(head),
        end => end != '\n' && is_one_of(WHOLE, head),
    };
    is_found.then_some(skipped + head_end.0)
}

/// A label begins with a capital where its script has them.
fn is_link_label(head: &str) -> bool {
    !head.starts_with(char::is_lowercase) && is_one_of(LABELS, head)
}

/// Whether one of `phrases` is `head` in small letters.
fn is_one_of(phrases: &[&str], head: &str) -> bool {
    let first = head.bytes().next().map(|byte| byte.to_ascii_lowercase());
    // What is not ASCII may have small letters that are.
    let may_be = |phrase: &&&str| !head.is_ascii() || phrase.bytes().next() == first;
    phrases.iter().filter(may_be).any(|phrase| head.chars().flat_map(char::to_lowercase).eq(phrase.chars()))
}

/// The bracket and the space on its left, or on its right at the start of a line.
fn with_space(text: &str, bracket: Span) -> Span {
    let before = &text[..bracket.start];
    if before.ends_with(' ') {
        let start = before.trim_end_matches(' ').len();
        let is_line_start = start == 0 || before[..start].ends_with('\n');
        if !is_line_start {
            return Span::new(start, bracket.end);
        }
    }
    let is_line_start = before.is_empty() || before.ends_with('\n');
    let spaces = text[bracket.end..].len() - text[bracket.end..].trim_start_matches(' ').len();
    if is_line_start { Span::new(bracket.start, bracket.end + spaces) } else { bracket }
}
