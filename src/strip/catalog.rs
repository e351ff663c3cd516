//! All rules with what there is to know of them: what `tamis rules` shows.

use serde::Serialize;

use super::language::LanguageSet;
use super::rule::{Action, Rule, RuleError, rules_by_id};
use crate::config::Profile;

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CatalogRule {
    /// Full name: `advertisement/marker-en`.
    pub id: String,
    /// Its category.
    pub category: String,
    /// Whether tamis brings it along.
    pub built_in: bool,
    /// The profiles in which it takes anything out.
    pub profiles: Vec<Profile>,
    /// The rule as written; findings by structure and learned lines have none.
    pub rule: Option<Rule>,
    /// What it finds, where there is no rule that says so.
    pub finds: &'static str,
    /// A line it takes out.
    pub example: String,
}

/// Documentation of the rules, one section a category.
const DOCUMENT: &str = include_str!("../../docs/rules.md");

/// Findings that no rule file describes: name, what they find, an example, and the profiles.
const FINDINGS: [(&str, &str, &str, Profile); 21] = [
    (
        "credit_caption/cut-caption",
        "a caption that was cut off, right above its credit line",
        "Putin gestures during the forum …",
        Profile::Default,
    ),
    (
        "credit_caption/gallery-button",
        "the button behind a gallery's caption, and the gallery's title said again",
        "Hide Caption 3 of 18",
        Profile::Safe,
    ),
    (
        "learned/block",
        "a longer line that recurs and is no sentence",
        "Get our stories in your inbox every morning",
        Profile::Default,
    ),
    (
        "learned/everywhere",
        "a line at the end of documents of many sites",
        "Share this post with your friends",
        Profile::Default,
    ),
    ("learned/given", "a line of a rule file", "", Profile::Safe),
    ("learned/menu", "a line of a site's menus, among others of them", "Weather", Profile::Default),
    (
        "learned/pointer",
        "a line that recurs and points out of the text",
        "Follow us on Twitter @herald",
        Profile::Default,
    ),
    (
        "learned/sentence",
        "a sentence that recurs; it stays in the first document",
        "The opinions expressed are those of the author.",
        Profile::Default,
    ),
    (
        "learned/tail",
        "a short line that recurs at the end of a site's documents",
        "More from our newsroom",
        Profile::Default,
    ),
    (
        "learned/template",
        "a line that recurs but for numbers, names, handles and addresses",
        "Follow Jane Doe on Twitter @janedoe",
        Profile::Default,
    ),
    (
        "link_text/bracket",
        "a bracket that opens with a label, inside a line",
        "(RELATED: The bridge is closed)",
        Profile::Safe,
    ),
    ("link_text/cut-mark", "what a news interface puts where it cuts a text", "[+2463 chars]", Profile::Safe),
    (
        "link_text/emptied-line",
        "a line in which other findings leave nothing",
        "(RELATED: one) (RELATED: two)",
        Profile::Safe,
    ),
    ("link_text/popup-cut", "a link's pop-up that the text's end cuts off", "", Profile::Safe),
    (
        "link_text/popup-glued",
        "a link's pop-up, glued to the name before it",
        "Joe BidenJoe BidenBiden prepares to confront Putin MORE",
        Profile::Safe,
    ),
    (
        "link_text/popup-half-linked",
        "a pop-up behind half a name, the other half of which follows",
        "",
        Profile::Safe,
    ),
    ("link_text/popup-spaced", "a pop-up with a space after the link", "", Profile::Safe),
    ("link_text/popup-unglued", "a pop-up without a glue point", "", Profile::Safe),
    ("navigation/furniture-run", "a line between others of a menu or a footer", "Home", Profile::Default),
    (
        "navigation/left-over-separator",
        "a separator that other removals leave doubled or dangling",
        "* * *",
        Profile::Safe,
    ),
    (
        "promo_link/teaser",
        "a headline in the list below a heading that goes",
        "• A bridge too far",
        Profile::Default,
    ),
];

