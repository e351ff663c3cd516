//! The list below a heading that goes: `READ MORE:` and the headlines of three other articles.
//!
//! What it removes: the teasers that a removed heading announces. Why: without their heading they read as sentences of the
//! article. Before and after: `… the mayor said.⏎READ MORE:⏎• A bridge too far⏎• Ferries late again⏎On Monday …` keeps its
//! two sentences. When it is wrong: a subheading of the article that stands right below such a list, which therefore stays
//! where it may be one. Settings: it acts in the default and the strict profile and goes with its heading's rule.

use std::collections::BTreeMap;

use super::decide::Chosen;
use super::form::is_separator;
use super::lines::{ends_sentence, is_next_sentence, lines};
use super::structure::PROSE_LINE;
use crate::span::Span;

/// Most lines of one list; more lines in the form of headlines, with text after them, are no list of teasers but a text
/// that is set so. Prose without punctuation, as some Chinese blogs have it, shows in fewer.
const MOST_TEASERS: usize = 12;
const MOST_UNSPACED: usize = 6;

/// Longest teaser in bytes, and the longest that a bullet marks: extractors run bulleted lists together.
const LONGEST_TEASER: usize = 160;
const LONGEST_BULLETED: usize = 800;

/// Longest title in bytes that ends as a sentence does.
const LONGEST_CALL: usize = 100;

/// Fewest different labels of a list of properties, and the longest label and value in bytes: headlines say more.
const LEAST_PROPERTIES: usize = 3;
const LONGEST_LABEL: usize = 40;
const LONGEST_VALUE: usize = 45;

/// Lines below a heading that are looked at, those that go among them: of a text of nothing but headings each would else look at all.
const REACH: usize = 64;

/// Chosen lines in a row that end a list: they are a menu, not a button under a teaser.
const MOST_BETWEEN: usize = 2;

/// Fewest words, or characters of a script without spaces, of a teaser in the middle of a text, and of one that stands
/// where a subheading of the text would: right above its next paragraph.
const LEAST_WORDS: usize = 3;
const LEAST_LAST_WORDS: usize = 8;

/// Characters that say as much as a word where words have no spaces between them.
const CHARACTERS_A_WORD: usize = 3;

/// The teasers below the heading at `heading`: lines that are not among `chosen`, in order. `tail`: whether nothing but
/// furniture is to be expected behind the heading.
pub(super) fn teasers(text: &str, heading: Span, chosen: &[Chosen], tail: bool) -> Vec<Span> {
    let below: Vec<Span> = lines_below(text, heading).collect();
    let is_whole = below.len() < REACH;
    if is_whole && let Some(last) = last_titles(text, &below, chosen) {
        return last;
    }
    let mut found: Vec<Span> = Vec::new();
    let (mut next, mut between) = (None, 0);
    let mut below = below.into_iter();
    for line in below.by_ref() {
        if is_chosen(chosen, line) {
            between += 1;
            if between > MOST_BETWEEN && !found.is_empty() {
                break;
            }
            continue;
        }
        between = 0;
        let candidate = line.of(text);
        let is_bulleted_list = found.first().is_some_and(|first| is_bulleted(first.of(text)));
        let is_over = found.len() > MOST_TEASERS || (is_bulleted_list && !is_bulleted(candidate));
        if is_over || !may_be_teaser(candidate) {
            next = Some(candidate);
            break;
        }
        found.push(line);
    }
    // A list that goes on out of reach may end in the text's own lines.
    let is_out_of_reach = !is_whole && next.is_none() && below.len() == 0;
    if is_out_of_reach || is_no_list(text, &found) {
        return Vec::new();
    }
    let next = next.filter(|next| !next.starts_with(['—', '–']));
    if next.is_some() && (!tail || found.len() > 2) {
        keep_questions(text, &mut found);
    }
    keep_subheadings(text, &mut found, next.is_none() || tail);
    found
}

/// Whether the first line below the heading that stays would be taken for one of its list.
pub(super) fn announces_teasers(text: &str, heading: Span, chosen: &[Chosen]) -> bool {
    let below = lines_below(text, heading).find(|line| !is_chosen(chosen, *line));
    below.is_some_and(|line| may_be_title(line.of(text)))
}

/// The lines below a heading, as far as its list may reach.
fn lines_below(text: &str, heading: Span) -> impl Iterator<Item = Span> + '_ {
    let below = lines(&text[heading.end..]).take(REACH);
    below.map(move |line| Span::new(line.start + heading.end, line.end + heading.end))
}

