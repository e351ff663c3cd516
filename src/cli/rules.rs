//! `tamis rules`: what the rules are, what there is to know of one, and what they make of a text.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tamis::config::Profile;
use tamis::error::{Error, Result, escape};
use tamis::report::inert::inert_json;
use tamis::strip::{Action, CatalogRule, LabelCounts, Rule, catalog, category_notes};

use super::End;
use super::nearest::slip_of;
use super::options::{ProfileName, read_rule_file};
use super::rule_check::RuleCheck;
use super::terminal::{Style, print};
use super::trial::Trial;

const SHOWN_PHRASES: usize = 40;
const SHOWN_CHARACTERS: usize = 60;

/// The rules: list them, show one, try them on a text, check a file of your own.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List all rules
    List(List),
    /// All about one rule, or one category
    Show(Show),
    /// Show what the rules make of each line of a text
    Test(Trial),
    /// Check a rule file, and its rules against their own examples
    Check(RuleCheck),
}

#[derive(Args)]
struct List {
    /// Only rules of this category
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Only rules for documents of this language (ISO 639: en, de, …)
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
    /// Only rules that take something out in this profile
    #[arg(long, value_enum)]
    profile: Option<ProfileName>,
    /// A rule file of your own, put over the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// One JSON object a line, with everything there is to know
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Show {
    /// The rule (advertisement/marker-en) or the category (advertisement)
    #[arg(value_name = "NAME")]
    name: String,
    /// A rule file of your own, put over the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
}

impl Rules {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        match &self.command {
            Command::List(list) => list.run()?,
            Command::Show(show) => show.run()?,
            Command::Test(trial) => trial.run()?,
            Command::Check(check) => check.run()?,
        }
        Ok(End::Clean)
    }
}

impl List {
    fn run(&self) -> anyhow::Result<()> {
        let mut rules = all_rules(&self.rules)?;
        if let Some(category) = &self.category {
            known_category(category, &rules)?;
            rules.retain(|rule| rule.category == *category);
        }
        if let Some(language) = &self.lang {
            rules.retain(|rule| rule.speaks(language));
        }
        if let Some(profile) = self.profile {
            rules.retain(|rule| rule.profiles.contains(&profile.into()));
        }
        let rows = if self.json { json_rows(&rules)? } else { table(&rules, Style::of_stdout()) };
        Ok(print(&rows)?)
    }
}

impl Show {
    fn run(&self) -> anyhow::Result<()> {
        let rules = all_rules(&self.rules)?;
        let style = Style::of_stdout();
        if let Some(rule) = rules.iter().find(|rule| rule.id == self.name) {
            return Ok(print(&all_about(rule, style))?);
        }
        if let Some(told) = no_rule(&self.name) {
            return Ok(print(&format!("{}\n\n{told}\n", style.bold(&escape(&self.name))))?);
        }
        known_category(&self.name, &rules)?;
        let mut out = format!(
            "{}\n\n{}\n\n",
            style.bold(&escape(&self.name)),
            category_notes(&self.name).unwrap_or_default()
        );
        out.push_str(&table(
            &rules.into_iter().filter(|rule| rule.category == self.name).collect::<Vec<_>>(),
            style,
        ));
        Ok(print(&out)?)
    }
}

fn all_rules(files: &[PathBuf]) -> Result<Vec<CatalogRule>> {
    let files: Vec<String> = files.iter().map(|path| read_rule_file(path)).collect::<Result<_>>()?;
    catalog(&files).map_err(|error| Error::Usage(error.to_string()))
}

/// What a name means that reports use of changes which no rule makes.
fn no_rule(name: &str) -> Option<&'static str> {
    match name.split('/').next()? {
        "normalize" => Some(
            "what was put in normal form; no rule, but a part of normalisation: nfc, line-ends, trailing-space, invisible, \
             spaces, entities, mojibake. --no-normalize PART leaves it as it came",
        ),
        "repeated" => Some(
            "a paragraph that another document which stays has too; no rule, but what --level paragraph asks for",
        ),
        "write" => Some(
            "what the format of the output asks for: a text file that was changed ends with a line end; no rule",
        ),
        _ => None,
    }
}

/// Refuses a name that is neither a rule's nor a category's, and says which one may have been meant.
fn known_category(name: &str, rules: &[CatalogRule]) -> Result<()> {
    if rules.iter().any(|rule| rule.category == name) {
        return Ok(());
    }
    let names = rules.iter().flat_map(|rule| [rule.category.as_str(), rule.id.as_str()]);
    let hint = slip_of(name, names).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    let shown = escape(name);
    Err(Error::Usage(format!(
        "there is no rule or category {shown}{hint}{} `tamis rules list` has all",
        if hint.is_empty() { ";" } else { "" }
    )))
}

fn json_rows(rules: &[CatalogRule]) -> Result<String> {
    let rows: Vec<String> = rules.iter().map(|rule| inert_json(rule, |_| false)).collect::<Result<_>>()?;
    Ok(rows.iter().fold(String::new(), |out, row| out + row + "\n"))
}