/// The two findings at the head of a document.
const HEADS: [(&str, &str, &str, Profile); 2] = [
    (
        "site_name/doubled-head",
        "a site's name, twice at the head; one goes in the safe profile too",
        "Amegix",
        Profile::Default,
    ),
    (
        "site_name/repeated-head",
        "a title, twice at the head; one goes",
        "Council votes on the bridge",
        Profile::Safe,
    ),
];

/// Every rule, the built-in ones with the user's put over them, and every finding without a rule; by name.
///
/// # Errors
/// When a rule file is not of the schema.
pub fn catalog(user_files: &[String]) -> Result<Vec<CatalogRule>, RuleError> {
    let written = rules_by_id(user_files)?.into_iter().map(|(id, sourced)| CatalogRule {
        id,
        category: sourced.category,
        built_in: sourced.built_in,
        profiles: profiles(least_profile(&sourced.rule.action)),
        finds: "",
        example: sourced.rule.hits.first().cloned().unwrap_or_default(),
        rule: Some(sourced.rule),
    });
    let found = FINDINGS.into_iter().chain(HEADS).map(|(id, finds, example, least)| CatalogRule {
        id: id.into(),
        category: id.split('/').next().unwrap_or_default().into(),
        built_in: true,
        profiles: profiles(Some(least)),
        rule: None,
        finds,
        example: example.into(),
    });
    let mut all: Vec<CatalogRule> = written.chain(found).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(all)
}

/// What the documentation says of a category: what is removed, why, before and after, when it is wrong, settings.
pub fn category_notes(category: &str) -> Option<&'static str> {
    sections()
        .find(|(names, _)| names.split(", ").any(|name| name == category))
        .map(|(_, notes)| notes.trim())
}

impl CatalogRule {
    /// Whether it is for documents of a language.
    pub fn speaks(&self, language: &str) -> bool {
        let Some(rule) = &self.rule else { return true };
        let language = LanguageSet::of_document(language);
        rule.languages
            .iter()
            .filter_map(|code| LanguageSet::of_rule(code))
            .any(|of_rule| of_rule == LanguageSet::ANY || of_rule.meets(language))
    }
}

/// The sections of the documentation that are about categories: their titles and what stands under them.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = DOCUMENT.split_once("\n## What the categories remove\n").map_or("", |(_, rest)| rest);
    let all = all.split_once("\n## ").map_or(all, |(section, _)| section);
    all.split("\n### ").skip(1).filter_map(|section| section.split_once('\n'))
}

/// The least bold profile in which one of the actions is enough; none for a rule that is off.
fn least_profile(actions: &[Action]) -> Option<Profile> {
    let least = || actions.iter().filter_map(|action| action.least_profile()).min();
    if actions.contains(&Action::Off) { None } else { least() }
}

fn profiles(least: Option<Profile>) -> Vec<Profile> {
    let all = [Profile::Safe, Profile::Default, Profile::Strict];
    all.into_iter().filter(|profile| least.is_some_and(|least| *profile >= least)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::compile::STRUCTURES;
    use crate::strip::link_text;

    #[test]
    fn every_finding_without_a_rule_is_listed() {
        let all = catalog(&[]).unwrap();
        for (_, id, _) in STRUCTURES.iter().filter(|(_, id, _)| *id != "learned/line") {
            assert!(all.iter().any(|rule| rule.id == *id), "{id}");
        }
        for kind in link_text::Kind::ALL {
            assert!(all.iter().any(|rule| rule.id == kind.as_str()), "{}", kind.as_str());
        }
    }

    /// The form of the documentation: what it removes, why, before and after, when it is wrong, settings.
    #[test]
    fn every_category_is_documented_in_the_fixed_form() {
        let mut categories: Vec<_> = catalog(&[]).unwrap().into_iter().map(|rule| rule.category).collect();
        categories.dedup();
        for category in &categories {
            let notes = category_notes(category).unwrap_or_else(|| panic!("{category} has no section"));
            for part in
                ["- **Removes**", "- **Why**", "- **Before**", " **after** ", "- **Wrong**", "- **Settings**"]
            {
                assert_eq!(notes.matches(part).count(), 1, "{category}: {part}");
            }
        }
        for (names, _) in sections() {
            assert!(names.split(", ").all(|name| categories.iter().any(|known| known == name)), "{names}");
        }
    }
}
