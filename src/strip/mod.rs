//! Stripping: rules find lines and change nothing; what goes is decided apart; others carry it out.
//!
//! Rules are data (`rules/*.toml`, and the user's own files), compiled once into [`CompiledRules`]. [`find_hits`] looks
//! each line of a document up and needs no corpus, so a survey can run it once and keep the compact [`LineHits`];
//! [`decide`] weighs hits by the profile, by where they stand and by how often they recur, and answers with spans.
//! [`find`] does both for a single document.

mod catalog;
mod code;
mod compile;
mod decide;
mod form;
mod gallery;
mod hits;
mod knowledge;
pub mod language;
pub mod learn;
mod lines;
pub mod link_text;
mod neighbours;
mod pattern;
mod phrase;
mod rule;
mod search;
mod starts;
mod structure;
mod teaser;

pub use catalog::{CatalogRule, catalog, category_notes};
pub use compile::{Category, CompiledRules, check_rule_file};
pub(crate) use decide::cuts;
pub use decide::{Evidence, Guard, Removal, Stripped, decide, least_contexts};
pub use form::{LONG_LINE, LONG_PREFIX, LineForm, line_key};
pub use hits::{FormBuffers, Glance, LineHit, LineHits, find_hits, find_hits_and};
pub use knowledge::{Knowledge, LearnedLine, NoKnowledge};
pub(crate) use lines::lines;
pub use rule::{
    Action, Actions, CountedBy, LabelCounts, Rule, RuleError, RuleFile, built_in_files, given_lines,
};

use crate::span::Span;
use link_text::LinkText;

/// What is known about a document beside its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct DocumentContext<'a> {
    /// Its language, as an ISO 639 code; guessed from the text when a rule needs it.
    pub language: Option<&'a str>,
    /// Its site, the registrable domain of its address.
    pub site: Option<&'a str>,
}

/// The removals of lines and of link text as one list, by place; what lies inside a removed line goes with it.
pub fn with_links(removals: Vec<Removal>, links: &[LinkText]) -> Vec<Removal> {
    if links.is_empty() {
        return removals;
    }
    let mut all = removals;
    decide::add_free(&mut all, links.iter().map(LinkText::removal).collect());
    all
}