/// One row a rule, in columns.
fn table(rules: &[CatalogRule], style: Style) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let name = style.bold(&format!("{:<width$}", escape(&rule.id)));
        let example = style.dim(&shortened(&rule.example));
        let _ = writeln!(
            out,
            "{name}  {:<19}  {:<25}  {:<12}  {example}",
            profile_names(rule),
            action_names(rule),
            language_names(rule)
        );
    }
    out
}

fn profile_names(rule: &CatalogRule) -> String {
    match rule.profiles.as_slice() {
        [] => "off".into(),
        [_, _, _] => "safe default strict".into(),
        [_, _] => "     default strict".into(),
        _ => "             strict".into(),
    }
}

fn action_names(rule: &CatalogRule) -> String {
    let actions = rule.rule.as_ref().map_or(&[][..], |rule| &rule.action);
    if rule.rule.is_none() {
        "structure".into()
    } else {
        joined(actions.iter().map(|action| action_name(*action)), " ")
    }
}

fn language_names(rule: &CatalogRule) -> String {
    let Some(rule) = &rule.rule else { return "*".into() };
    let told = match rule.languages.as_slice() {
        [first, second, third, _, ..] => format!("{first} {second} {third} …"),
        few => few.join(" "),
    };
    escape(&told)
}

fn all_about(found: &CatalogRule, style: Style) -> String {
    let mut out = format!("{}\n", style.bold(&escape(&found.id)));
    let mut say = |name: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "{}  {}", style.dim(&format!("{name:<11}")), escape(text));
        }
    };
    say("category", &found.category);
    say("from", if found.built_in { "tamis" } else { "your rule file" });
    say("finds", found.finds);
    let acts = joined(found.profiles.iter().map(|profile| profile_name(*profile)), ", ");
    say("profiles", if acts.is_empty() { "none: it is off" } else { &acts });
    match &found.rule {
        Some(rule) => about_rule(rule, &mut say),
        None => say("example", &found.example),
    }
    if let Some(notes) = category_notes(&found.category) {
        let _ =
            write!(out, "\n{}\n{notes}\n", style.bold(&format!("the category {}", escape(&found.category))));
    }
    out
}

fn about_rule(rule: &Rule, say: &mut impl FnMut(&str, &str)) {
    let goes = rule.action.iter().map(|action| format!("{}: {}", action_name(*action), condition(*action)));
    say("goes", &joined(goes, "; "));
    say("languages", &rule.languages.join(" "));
    say("why", &rule.why);
    if let Some(LabelCounts { boilerplate, content }) = rule.evidence {
        say("evidence", &format!("{boilerplate} lines labelled boilerplate, {content} content"));
    }
    for (name, phrases) in [
        ("literals", &rule.literals),
        ("labels", &rule.labels),
        ("starts", &rule.starts),
        ("contains", &rule.contains),
    ] {
        say(name, &phrase_list(phrases));
    }
    say("pattern", rule.pattern.as_deref().unwrap_or_default());
    say("max_chars", &rule.max_chars.map(|most| most.to_string()).unwrap_or_default());
    say("heads_list", if rule.heads_list { "the teasers below it go with it" } else { "" });
    if let Some(hit) = rule.hits.first() {
        say("before", &format!("… the council said. ⏎ {hit} ⏎ The bridge …"));
        say("after", "… the council said. ⏎ The bridge …");
    }
    say("hits", &phrase_list(&rule.hits));
    say("misses", &phrase_list(&rule.misses));
}

fn phrase_list(phrases: &[String]) -> String {
    let mut shown = joined(phrases.iter().take(SHOWN_PHRASES).map(String::as_str), " | ");
    if phrases.len() > SHOWN_PHRASES {
        let _ = write!(shown, " | and {} more", phrases.len() - SHOWN_PHRASES);
    }
    shown
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    escape(&shown)
}

fn joined<S: AsRef<str>>(parts: impl Iterator<Item = S>, between: &str) -> String {
    parts
        .enumerate()
        .fold(String::new(), |out, (index, part)| out + if index > 0 { between } else { "" } + part.as_ref())
}

fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Safe => "safe",
        Profile::Default => "default",
        Profile::Strict => "strict",
    }
}

fn action_name(action: Action) -> &'static str {
    match action {
        Action::Always => "always",
        Action::End => "end",
        Action::Edge => "edge",
        Action::Recurs => "recurs",
        Action::Furniture => "furniture",
        Action::Judgement => "judgement",
        Action::Off => "off",
    }
}

/// Where a match goes.
pub(super) fn condition(action: Action) -> &'static str {
    match action {
        Action::Always => "wherever it stands",
        Action::End => "where nothing that stays follows it",
        Action::Edge => "at the head or the tail of a document",
        Action::Recurs => "if it recurs in 3 contexts (strict: 2)",
        Action::Furniture => "in a run of furniture lines",
        Action::Judgement => "in the strict profile",
        Action::Off => "never",
    }
}
