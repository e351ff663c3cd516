//! Rules compiled once into the tables that lines are looked up in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};
use rustc_hash::FxHashMap;

use super::form::{LONG_LINE, LONG_PREFIX, LineForm, fold_pattern, form_key};
use super::language::LanguageSet;
use super::pattern::{Pattern, Patterns};
use super::phrase::InlinePhrases;
use super::rule::{
    Action, Actions, CountedBy, Rule, RuleError, RuleFile, Sourced, rules_by_id, rules_of_file,
};
use super::search::Parts;
use super::starts::{OPENING, Start, Starts};
use crate::config::{Profile, StripConfig};
use crate::error::escape;

/// Longest line in characters a pattern without `starts` or `contains` may look at, and every such pattern's default.
const SHORT_LINE: usize = 80;

/// Longest `label: headline` line in characters where the rule doesn't say.
const LABELLED_LINE: usize = 200;

/// Fewest bytes of a phrase that goes from inside a line.
const LEAST_INLINE: usize = 9;

/// Bytes of a line's form in which the end of its label is looked for.
const LABEL_WINDOW: usize = 64;

/// A group of rules that can be switched as one: the stem of its file's name.
pub type Category = Arc<str>;

/// Category of the furniture run, beside rules of that name.
pub(super) const NAVIGATION: &str = "navigation";
/// Category of the doubled head line.
pub(super) const SITE_NAME: &str = "site_name";
/// Category of the caption with its credit line.
pub(super) const CREDIT_CAPTION: &str = "credit_caption";
/// Category of lines learned from the corpus.
pub(super) const LEARNED: &str = "learned";
/// Category of the list below a heading.
pub(super) const PROMO_LINK: &str = "promo_link";
/// Category of what inline findings left empty.
pub(super) const LINK_TEXT: &str = "link_text";

/// Findings that no rule file describes, at the end of the rule table.
pub(super) const STRUCTURES: [(&str, &str, Action); 9] = [
    (NAVIGATION, "navigation/furniture-run", Action::Furniture),
    (SITE_NAME, "site_name/doubled-head", Action::Edge),
    (SITE_NAME, "site_name/repeated-head", Action::Always),
    (CREDIT_CAPTION, "credit_caption/cut-caption", Action::Edge),
    (LEARNED, "learned/line", Action::Recurs),
    (LINK_TEXT, "link_text/emptied-line", Action::Always),
    (NAVIGATION, "navigation/left-over-separator", Action::Always),
    (PROMO_LINK, "promo_link/teaser", Action::Always),
    (CREDIT_CAPTION, "credit_caption/gallery-button", Action::Always),
];

/// The findings of [`STRUCTURES`], in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    FurnitureRun,
    DoubledHead,
    RepeatedHead,
    CutCaption,
    LearnedLine,
    EmptiedLine,
    LeftOverSeparator,
    Teaser,
    GalleryButton,
}

/// All rules of a run, ready to be matched, with the settings that decide which of them act.
#[derive(Debug)]
pub struct CompiledRules {
    pub(super) rules: Vec<CompiledRule>,
    literals: FxHashMap<u64, Vec<Literal>>,
    labels: FxHashMap<u64, Vec<Literal>>,
    starts: Starts,
    /// Parts of all long and foreign phrases, and of cues: a form that holds none of them holds none of these.
    parts: Parts,
    short_phrases: Phrases,
    long_phrases: Phrases,
    /// Those that no line of ASCII holds.
    foreign_phrases: Phrases,
    short_patterns: (Patterns, Vec<u16>),
    digit_patterns: (Patterns, Vec<u16>),
    longest_literal: usize,
    pub(super) inline: InlinePhrases,
    pub(super) settings: Settings,
}

/// Phrases that lines hold anywhere, with the rule of each and whether it says enough where the language is unknown.
#[derive(Debug)]
struct Phrases {
    automaton: AhoCorasick,
    rules: Vec<(u16, bool)>,
}

/// What decides which hits are deleted.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) enabled: bool,
    pub(super) profile: Profile,
    pub(super) guard_share: f64,
    pub(super) guard_floor: usize,
}