/// All that stays of the lines below a heading, where that is nothing but titles up to the end of the text, some of which end as sentences do:
/// `The disaster could have been avoided!` The last one must not, since a last sentence may be the text's own.
fn last_titles(text: &str, below: &[Span], chosen: &[Chosen]) -> Option<Vec<Span>> {
    let staying = below.iter().copied().filter(|line| !is_chosen(chosen, *line));
    let found: Vec<Span> = staying.take(MOST_TEASERS + 1).collect();
    let are_titles = found.iter().all(|line| may_be_title(line.of(text)));
    let of_headlines = found.iter().filter(|line| may_be_teaser(line.of(text))).count();
    let is_last_one = found.last().is_some_and(|last| may_be_teaser(last.of(text)));
    let is_list = found.len() > of_headlines && of_headlines * 2 > found.len() && is_last_one;
    (are_titles && is_list && !is_no_list(text, &found)).then_some(found)
}

fn is_chosen(chosen: &[Chosen], line: Span) -> bool {
    chosen.binary_search_by_key(&line.start, |choice| choice.line.start).is_ok()
}

/// Whether there are more lines than a list of teasers has, or they say something of one thing.
fn is_no_list(text: &str, found: &[Span]) -> bool {
    let unspaced = |line: &&Span| line.of(text).contains(super::compile::is_unspaced);
    found.len() > MOST_TEASERS
        || found.iter().filter(unspaced).count() > MOST_UNSPACED
        || is_of_properties(text, found)
}

/// Whether most lines give a property of their own, in figures mostly: `Memory: 16 GB`. Headlines open with a label too, as
/// `Cables: what the colours mean`, and now and then with a number behind it.
fn is_of_properties(text: &str, found: &[Span]) -> bool {
    let properties: BTreeMap<&str, &str> = found.iter().filter_map(|line| property(line.of(text))).collect();
    let figures = properties.values().filter(|value| value.contains(char::is_numeric)).count();
    properties.len() >= LEAST_PROPERTIES
        && properties.len() * 2 > found.len()
        && figures * 2 > properties.len()
}

/// Label and value of `label: value`.
fn property(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once([':', '：'])?;
    let value = value.trim();
    let is_short = label.len() <= LONGEST_LABEL && label.split_whitespace().count() <= 3;
    (is_short && !value.is_empty() && value.len() <= LONGEST_VALUE).then_some((label, value))
}

/// Takes from the list the question right above the text's next paragraph, which may be the text's own as the first of many with
/// their answers, and what heads those.
fn keep_questions(text: &str, found: &mut Vec<Span>) {
    let is_last =
        |found: &[Span], holds: fn(&str) -> bool| found.last().is_some_and(|last| holds(last.of(text)));
    if is_last(found, |last| is_question(last) && !is_bulleted(last)) {
        found.pop();
        if is_last(found, |last| words(last) < LEAST_LAST_WORDS) {
            found.pop();
        }
    }
}

/// Takes from the list what may be a subheading of the text below it.
fn keep_subheadings(text: &str, found: &mut Vec<Span>, ends_text: bool) {
    if ends_text || found.first().is_some_and(|first| is_bulleted(first.of(text))) {
        return;
    }
    if let Some(short) = found.iter().position(|line| words(line.of(text)) < LEAST_WORDS) {
        found.truncate(short);
    } else if found.len() > 1 && found.last().is_some_and(|last| words(last.of(text)) < LEAST_LAST_WORDS) {
        found.pop();
    }
}

/// A bulleted line, or one with the form of a headline.
fn may_be_teaser(line: &str) -> bool {
    // A dash opens the note on the author.
    if is_separator(line) || line.starts_with('—') {
        return false;
    }
    if is_bulleted(line) {
        return line.len() <= LONGEST_BULLETED && !(line.len() >= PROSE_LINE && line.ends_with('.'));
    }
    line.len() <= LONGEST_TEASER
        && (!ends_sentence(line) || is_question(line))
        && !is_next_sentence(line)
        && !line.contains(['\t', '|', '{', '}'])
}

/// As [`may_be_teaser`], or a short line that calls out, or that has most of its words in capitals: sentences among titles.
fn may_be_title(line: &str) -> bool {
    let is_short = line.len() <= LONGEST_CALL && !is_separator(line) && !line.starts_with('—');
    may_be_teaser(line) || (is_short && (line.ends_with('!') || is_capitalized(line)))
}

/// Whether most words open with a capital, and three at least: `A Bridge Is No Road. Ever.`
fn is_capitalized(line: &str) -> bool {
    let capitals = line.split_whitespace().filter(|word| word.starts_with(char::is_uppercase)).count();
    capitals >= LEAST_WORDS && capitals * 4 >= line.split_whitespace().count() * 3
}

