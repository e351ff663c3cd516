//! Character references that an extractor left in plain text: `&amp;`, `&#8217;`, `&nbsp;`, `&amp;quot;`.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use super::Part;
use super::classes::may_be_reference;
use crate::edit::Edit;
use crate::span::Span;

/// The character references of `text`, decoded as often as they were escaped.
///
/// Only prose is decoded. A reference stays where the text is, or talks about, markup or code: when the text holds tags,
/// plain or escaped, anywhere; when its line names HTML, XML, references or their kin, or holds a backtick or a brace;
/// when it stands in an address; when it is quoted. The semicolon is required, and only the names that word processors and
/// content systems write are known, so `&sum;` in a line of C stays. `&lt;` and `&gt;` stay too, because what they make
/// could be read as a tag, unless white space or digits are on both their sides.
pub(super) fn find(text: &str) -> Vec<Edit<Part>> {
    let mut edits = Vec::new();
    let mut end = 0;
    let mut line = Stretch::default();
    let mut word = Stretch::default();
    let mut markup = None;
    for start in memchr_iter(b'&', text.as_bytes()) {
        if start < end {
            continue;
        }
        let Some(reference) = Reference::at(text, start) else { continue };
        end = reference.end;
        if *markup.get_or_insert_with(|| holds_markup(text)) {
            break;
        }
        let about_code = line.holds(text, start, |character| character == '\n', is_technical);
        if about_code || word.holds(text, start, char::is_whitespace, is_address) || !reference.is_prose(text)
        {
            continue;
        }
        edits.push(Edit {
            span: Span::new(start, end),
            replacement: Cow::Owned(reference.character.to_string()),
            cause: Part::Entities,
        });
    }
    edits
}

/// A character reference, however often escaped.
struct Reference {
    start: usize,
    end: usize,
    character: char,
}

impl Reference {
    fn at(text: &str, start: usize) -> Option<Self> {
        let mut rest = &text[start + 1..];
        let mut ampersand = false;
        while let Some(inner) =
            ["amp;", "#38;", "#038;", "#x26;"].iter().find_map(|name| rest.strip_prefix(name))
        {
            rest = inner;
            ampersand = true;
        }
        let inner = may_be_reference(rest.as_bytes()).then(|| memchr(b';', rest.as_bytes())).flatten();
        let decoded = inner.and_then(|length| Some((length + 1, decode(&rest[..=length])?)));
        match decoded {
            Some((length, character)) => {
                Some(Self { start, end: text.len() - rest.len() + length, character })
            }
            None => ampersand.then(|| Self { start, end: text.len() - rest.len(), character: '&' }),
        }
    }

    fn is_prose(&self, text: &str) -> bool {
        let before = text[..self.start].chars().next_back();
        let after = text[self.end..].chars().next();
        let open = |side: Option<char>| side.is_none_or(|side| side.is_whitespace() || side.is_ascii_digit());
        if matches!(self.character, '<' | '>') && !(open(before) && open(after)) {
            return false;
        }
        !is_quoted(before, after) && !is_address_of(text, self.start)
    }
}

/// The character that `name;` stands for, when prose may hold it.
fn decode(name: &str) -> Option<char> {
    let escaped = format!("&{name}");
    let decoded = htmlize::unescape(escaped.as_str());
    let mut characters = decoded.chars();
    let character = characters.next().filter(|_| characters.next().is_none())?;
    let known = if name.starts_with('#') { is_text(character) } else { is_named_in_prose(character, name) };
    known.then_some(character)
}

fn is_text(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r') || !(character.is_control() || character == '\u{fffd}')
}

fn is_named_in_prose(character: char, name: &str) -> bool {
    let named = matches!(character,
        '"' | '&' | '\'' | '<' | '>' | '\u{a0}'..='\u{ff}' | 'Œ' | 'œ' | 'Š' | 'š' | 'Ÿ' | '€' | '™'
        | '\u{2002}'..='\u{2044}');
    named && name.len() > 2 && !matches!(name, "not;")
}

/// Whether a reference is the whole of a quotation or a bracket: then the text is about it.
fn is_quoted(before: Option<char>, after: Option<char>) -> bool {
    matches!(
        (before, after),
        (
            Some('"' | '\'' | '`' | '“' | '‘' | '(' | '[' | '«' | '„' | '=' | ',' | '/' | '\\'),
            Some('"' | '\'' | '`' | '”' | '’' | ')' | ']' | '»' | '“' | ',' | '/' | '\\'),
        )
    )
}

/// Whether the ampersand takes the address of something, as in C: `p = &copy;`.
fn is_address_of(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.ends_with(['=', '(']) && before.len() < at || before.ends_with("return")
}

/// Whether tags stand anywhere in `text`, plain or escaped: `<b`, `</`, `<!`, `&lt;b`, `&amp;lt;/`.
fn holds_markup(text: &str) -> bool {
    let opens = |rest: &str| {
        let mut bytes = rest.bytes();
        match bytes.next() {
            Some(b'/' | b'!' | b'?') => {
                bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'-')
            }
            Some(first) => first.is_ascii_alphabetic(),
            None => false,
        }
    };
    memchr_iter(b'<', text.as_bytes()).any(|at| opens(&text[at + 1..]))
        || ["lt;", "#60;", "#x3c;", "#x3C;", "LT;"]
            .iter()
            .any(|name| memmem::find_iter(text.as_bytes(), name).any(|at| opens(&text[at + name.len()..])))
}

/// The line, or the word, last looked at, and what was found there: so that each is looked at once.
#[derive(Default)]
struct Stretch {
    end: usize,
    verdict: bool,
}

impl Stretch {
    /// Whether `judge` says yes to the stretch around `at` that `is_bound` bounds. Places come in ascending order.
    fn holds(&mut self, text: &str, at: usize, is_bound: fn(char) -> bool, judge: fn(&str) -> bool) -> bool {
        if at >= self.end {
            let head = text[self.end..at].rsplit(is_bound).next().unwrap_or_default();
            let tail = text[at..].split(is_bound).next().unwrap_or_default();
            self.end = at + tail.len();
            self.verdict = judge(&text[at - head.len()..self.end]);
        }
        self.verdict
    }
}

/// Whether a word is an address, or the end of one with a query.
fn is_address(word: &str) -> bool {
    word.contains("://") || word.starts_with("www.") || (word.contains('?') && word.contains('='))
}

/// Words that a text about references, markup or code holds, in lower case, as programmers of all languages write them.
const TECHNICAL: [&str; 16] = [
    "html",
    "xml",
    "entity",
    "entities",
    "entité",
    "entität",
    "entidad",
    "escap",
    "encod",
    "unicode",
    "ascii",
    "markup",
    "javascript",
    "php",
    "semicolon",
    "ampersand",
];

fn is_technical(line: &str) -> bool {
    if line.starts_with(['\t', '>']) || line.starts_with("    ") || line.contains(['`', '{', '}']) {
        return true;
    }
    let lower = line.to_ascii_lowercase();
    TECHNICAL.iter().any(|word| memmem::find(lower.as_bytes(), word.as_bytes()).is_some())
}