/// One rule as matched.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the rule")]
pub(super) struct CompiledRule {
    pub(super) id: Arc<str>,
    pub(super) category: Category,
    pub(super) actions: Actions,
    pub(super) languages: LanguageSet,
    /// Whether its category was switched on against the profile.
    pub(super) raised: bool,
    /// Whether its hits make a run of short lines a furniture run.
    pub(super) makes_runs: bool,
    /// Whether the teasers below its line go with it.
    pub(super) heads_list: bool,
    /// Whether part of a line that it takes is free text, so that its words alone do not say what goes.
    pub(super) open_ended: bool,
    pub(super) counted_by: CountedBy,
    key: u64,
    unambiguous: bool,
    whole_words: bool,
    pattern: Option<Pattern>,
    except: Option<Pattern>,
    at_edge: Option<Pattern>,
    max_chars: usize,
}

#[derive(Debug)]
struct Literal {
    form: Box<str>,
    rule: u16,
    clear: bool,
}

/// A rule that matches a line, whatever the document's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    pub(super) rule: u16,
    /// What recurrence is counted by.
    pub(super) key: u64,
    /// Whether the phrase says enough where the language is unknown.
    pub(super) clear: bool,
}

/// Checks a rule file on its own; `name` is what errors call it.
///
/// # Errors
/// When it is not of the schema, a rule has no way to match or no language, a pattern doesn't compile, a language is unknown,
/// or a line is one that no document can have.
pub fn check_rule_file(name: &str, contents: &str) -> Result<RuleFile, RuleError> {
    let file = RuleFile::parse(name, contents)?;
    let mut builder = Builder::default();
    let config = StripConfig { profile: Profile::Strict, ..StripConfig::default() };
    for (id, source) in &rules_of_file(name, file.clone(), false)? {
        builder.add(id, source, &config)?;
    }
    Ok(file)
}

impl CompiledRules {
    /// The built-in rules and the user's, with the profile's choice of what acts.
    ///
    /// # Errors
    /// When a rule file is not of the schema, a rule has no way to match, a pattern doesn't compile, a language is
    /// unknown, or `with` or `without` names no category.
    pub fn new(config: &StripConfig) -> Result<Self, RuleError> {
        let sourced = rules_by_id(&config.rules)?;
        check_categories(config, &sourced)?;
        let mut builder = Builder::default();
        for (id, source) in &sourced {
            builder.add(id, source, config)?;
        }
        builder.add_structures(config);
        builder.finish(config)
    }

