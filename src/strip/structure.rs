//! Findings by structure alone: the doubled head line, and the cut caption with its credit line.

use super::form::is_separator;
use super::lines::{blank_between, ends_sentence};
use crate::span::Span;

/// Longest title in characters.
const LONGEST_TITLE: usize = 150;

/// Most words of a site's name.
const SITE_NAME_WORDS: usize = 4;

/// Longest credit line in characters.
const LONGEST_CREDIT: usize = 120;

/// Bytes that a line of prose has at least.
pub(super) const PROSE_LINE: usize = 80;

/// Picture agencies, as they sign.
const AGENCIES: [&str; 46] = [
    "AAP",
    "AFP",
    "AFP-JIJI",
    "ANP",
    "ANSA",
    "AP",
    "APA",
    "APTN",
    "Agence France-Presse",
    "Alamy",
    "Anadolu",
    "Associated Press",
    "Bloomberg",
    "Belga",
    "CP",
    "CQ Roll Call",
    "Corbis",
    "Depositphotos",
    "dpa",
    "DPA",
    "EFE",
    "EPA",
    "Europa Press",
    "Getty",
    "Getty Images",
    "Imago",
    "imago",
    "iStock",
    "Keystone",
    "Kyodo",
    "Lusa",
    "Magnum",
    "NTB",
    "NurPhoto",
    "PA",
    "PA Wire",
    "PAP",
    "PTI",
    "REUTERS",
    "RIA Novosti",
    "Reuters",
    "Ritzau",
    "Shutterstock",
    "TASS",
    "UPI",
    "Xinhua",
];

/// How a doubled head line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A site's name as logo and breadcrumb: both lines go by default, one in the safe profile.
    SiteName,
    /// A title, from the page's head and its body: one of them goes.
    Title,
}

/// What the first two lines are, when they are equal and an article follows.
///
/// The site's name is short, stands nowhere else, and a title follows it. A title must be followed by prose before long: a song that
/// opens with the same line twice keeps it. `stays` tells which parts of the text count.
pub(super) fn doubled_head(text: &str, head: &[Span], stays: impl Fn(Span) -> bool) -> Option<Head> {
    let [first, second, third, ..] = head else { return None };
    let line = first.of(text);
    if line != second.of(text) || third.of(text) == line || ends_sentence(line) || is_separator(line) {
        return None;
    }
    if !head[2..].iter().any(|next| is_prose(next.of(text))) {
        return None;
    }
    let rest = &text.as_bytes()[third.start..];
    let mut again = memchr::memmem::find_iter(rest, line.as_bytes()).map(|at| at + third.start);
    let absent = !again.any(|at| stays(Span::new(at, at + line.len())));
    if line.split_whitespace().count() <= SITE_NAME_WORDS && absent && is_title(third.of(text)) {
        return Some(Head::SiteName);
    }
    (is_title(line) && absent).then_some(Head::Title)
}

/// Whether the first line is a caption that was cut off and the second, right below it, its credit.
pub(super) fn is_cut_caption(text: &str, caption: Span, credit: Span) -> bool {
    let line = caption.of(text);
    (line.ends_with('…') || line.ends_with("..."))
        && !blank_between(text, caption, credit)
        && is_credit(credit.of(text))
}

/// Whether the line names an agency, and nothing but names beside it: at most 120 characters joined by slashes, bars,
/// commas or `via`.
pub(super) fn is_credit(line: &str) -> bool {
    if line.len() > LONGEST_CREDIT * 4 || line.chars().count() > LONGEST_CREDIT || ends_sentence(line) {
        return false;
    }
    let bare = strip_credit_label(line.trim_matches(['(', ')', '[', ']', '©', ' ']));
    let mut agency = false;
    for part in bare.split(['/', '|', ',', ';', '©']).flat_map(|part| part.split(" via ")).map(str::trim) {
        agency |= AGENCIES.contains(&part);
        if !part.is_empty() && !is_name(part) {
            return false;
        }
    }
    agency
}

/// Whether the line is long enough for prose and ends as prose does.
pub(super) fn is_prose(line: &str) -> bool {
    line.len() >= PROSE_LINE && ends_sentence(line)
}

fn is_title(line: &str) -> bool {
    line.chars().take(LONGEST_TITLE + 1).count() <= LONGEST_TITLE && !line.ends_with('.')
}

fn strip_credit_label(line: &str) -> &str {
    const LABELS: [&str; 8] = ["Photo", "Image", "Credit", "Picture", "Foto", "Photograph", "Bild", "Crédit"];
    let labelled =
        line.split_once(':').filter(|(label, _)| LABELS.iter().any(|known| label.starts_with(known)));
    labelled.map_or(line, |(_, rest)| rest.trim())
}

/// At most six words, each with a capital or one of the particles of names.
fn is_name(part: &str) -> bool {
    const PARTICLES: [&str; 16] = [
        "de", "da", "di", "del", "la", "le", "van", "von", "der", "den", "bin", "al", "and", "for", "of",
        "dpa",
    ];
    part.split_whitespace().count() <= 6
        && part.split_whitespace().all(|word| {
            PARTICLES.contains(&word)
                || AGENCIES.contains(&word)
                || word.chars().next().is_some_and(|first| first.is_uppercase() || !first.is_alphabetic())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::lines::lines;
    use rstest::rstest;

    const PROSE: &str = "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood in May.";

    #[rstest]
    #[case("Amegix\n\nAmegix\n\nA bridge too far for the council\n\n{}", Some(Head::SiteName))]
    #[case(
        "A bridge too far for the whole council\nA bridge too far for the whole council\nBy Jo\n{}",
        Some(Head::Title)
    )]
    #[case("Row, row\nRow, row\nGently down the stream\nLife is but a dream", None)]
    #[case("Amegix\nAmegix\nAmegix\nAmegix\n{}", None)]
    #[case("No.\nNo.\nA bridge\n{}", None)]
    #[case("Bridge\nBridge\nHow the Bridge fell\n{}", None)]
    fn heads(#[case] text: &str, #[case] expected: Option<Head>) {
        let text = text.replace("{}", PROSE);
        let head: Vec<Span> = lines(&text).take(6).collect();
        assert_eq!(doubled_head(&text, &head, |_| true), expected);
    }

    #[rstest]
    #[case("Reuters/Alexei Nikolsky/RIA Novosti/Kremlin", true)]
    #[case("Alex Wong/Getty Images", true)]
    #[case("Foto: Jan de Vries/ANP", true)]
    #[case("AP Photo/Susan Walsh", false)]
    #[case("Reuters said it had no comment", false)]
    #[case("Reuters, AP and other agencies reported from the scene.", false)]
    #[case("Paris, London, New York", false)]
    fn credits(#[case] line: &str, #[case] expected: bool) {
        assert_eq!(is_credit(line), expected);
    }
}