pub(super) fn is_bulleted(line: &str) -> bool {
    line.starts_with(['•', '●', '▪', '■', '►', '▶', '▸', '»', '›', '·', '‣', '⦁'])
        || ["- ", "– ", "* ", "-\u{a0}", "*"].iter().any(|bullet| line.starts_with(bullet))
        || line.strip_prefix(['–', '-']).is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

fn is_question(line: &str) -> bool {
    line.trim_end_matches(['"', '\'', '”', '’', '»', '“']).ends_with(['?', '？', '؟'])
}

/// Words, or what stands for them where they have no spaces between them.
fn words(line: &str) -> usize {
    let spaced = line.split_whitespace().count();
    let unspaced = line.chars().filter(|character| super::compile::is_unspaced(*character)).count();
    spaced.max(unspaced / CHARACTERS_A_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PROSE: &str =
        "The council met on Tuesday evening to talk about the bridge, which has been closed since May.";

    fn found(below: &str, tail: bool) -> Vec<String> {
        let text = format!("READ MORE:\n{}", below.replace('P', PROSE));
        let found = teasers(&text, Span::new(0, 10), &[], tail);
        found.iter().map(|line| line.of(&text).to_owned()).collect()
    }

    #[rstest]
    #[case::at_the_end("A bridge too far\nWhy ferries fail\n", 2)]
    #[case::bulleted("• A bridge too far\n• Ferries\nP", 2)]
    #[case::run_together("● A bridge: too far● Ferries late● What now?\nP", 1)]
    #[case::dashes("- A bridge too far\n–Ferries late again\nP", 2)]
    #[case::one("How the bridge was lost\nP", 1)]
    #[case::maybe_a_subheading("How the bridge was lost to the sea\nWhat the mayor knew\nP", 1)]
    #[case::surely_a_headline(
        "How the bridge was lost\nWhat the mayor and his council knew of the bridge\nP",
        2
    )]
    #[case::a_subheading("Background\nP", 0)]
    #[case::prose("P\nHow the bridge was lost", 0)]
    #[case::a_table("Rome | 12 | 14\nOslo | 3 | 2", 0)]
    #[case::properties("OS: any\nMemory: 16 GB of it\nGraphics: of 2021 or later\nP", 0)]
    #[case::topics(
        "Cables: what the colours mean\nGardens: the 11 best seats of all\nRosemary: how to grow more of it, and where\nP",
        3
    )]
    #[case::labelled_headlines(
        "Opinion: the bridge is lost and nobody in town will miss it\nOpinion: ferries are late again and will be for years\nP",
        2
    )]
    #[case::headlines_of_papers(
        "Herald: the bridge is lost and nobody in town will miss it\nCourier: ferries are late again and will be for years\nTimes: the mayor of the town gives nothing on what they say\nP",
        3
    )]
    #[case::a_list_of_questions(
        "A bridge too far\nQuestions and answers\nWhat became of the bridge that fell?\nP",
        1
    )]
    #[case::a_bulleted_sentence("• P\n• P", 0)]
    #[case::unspaced("橋はなぜ閉鎖されたのか市長が語る\nP", 1)]
    #[case::before_a_signature(
        "A bridge too far\nWhy ferries fail\n— Jo Smith writes about ferries for the Herald",
        2
    )]
    fn lists(#[case] below: &str, #[case] count: usize) {
        assert_eq!(found(below, false).len(), count, "{:?}", found(below, false));
    }

    #[rstest]
    #[case::called_out("The disaster could have been avoided!\nWhy ferries fail\nWhat the mayor knew\n", 3)]
    #[case::capitalized(
        "How was the bridge lost?\nA Bridge Is No Road. Don’t Drive. Ever.\nWhat the mayor knew\n",
        3
    )]
    #[case::a_last_sentence("Why ferries fail\nWhat the mayor knew\nHe won!\n", 2)]
    #[case::a_sentence_between("Why ferries fail\nThe mayor said no more.\nPhoto by her brother\n", 1)]
    #[case::more_text("The disaster could have been avoided!\nWhy ferries fail\nWhat the mayor knew\nP", 0)]
    fn titles_end_as_sentences_at_the_end_of_a_text(#[case] below: &str, #[case] count: usize) {
        assert_eq!(found(below, true).len(), count, "{:?}", found(below, true));
    }

    #[test]
    fn at_the_tail_short_ones_go_too() {
        assert_eq!(found("Ferries\nP", true).len(), 1);
    }

    /// A button under a teaser doesn't end the list; a menu does.
    #[rstest]
    #[case(&["ADVERTISEMENT"], 2)]
    #[case(&["Home", "News", "Sport"], 1)]
    fn a_menu_ends_the_list(#[case] between: &[&str], #[case] count: usize) {
        let text = format!("READ MORE:\nA bridge too far\n{}\nWhy ferries fail\n", between.join("\n"));
        let starts = between.iter().map(|line| text.find(line).unwrap_or_default());
        let chosen: Vec<Chosen> =
            starts.zip(between).map(|(at, line)| Chosen::of_line(Span::new(at, at + line.len()))).collect();
        assert_eq!(teasers(&text, Span::new(0, 10), &chosen, true).len(), count);
    }

    #[test]
    fn more_lines_are_no_list() {
        assert_eq!(found(&"A bridge too far\n".repeat(12), false).len(), 12);
        assert_eq!(found(&"A bridge too far\n".repeat(13), false).len(), 0);
        assert_eq!(found(&"橋はなぜ閉鎖されたのか\n".repeat(7), false).len(), 0);
    }
}