    /// Full ids of all rules, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.id)
    }

    /// Ids of the rules that match `line` in a document of `language`, action and recurrence aside.
    pub fn matching(&self, line: &str, language: Option<&str>) -> Vec<Arc<str>> {
        let languages = language.map_or(LanguageSet::UNKNOWN, LanguageSet::of_document);
        let mut matches = Vec::new();
        self.match_line(line, &mut LineForm::new(), &mut matches);
        matches.retain(|found| self.speaks(*found, languages));
        matches.into_iter().map(|found| Arc::clone(&self.rules[usize::from(found.rule)].id)).collect()
    }

    /// Index of a finding that no rule file describes.
    pub(super) fn structure(&self, structure: Structure) -> u16 {
        (self.rules.len() - STRUCTURES.len() + structure as usize) as u16
    }

    /// Whether the match counts in a document of any language.
    pub(super) fn speaks_to_any(&self, found: Match) -> bool {
        self.rules[usize::from(found.rule)].languages == LanguageSet::ANY
    }

    /// Whether a match counts in a document of these languages.
    pub(super) fn speaks(&self, found: Match, languages: LanguageSet) -> bool {
        let rule = &self.rules[usize::from(found.rule)];
        rule.languages.meets(languages)
            || rule.languages == LanguageSet::ANY
            || (languages.is_unknown() && (found.clear || rule.unambiguous))
    }

    /// Whether the match's rule holds wherever a line stands.
    pub(super) fn holds_always(&self, found: Match) -> bool {
        self.rules[usize::from(found.rule)].actions.has(Action::Always)
    }

    /// The rules whose form `line`, trimmed and not empty, has; each once, in their order.
    pub(super) fn match_line(&self, line: &str, form: &mut LineForm, matches: &mut Vec<Match>) {
        matches.clear();
        if line.len() > LONG_LINE {
            self.match_long(line, form, matches);
        } else {
            self.match_form(form.of(line), true, matches);
        }
    }

    /// As [`CompiledRules::match_line`], of a long line.
    pub(super) fn match_long(&self, line: &str, form: &mut LineForm, matches: &mut Vec<Match>) {
        matches.clear();
        let opening = form.of(&line[..line.floor_char_boundary(OPENING)]);
        if self.starts.may_open(opening) {
            let prefix = &line[..line.floor_char_boundary(LONG_PREFIX)];
            self.match_starts(form.of(prefix), line.len(), matches);
            once_a_rule(matches);
        }
    }

    /// As [`CompiledRules::match_line`], of a line that is not long and has this form. `has_part`: whether the form may hold
    /// a long phrase, as [`CompiledRules::parts`] tell.
    pub(super) fn match_form(&self, form: &str, has_part: bool, matches: &mut Vec<Match>) {
        matches.clear();
        if form.is_empty() {
            return;
        }
        if form.len() <= self.longest_literal {
            self.match_literals(form, matches);
        }
        if form.len() <= SHORT_LINE * 3 && fits(form, SHORT_LINE) {
            self.match_patterns(form, matches);
            self.match_short_phrases(form, matches);
        }
        self.match_label(form, matches);
        self.match_starts(form, form.len(), matches);
        if has_part {
            self.match_long_phrases(&self.long_phrases, form, matches);
            self.match_long_phrases(&self.foreign_phrases, form, matches);
        }
        once_a_rule(matches);
    }

    /// What tells lines apart that hold no long phrase and no cue.
    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    fn match_literals(&self, form: &str, matches: &mut Vec<Match>) {
        let key = form_key(form);
        for literal in self.literals.get(&key).into_iter().flatten() {
            if &*literal.form == form {
                matches.push(self.found(literal.rule, key, literal.clear));
            }
        }
    }

    fn match_label(&self, form: &str, matches: &mut Vec<Match>) {
        let Some((label, headline)) = split_label(form) else { return };
        let key = form_key(label);
        for candidate in self.labels.get(&key).into_iter().flatten() {
            let rule = &self.rules[usize::from(candidate.rule)];
            let is_meant = &*candidate.form == label && !headline.is_empty() && !leaves_bracket(headline);
            if is_meant && fits(form, rule.max_chars) {
                matches.push(self.found(candidate.rule, key, candidate.clear));
            }
        }
    }

    fn match_patterns(&self, form: &str, matches: &mut Vec<Match>) {
        self.match_set(&self.short_patterns, form, matches);
        if form.bytes().any(|byte| byte.is_ascii_digit()) {
            self.match_set(&self.digit_patterns, form, matches);
        }
    }

    fn match_set(&self, (patterns, rules): &(Patterns, Vec<u16>), form: &str, matches: &mut Vec<Match>) {
        for index in patterns.matches(form) {
            let rule = rules[index];
            if fits(form, self.rules[usize::from(rule)].max_chars) {
                matches.push(self.found(rule, form_key(form), true));
            }
        }
    }

    fn match_starts(&self, form: &str, line_bytes: usize, matches: &mut Vec<Match>) {
        for start in self.starts.candidates(form) {
            let rule = &self.rules[usize::from(start.rule)];
            let long = line_bytes > LONG_LINE;
            let length_fits = if long { line_bytes <= rule.max_chars } else { fits(form, rule.max_chars) };
            if length_fits && opens_with(form, &start.form) && rule.pattern_allows(form) {
                matches.push(self.found(start.rule, form_key(form), start.clear));
            }
        }
    }

    fn match_short_phrases(&self, form: &str, matches: &mut Vec<Match>) {
        let phrases = &self.short_phrases;
        for found in phrases.automaton.find_overlapping_iter(form) {
            self.match_phrase(form, found.span(), phrases.rules[found.pattern().as_usize()], matches);
        }
    }

    fn match_long_phrases(&self, phrases: &Phrases, form: &str, matches: &mut Vec<Match>) {
        for found in phrases.automaton.find_iter(form) {
            let rule = phrases.rules[found.pattern().as_usize()];
            self.match_phrase(form, found.span(), rule, matches);
        }
    }

    fn match_phrase(
        &self,
        form: &str,
        phrase: aho_corasick::Span,
        (index, clear): (u16, bool),
        matches: &mut Vec<Match>,
    ) {
        let rule = &self.rules[usize::from(index)];
        let is_placed = !rule.whole_words || is_word(form, phrase);
        if is_placed && fits(form, rule.max_chars) && rule.pattern_allows(form) {
            matches.push(self.found(index, form_key(form), clear));
        }
    }

    fn found(&self, index: u16, key: u64, clear: bool) -> Match {
        let rule = &self.rules[usize::from(index)];
        let key = if rule.counted_by == CountedBy::Rule { rule.key } else { key };
        Match { rule: index, key, clear }
    }
}