/// What goes from one document. `inline` are the spans inside lines that others delete.
pub fn find(
    text: &str,
    document: &DocumentContext<'_>,
    rules: &CompiledRules,
    knowledge: &dyn Knowledge,
    inline: &[Span],
) -> Stripped {
    let hits = find_hits(text, document.language, rules);
    decide(text, &hits, document.site, rules, knowledge, inline)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rstest::rstest;

    use super::*;
    use crate::config::{Profile, StripConfig};

    fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { texts(&path, found) } else { found.push(path) }
        }
    }

    /// Texts of kinds that are never touched come out identical, by default and where recurrence of every line is taken
    /// for granted; the strict profile's judgement calls are left out.
    #[test]
    fn what_must_never_be_touched_is_not() {
        struct AllRecur;
        impl Knowledge for AllRecur {
            fn contexts(&self, _: Option<&str>, _: u64) -> u32 {
                100
            }
        }
        let mut paths = Vec::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/never"), &mut paths);
        assert!(paths.len() >= 20);
        let default = CompiledRules::new(&StripConfig::default()).unwrap();
        let strict = CompiledRules::new(&strict_without_judgement()).unwrap();
        let mut touched = Vec::new();
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            for rules in [&default, &strict] {
                let found = find(&text, &DocumentContext::default(), rules, &AllRecur, &[]);
                touched.extend(found.removals.iter().map(|removal| {
                    format!("{}: {} {:?}", path.display(), removal.rule, removal.span.of(&text))
                }));
                touched.extend(found.kept_back.map(|guard| format!("{}: {guard:?}", path.display())));
            }
        }
        assert!(touched.is_empty(), "{touched:#?}");
    }

    #[test]
    fn nothing_goes_from_program_code_but_in_the_strict_profile() {
        let rights = "Share this\nCopyright (c) 2019 Herald. All rights reserved.";
        let code =
            format!("/*\n{rights}\n*/\n{}", "int total(int count) {\n    return 3 * count;\n}\n".repeat(4));
        let prose = format!("{}\n{rights}", "The council closed the bridge on Monday.\n".repeat(16));
        let gone = |text: &str, config: &StripConfig| {
            let rules = CompiledRules::new(config).unwrap();
            find(text, &DocumentContext::default(), &rules, &NoKnowledge, &[]).removals.len()
        };
        let strict = StripConfig { profile: Profile::Strict, ..StripConfig::default() };
        assert_eq!(gone(&prose, &StripConfig::default()), 2);
        assert_eq!(gone(&code, &StripConfig::default()), 0);
        assert_eq!(gone(&code, &strict), 2);
    }

    /// Everything that looks at a text before anything is known of its corpus, and what finds link text.
    fn look_at(text: &str, rules: &CompiledRules) -> std::time::Duration {
        let begun = std::time::Instant::now();
        let (mut glances, mut lines) = (Vec::new(), Vec::new());
        find_hits_and(text, None, rules, &mut FormBuffers::default(), |glance| glances.push(glance));
        learn::read_glanced(text, glances.into_iter(), &mut lines);
        link_text::CueSurvey::default().observe(text);
        let found = link_text::find(text, &link_text::Cues::default());
        assert!(found.is_empty() || link_text::may_hold(text));
        begun.elapsed()
    }

    /// Two megabytes take some milliseconds each. A look at every pair of their bytes would take ten minutes, so the limit holds
    /// on a machine that does much else, too.
    #[rstest]
    #[case::no_line_end("x")]
    #[case::line_ends("\n")]
    #[case::cues("MORE-")]
    #[case::capitals("ABC ")]
    #[case::glue("aB")]
    #[case::names("Joe BidenJoe ")]
    #[case::starts("This site uses cookies ")]
    #[case::labels("Read more: ")]
    #[case::brackets("(READ ")]
    #[case::quotes("“a” ")]
    #[case::figures("1,2 ")]
    #[case::parts("newsletter\n")]
    #[case::buttons("Share\n")]
    #[case::foreign("éжλ中")]
    #[case::addresses("www.x@y ")]
    #[case::galleries("Photos: a Photos: a b. Hide Caption 1 of 2 ")]
    #[case::questions("are you? ")]
    fn hostile_texts_take_no_square_of_time(#[case] piece: &str) {
        let rules = CompiledRules::new(&StripConfig::default()).unwrap();
        let taken = look_at(&piece.repeat(2_000_000 / piece.len()), &rules);
        assert!(taken < std::time::Duration::from_secs(30), "{taken:?}");
    }

    /// The strict profile with every rule that only judges switched off.
    fn strict_without_judgement() -> StripConfig {
        let without_judgement = |(name, contents): &(&str, &str)| {
            let mut file = RuleFile::parse(name, contents).unwrap();
            for rule in &mut file.rules {
                rule.action.retain(|action| *action != Action::Judgement);
                if rule.action.is_empty() {
                    rule.action.push(Action::Off);
                }
            }
            toml::to_string(&file).unwrap()
        };
        let rules = built_in_files().iter().map(without_judgement).collect();
        StripConfig { profile: Profile::Strict, rules, ..StripConfig::default() }
    }

    #[derive(serde::Deserialize)]
    struct Page {
        lines: Vec<String>,
        labels: Vec<i8>,
    }

    fn pages(name: &str) -> Option<Vec<Page>> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/data/lines/{name}.jsonl.zst"));
        let Ok(file) = std::fs::File::open(&path) else {
            eprintln!("skipped: {} is not there", path.display());
            return None;
        };
        let bytes = zstd::decode_all(file).unwrap();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Some(lines.map(|line| serde_json::from_slice(line).unwrap()).collect())
    }

    /// Shares of the characters labelled boilerplate and content that go, pages taken one by one.
    fn shares(pages: &[Page], profile: Profile) -> (f64, f64) {
        let rules = CompiledRules::new(&StripConfig { profile, ..StripConfig::default() }).unwrap();
        let mut characters = [0_usize; 2];
        let mut removed = [0_usize; 2];
        for page in pages {
            let lines: Vec<String> = page.lines.iter().map(|line| line.replace(['\n', '\r'], " ")).collect();
            let text = lines.join("\n");
            let found = find(&text, &DocumentContext::default(), &rules, &NoKnowledge, &[]);
            let mut start = 0;
            for (line, label) in lines.iter().zip(&page.labels) {
                let span = Span::new(start, start + line.len());
                start += line.len() + 1;
                let Ok(label) = usize::try_from(*label) else { continue };
                let count = line.chars().count();
                characters[label] += count;
                let at = found.removals.partition_point(|removal| removal.span.end < span.end);
                if !span.is_empty()
                    && found.removals.get(at).is_some_and(|removal| removal.span.overlaps(span))
                {
                    removed[label] += count;
                }
            }
        }
        [0, 1].map(|label| removed[label] as f64 / characters[label] as f64).into()
    }

    /// What each file gives today, less a little; content lost is the ceiling that matters.
    #[rstest]
    #[case("inbody_wcxb_dev", Profile::Safe, 0.026, 0.0)]
    #[case("inbody_wcxb_dev", Profile::Default, 0.048, 0.000_1)]
    #[case("inbody_fundus", Profile::Safe, 0.085, 0.0)]
    #[case("inbody_fundus", Profile::Default, 0.12, 0.000_25)]
    #[case("inbody_cleanportaleval", Profile::Safe, 0.22, 0.0)]
    #[case("inbody_cleanportaleval", Profile::Default, 0.33, 0.000_01)]
    #[case("allsides_hand", Profile::Safe, 0.22, 0.0)]
    #[case("allsides_hand", Profile::Default, 0.25, 0.0)]
    #[case("fundus", Profile::Default, 0.20, 0.000_35)]
    #[case("wcxb_dev", Profile::Default, 0.076, 0.000_8)]
    #[case("trafilatura_snippets", Profile::Default, 0.15, 0.000_3)]
    fn quality_does_not_fall(
        #[case] file: &str,
        #[case] profile: Profile,
        #[case] least_removed: f64,
        #[case] most_lost: f64,
    ) {
        let Some(pages) = pages(file) else { return };
        let (removed, lost) = shares(&pages, profile);
        assert!(removed >= least_removed, "{file}: {removed:.4} of the boilerplate removed");
        assert!(lost <= most_lost, "{file}: {lost:.6} of the content lost");
    }
}
