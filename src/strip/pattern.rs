//! Patterns of rules, each compiled twice at the most, and when a line asks for it first.
//!
//! Most lines are ASCII, and most rules of a run are never met. What a pattern means for ASCII alone compiles in a tenth of the
//! time that all letters of Unicode take, so each pattern has such a twin; where the two could differ there is none.

use std::sync::OnceLock;

use regex::{Regex, RegexSet, RegexSetBuilder, bytes};

/// Most bytes a thread may hold of the automaton of several patterns. A small one is thrown away again and again, which costs
/// a factor of ten.
const AUTOMATON_BYTES: usize = 32 << 20;

/// One pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    source: String,
    any: OnceLock<Option<Regex>>,
    ascii: OnceLock<Option<bytes::Regex>>,
}

/// Several patterns that are tried at once.
#[derive(Debug)]
pub(super) struct Patterns {
    sources: Vec<String>,
    any: OnceLock<Option<RegexSet>>,
    ascii: OnceLock<Option<bytes::RegexSet>>,
}

impl Pattern {
    /// A pattern that is known to compile, or one that is compiled to see whether it does.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn new(source: String, is_known: bool) -> Result<Self, regex::Error> {
        let any = if is_known { OnceLock::new() } else { Some(Regex::new(&source)?).into() };
        Ok(Self { source, any, ascii: OnceLock::new() })
    }

    /// Whether it describes a form.
    pub(super) fn is_match(&self, form: &str) -> bool {
        if form.is_ascii()
            && let Some(ascii) = self.ascii.get_or_init(|| self.compile_for_ascii())
        {
            return ascii.is_match(form.as_bytes());
        }
        let any = self.any.get_or_init(|| Regex::new(&self.source).ok());
        any.as_ref().is_some_and(|any| any.is_match(form))
    }

    /// Fails for characters outside ASCII in a class.
    fn compile_for_ascii(&self) -> Option<bytes::Regex> {
        bytes::RegexBuilder::new(&self.source).unicode(false).build().ok()
    }
}

impl Patterns {
    /// Patterns that are known to compile, or that are compiled to see whether they do.
    ///
    /// # Errors
    /// When they do not.
    pub(super) fn new(sources: Vec<String>, is_known: bool) -> Result<Self, regex::Error> {
        let any = if is_known { OnceLock::new() } else { Some(compile(&sources)?).into() };
        Ok(Self { sources, any, ascii: OnceLock::new() })
    }

    /// The places of those that describe a form.
    pub(super) fn matches(&self, form: &str) -> Vec<usize> {
        if self.sources.is_empty() {
            return Vec::new();
        }
        // Which of them match costs an allocation, whether any does costs none.
        if form.is_ascii()
            && let Some(ascii) = self.ascii.get_or_init(|| self.compile_for_ascii())
        {
            let form = form.as_bytes();
            return if ascii.is_match(form) { ascii.matches(form).into_iter().collect() } else { Vec::new() };
        }
        match self.any.get_or_init(|| compile(&self.sources).ok()) {
            Some(any) if any.is_match(form) => any.matches(form).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn compile_for_ascii(&self) -> Option<bytes::RegexSet> {
        let mut builder = bytes::RegexSetBuilder::new(&self.sources);
        builder.unicode(false).dfa_size_limit(AUTOMATON_BYTES).build().ok()
    }
}

fn compile(sources: &[String]) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(sources).dfa_size_limit(AUTOMATON_BYTES).build()
}

#[cfg(test)]
mod tests {
    use super::super::rule::{RuleFile, built_in_files};
    use super::*;

    fn sources() -> Vec<String> {
        let files = built_in_files().iter().map(|(name, contents)| RuleFile::parse(name, contents).unwrap());
        let of_rule =
            |rule: super::super::Rule| [rule.pattern, rule.except, rule.at_edge].into_iter().flatten();
        let patterns = files.flat_map(|file| file.rules).flat_map(of_rule);
        patterns.map(|pattern| super::super::compile::anchored(&pattern)).collect()
    }

    /// What is compiled when it is first needed would fail without a word.
    #[test]
    fn every_built_in_pattern_compiles() {
        let sources = sources();
        assert!(sources.len() > 30);
        for source in sources {
            Pattern::new(source, false).unwrap();
        }
    }

    proptest::proptest! {
        /// The twin for ASCII says what the pattern says.
        #[test]
        fn the_twin_agrees(
            form in "(copyright|by|updated|image|share|comments|follow us on|photo:|source:|sign up|page|the post)? ?[ -~]{0,40}( 20[0-9]{2}| ago| min read| comments| inbox| twitter| first on x)?",
        ) {
            static PATTERNS: std::sync::LazyLock<Vec<(Pattern, Regex)>> = std::sync::LazyLock::new(|| {
                sources().into_iter().map(|source| {
                    let plain = Regex::new(&source).unwrap();
                    (Pattern::new(source, true).unwrap(), plain)
                }).collect()
            });
            let form = form.to_lowercase();
            for (pattern, plain) in PATTERNS.iter() {
                proptest::prop_assert_eq!(pattern.is_match(&form), plain.is_match(&form), "{}", plain);
            }
        }
    }
}