impl Phrases {
    /// Leftmost kinds are searched many bytes at a time, and miss a phrase that overlaps another: the choice for long
    /// lines, whose phrases are few and long.
    fn new(phrases: Vec<(String, (u16, bool))>, kind: MatchKind) -> Result<Self, BuildError> {
        let (phrases, rules): (Vec<String>, Vec<(u16, bool)>) = phrases.into_iter().unzip();
        Ok(Self {
            automaton: AhoCorasick::builder()
                .match_kind(kind)
                .kind(Some(AhoCorasickKind::DFA))
                .build(phrases)?,
            rules,
        })
    }
}

impl CompiledRule {
    /// Whether its category is on.
    pub(super) fn is_on(&self) -> bool {
        self.actions != Actions::default()
    }

    /// Whether its phrases are all that it takes, and nothing in a line is left to a pattern.
    pub(super) fn has_no_pattern(&self) -> bool {
        self.pattern.is_none()
    }

    /// Whether where the line stands can be all the evidence there is.
    pub(super) fn may_go_at_edge(&self, line: &str) -> bool {
        self.at_edge.as_ref().is_none_or(|pattern| pattern.is_match(LineForm::new().of(line)))
    }

    fn pattern_allows(&self, form: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(form))
            && !self.except.as_ref().is_some_and(|except| except.is_match(form))
    }
}

/// Sorts matches and leaves one of each rule.
fn once_a_rule(matches: &mut Vec<Match>) {
    if matches.len() > 1 {
        matches.sort_unstable();
        matches.dedup_by_key(|found| found.rule);
    }
}

/// Whether the form has at most `max_chars` characters.
fn fits(form: &str, max_chars: usize) -> bool {
    form.len() <= max_chars || (!form.is_ascii() && form.chars().count() <= max_chars)
}

/// Whether no letter and no digit stands right beside the phrase.
fn is_word(form: &str, phrase: aho_corasick::Span) -> bool {
    let before = form[..phrase.start].chars().next_back();
    let after = form[phrase.end..].chars().next();
    [before, after].into_iter().flatten().all(|beside| !beside.is_alphanumeric())
}

/// Whether the form opens with the phrase and the phrase ends with a word.
fn opens_with(form: &str, phrase: &str) -> bool {
    form.strip_prefix(phrase).is_some_and(|rest| {
        let next = rest.chars().next();
        next.is_none_or(|next| !next.is_alphanumeric() || is_unspaced(next)) || phrase.ends_with(is_unspaced)
    })
}

/// Whether words of the character's script stand without spaces between them.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// The label and the headline of `label: headline`, `label » headline`, `label - headline`.
fn split_label(form: &str) -> Option<(&str, &str)> {
    let window = &form[..form.floor_char_boundary(LABEL_WINDOW)];
    if !may_hold_label(window.as_bytes()) {
        return None;
    }
    let ends_label = |&(at, mark): &(usize, char)| match mark {
        ':' | '】' | '»' | '>' | ']' => true,
        // `Also see |options|` names something.
        '|' => !window[..at].ends_with(' ') || window[at + 1..].starts_with(' '),
        _ => false,
    };
    let mut best = window.char_indices().find(ends_label).map(|(at, _)| at);
    if let Some(dash) = window.find(" - ")
        && best.is_none_or(|other| dash < other)
    {
        best = Some(dash + 1);
    }
    let at = best?;
    let mark = form[at..].chars().next()?;
    Some((form[..at].trim_end(), form[at + mark.len_utf8()..].trim_start()))
}

/// Whether a bracket that opened before the label closes and text follows: `(Read also: a headline) The sentence of the text.`
fn leaves_bracket(headline: &str) -> bool {
    let Some(close) = headline.find(')') else { return false };
    !headline[..close].contains('(') && headline[close + 1..].contains(char::is_alphanumeric)
}

/// Whether a byte may be, or may be of, a mark after a label: the last two are of `»` and `】`. Without a branch, so that the
/// compiler makes it look at many bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep it from looking at many bytes at once")]
fn may_hold_label(window: &[u8]) -> bool {
    let ends_label = |byte: u8| {
        (byte == b':') | (byte == b'>') | (byte == b'|') | (byte == b']') | (byte == 0xbb) | (byte == 0x91)
    };
    let any = |bytes: &[u8]| bytes.iter().fold(false, |found, byte| found | ends_label(*byte));
    let dash = |bytes: &[u8], next: &[u8]| {
        let pairs = bytes.iter().zip(next);
        pairs.fold(false, |found, (byte, next)| found | ((*byte == b' ') & (*next == b'-')))
    };
    let Some(whole) = window.first_chunk::<LABEL_WINDOW>() else {
        return any(window) || dash(window, window.get(1..).unwrap_or_default());
    };
    any(whole) | dash(&whole[..LABEL_WINDOW - 1], &whole[1..])
}

fn check_categories(config: &StripConfig, rules: &BTreeMap<String, Sourced>) -> Result<(), RuleError> {
    let of_rules = rules.values().map(|sourced| sourced.category.as_str());
    let known: BTreeSet<&str> = of_rules.chain(STRUCTURES.iter().map(|(category, ..)| *category)).collect();
    let with = config.with.iter().map(|name| ("--with", name));
    let without = config.without.iter().map(|name| ("--without", name));
    match with.chain(without).find(|(_, name)| !known.contains(name.as_str())) {
        None => Ok(()),
        Some((option, name)) => Err(RuleError {
            file: format!("{option} {}", escape(name)),
            rule: "-".into(),
            reason: format!(
                "there is no such category; there are {}",
                known.into_iter().collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}

/// Collects rules into the tables.
#[derive(Default)]
struct Builder {
    rules: Vec<CompiledRule>,
    literals: FxHashMap<u64, Vec<Literal>>,
    labels: FxHashMap<u64, Vec<Literal>>,
    starts: Starts,
    short_phrases: Vec<(String, (u16, bool))>,
    long_phrases: Vec<(String, (u16, bool))>,
    short_patterns: Vec<(String, u16)>,
    digit_patterns: Vec<(String, u16)>,
    inline: Vec<(String, u16)>,
    longest_literal: usize,
}

impl Builder {
    fn add(&mut self, id: &str, source: &Sourced, config: &StripConfig) -> Result<(), RuleError> {
        let rule = &source.rule;
        let fail = |reason: String| RuleError { file: source.file.clone(), rule: id.into(), reason };
        if config.without.contains(&source.category) || rule.action.contains(&Action::Off) {
            return Ok(());
        }
        let raised = config.profile == Profile::Strict || config.with.contains(&source.category);
        if rule.action == [Action::Judgement] && !raised {
            return if source.built_in {
                Ok(())
            } else {
                compile_rule(id, source, config).map(|_| ()).map_err(fail)
            };
        }
        if rule.action.is_empty() {
            return Err(fail("it has no action".into()));
        }
        let index =
            u16::try_from(self.rules.len()).map_err(|_| fail("there are more than 65,535 rules".into()))?;
        let compiled = compile_rule(id, source, config).map_err(fail)?;
        self.index_phrases(index, rule).map_err(fail)?;
        if let (Some(pattern), None) = (&rule.pattern, &compiled.pattern) {
            let patterns = if rule.digit { &mut self.digit_patterns } else { &mut self.short_patterns };
            patterns.push((anchored(pattern), index));
        }
        self.rules.push(compiled);
        Ok(())
    }

    fn index_phrases(&mut self, index: u16, rule: &Rule) -> Result<(), String> {
        let mut form = LineForm::new();
        for phrase in &rule.literals {
            let (form, clear) = phrase_form(&mut form, phrase)?;
            self.longest_literal = self.longest_literal.max(form.len());
            self.literals.entry(form_key(&form)).or_default().push(Literal { form, rule: index, clear });
        }
        for phrase in &rule.labels {
            let (form, clear) = phrase_form(&mut form, phrase)?;
            if form.len() >= LABEL_WINDOW {
                return Err(format!("the label {phrase:?} is longer than {LABEL_WINDOW} bytes"));
            }
            self.labels.entry(form_key(&form)).or_default().push(Literal { form, rule: index, clear });
        }
        for phrase in &rule.starts {
            let (form, clear) = phrase_form(&mut form, phrase)?;
            let start = Start { rule: index, clear, form };
            if !self.starts.add(start) {
                return Err(format!("the start {phrase:?} is shorter than two bytes"));
            }
        }
        for phrase in &rule.contains {
            let (form, clear) = phrase_form(&mut form, phrase)?;
            let long = rule.max_chars.is_some_and(|most| most > SHORT_LINE);
            let phrases = if long { &mut self.long_phrases } else { &mut self.short_phrases };
            phrases.push((form.into(), (index, clear)));
        }
        if let Some(short) = rule.inline.iter().find(|phrase| phrase.len() < LEAST_INLINE) {
            return Err(format!("the inline phrase {short:?} is shorter than {LEAST_INLINE} bytes"));
        }
        self.inline.extend(rule.inline.iter().map(|phrase| (phrase.clone(), index)));
        Ok(())
    }

    fn add_structures(&mut self, config: &StripConfig) {
        for (category, id, action) in STRUCTURES {
            let off = config.without.iter().any(|name| name == category);
            self.rules.push(CompiledRule {
                id: id.into(),
                category: category.into(),
                actions: if off { Actions::default() } else { Actions::of(&[action]) },
                languages: LanguageSet::ANY,
                raised: config.with.iter().any(|name| name == category),
                makes_runs: false,
                heads_list: false,
                open_ended: false,
                counted_by: CountedBy::Line,
                key: form_key(id),
                unambiguous: true,
                whole_words: false,
                pattern: None,
                except: None,
                at_edge: None,
                max_chars: 0,
            });
        }
    }

    fn finish(self, config: &StripConfig) -> Result<CompiledRules, RuleError> {
        let fail = |reason: String| RuleError { file: "all rules".into(), rule: "-".into(), reason };
        let cues = super::learn::cue_forms();
        let phrases = self.long_phrases.iter().map(|(phrase, _)| phrase);
        let parts = Parts::of(phrases.chain(&cues).map(String::as_str));
        let known = config.rules.is_empty();
        let patterns = |found: Vec<(String, u16)>| {
            let (sources, rules): (Vec<String>, Vec<u16>) = found.into_iter().unzip();
            Patterns::new(sources, known)
                .map(|patterns| (patterns, rules))
                .map_err(|error| fail(error.to_string()))
        };
        let (ascii, foreign) = self.long_phrases.into_iter().partition(|(phrase, _)| phrase.is_ascii());
        Ok(CompiledRules {
            parts,
            rules: self.rules,
            literals: self.literals,
            labels: self.labels,
            starts: self.starts,
            short_phrases: Phrases::new(self.short_phrases, MatchKind::Standard)
                .map_err(|error| fail(error.to_string()))?,
            long_phrases: Phrases::new(ascii, MatchKind::LeftmostLongest)
                .map_err(|error| fail(error.to_string()))?,
            foreign_phrases: Phrases::new(foreign, MatchKind::LeftmostLongest)
                .map_err(|error| fail(error.to_string()))?,
            short_patterns: patterns(self.short_patterns)?,
            digit_patterns: patterns(self.digit_patterns)?,
            longest_literal: self.longest_literal,
            inline: InlinePhrases::new(self.inline),
            settings: Settings::of(config),
        })
    }
}

impl Settings {
    fn of(config: &StripConfig) -> Self {
        // Shares of research on 37,554 news articles; RefinedWeb drops a page at 5 %, a cleaner keeps it.
        let share = match config.profile {
            Profile::Safe => 0.15,
            Profile::Default => 0.3,
            Profile::Strict => 0.5,
        };
        Self {
            enabled: config.enabled,
            profile: config.profile,
            guard_share: config.guard_share.unwrap_or(share),
            guard_floor: config.guard_floor,
        }
    }
}

fn compile_rule(id: &str, source: &Sourced, config: &StripConfig) -> Result<CompiledRule, String> {
    let rule = &source.rule;
    let cued = !rule.starts.is_empty() || !rule.contains.is_empty();
    let is_line_rule = cued || !rule.literals.is_empty() || !rule.labels.is_empty() || rule.pattern.is_some();
    if !is_line_rule && rule.inline.is_empty() {
        return Err("it has nothing to match with".into());
    }
    if !cued && rule.pattern.is_some() && rule.max_chars.is_some_and(|most| most > SHORT_LINE) {
        return Err(format!("a pattern without starts or contains sees at most {SHORT_LINE} characters"));
    }
    if !cued && rule.except.is_some() {
        return Err("`except` narrows down what starts and contains find, and it has none of them".into());
    }
    let compiled = |pattern: &Option<String>| {
        let pattern = pattern.as_deref().map(|pattern| Pattern::new(anchored(pattern), source.built_in));
        pattern.transpose().map_err(|error| error.to_string())
    };
    let (pattern, except, at_edge) =
        (compiled(&rule.pattern)?, compiled(&rule.except)?, compiled(&rule.at_edge)?);
    Ok(CompiledRule {
        id: id.into(),
        category: source.category.as_str().into(),
        actions: Actions::of(&rule.action),
        languages: languages(rule)?,
        raised: config.with.contains(&source.category),
        makes_runs: makes_runs(source),
        heads_list: rule.heads_list,
        open_ended: !rule.labels.is_empty(),
        counted_by: rule.counted_by,
        key: form_key(id),
        unambiguous: rule.unambiguous,
        whole_words: rule.whole_words,
        pattern: pattern.filter(|_| cued),
        except,
        at_edge,
        max_chars: rule.max_chars.unwrap_or(if rule.labels.is_empty() { SHORT_LINE } else { LABELLED_LINE }),
    })
}

/// Buttons of shops and counters stand beside every item of a list that is content itself.
fn makes_runs(source: &Sourced) -> bool {
    let rule = &source.rule;
    let acts = rule.action.contains(&Action::Always) || rule.action.contains(&Action::Furniture);
    acts && source.category != "shop_forum" && rule.counted_by != CountedBy::Rule
}

/// The pattern for the whole form. Word boundaries are those of ASCII: the regex crate has no fast way for others, and
/// a boundary beside a letter outside ASCII is no use to these rules.
pub(super) fn anchored(pattern: &str) -> String {
    format!("^(?:{})$", fold_pattern(pattern).replace("\\b", "(?-u:\\b)"))
}

fn languages(rule: &Rule) -> Result<LanguageSet, String> {
    if rule.languages.is_empty() {
        return Err("it names no language; `*` means any".into());
    }
    rule.languages.iter().try_fold(LanguageSet::UNKNOWN, |set, code| {
        let language = LanguageSet::of_rule(code).ok_or_else(|| format!("unknown language {code:?}"))?;
        Ok(set.union(language))
    })
}

/// A phrase's matching form, and whether it says enough in a document of unknown language: two words, or three
/// characters of a script without spaces between words.
fn phrase_form(form: &mut LineForm, phrase: &str) -> Result<(Box<str>, bool), String> {
    let form = form.of(phrase);
    if form.is_empty() {
        return Err(format!("the phrase {phrase:?} is nothing but decoration"));
    }
    let clear = form.contains(' ') || form.chars().filter(|character| is_unspaced(*character)).count() >= 3;
    Ok((form.into(), clear))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strip::form::push_form;

    static RULES: std::sync::LazyLock<CompiledRules> = std::sync::LazyLock::new(|| {
        let config = StripConfig { profile: Profile::Strict, ..StripConfig::default() };
        CompiledRules::new(&config).unwrap()
    });

    /// Phrases as rules have them, of every kind.
    static PHRASES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        let rules = super::super::built_in_files();
        let rules = rules.iter().flat_map(|(name, contents)| RuleFile::parse(name, contents).unwrap().rules);
        let phrases =
            |rule: Rule| [rule.literals, rule.labels, rule.starts, rule.contains, rule.hits].concat();
        rules.flat_map(phrases).collect()
    });

    /// The same without a look ahead: every table is asked, and every start and label compared.
    fn plain_matches(rules: &CompiledRules, line: &str) -> Vec<Match> {
        let mut form = LineForm::new();
        let mut matches = Vec::new();
        if line.len() > LONG_LINE {
            let prefix = &line[..line.floor_char_boundary(LONG_PREFIX)];
            plain_starts(rules, form.of(prefix), line.len(), &mut matches);
        } else {
            let form = form.of(line);
            if form.is_empty() {
                return matches;
            }
            rules.match_literals(form, &mut matches);
            if form.len() <= SHORT_LINE * 3 && fits(form, SHORT_LINE) {
                rules.match_patterns(form, &mut matches);
                rules.match_short_phrases(form, &mut matches);
            }
            rules.match_label(form, &mut matches);
            plain_starts(rules, form, form.len(), &mut matches);
            rules.match_long_phrases(&rules.long_phrases, form, &mut matches);
            rules.match_long_phrases(&rules.foreign_phrases, form, &mut matches);
        }
        once_a_rule(&mut matches);
        matches
    }

    fn plain_starts(rules: &CompiledRules, form: &str, line_bytes: usize, matches: &mut Vec<Match>) {
        for start in rules.starts.all() {
            let rule = &rules.rules[usize::from(start.rule)];
            let fits = if line_bytes > LONG_LINE {
                line_bytes <= rule.max_chars
            } else {
                form.chars().count() <= rule.max_chars
            };
            let describes = |pattern: &Pattern| pattern.is_match(form);
            let allowed =
                rule.pattern.as_ref().is_none_or(describes) && !rule.except.as_ref().is_some_and(describes);
            if fits && opens_with(form, &start.form) && allowed {
                matches.push(rules.found(start.rule, form_key(form), start.clear));
            }
        }
    }

    /// Lines as `find_hits` looks them up: their forms behind each other, looked through for parts first.
    fn fast_matches(rules: &CompiledRules, lines: &[String]) -> Vec<Vec<Match>> {
        let (mut forms, mut spans) = (String::new(), Vec::new());
        for line in lines {
            let form = if line.len() > LONG_LINE { None } else { Some(push_form(&mut forms, line)) };
            forms.push('\n');
            spans.push((form, forms.len()));
        }
        let mut has_part = vec![false; lines.len()];
        rules.parts().find(&forms, spans.iter().map(|(_, end)| *end), |number| has_part[number] = true);
        let matches = lines.iter().zip(&spans).zip(&has_part).map(|((line, (form, _)), has_part)| {
            let mut matches = Vec::new();
            match form {
                Some(form) => rules.match_form(form.of(&forms), *has_part, &mut matches),
                None => rules.match_long(line, &mut LineForm::new(), &mut matches),
            }
            matches
        });
        matches.collect()
    }

    proptest! {
        #[test]
        fn lines_are_told_apart_as_by_a_plain_look(
            lines in proptest::collection::vec(
                (0usize..4000, "(- |\\[|  |“)?", "( ?: ?| » | - |\\.\\.\\.|[A-Z][a-zé’ ,.]{0,90}|\\PC{0,20})?", 0usize..5),
                1..8,
            )
        ) {
            let phrase = |number: usize| PHRASES[number * 7919 % PHRASES.len()].as_str();
            let line = |(number, before, after, more): &(usize, String, String, usize)| {
                let rest = format!("{after} {}", phrase(number + more)).repeat(*more);
                format!("{before}{}{rest}", phrase(*number)).trim().replace(['\n', '\r'], " ")
            };
            let lines: Vec<String> = lines.iter().map(line).collect();
            let plain: Vec<Vec<Match>> = lines.iter().map(|line| plain_matches(&RULES, line)).collect();
            prop_assert_eq!(fast_matches(&RULES, &lines), plain);
        }
    }

    #[test]
    fn every_phrase_is_found_by_a_part_of_it() {
        let mut matched = 0;
        for phrase in PHRASES.iter().filter(|phrase| !phrase.is_empty() && phrase.len() <= LONG_LINE) {
            for line in [phrase.clone(), phrase.to_uppercase(), format!("“Nobody {phrase} today")] {
                let plain = plain_matches(&RULES, &line);
                matched += plain.len();
                assert_eq!(fast_matches(&RULES, std::slice::from_ref(&line)), [plain], "{line}");
            }
        }
        assert!(matched > 5000, "{matched}");
    }
}
