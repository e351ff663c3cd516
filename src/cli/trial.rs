//! `tamis rules test`: what the rules make of each line of a text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use tamis::config::{Config, Profile, StripConfig};
use tamis::document::Document;
use tamis::error::{Error, Result, escape};
use tamis::pass::trial::{TriedLine, try_document};
use tamis::plan::Plan;
use tamis::strip::{Action, CatalogRule, Evidence, Removal, catalog};

use super::options::{ProfileName, read_rule_file};
use super::rules::condition;
use super::terminal::{Style, counted, noun, print};

/// Largest text that is tried, in bytes.
const TEXT_LIMIT: u64 = 64 << 20;

#[derive(Args)]
pub(crate) struct Trial {
    /// The text, a plain UTF-8 file; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// A rule file of your own, put over the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Language of the text (ISO 639: en, de, …) [default: guessed]
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
    /// How bold stripping is
    #[arg(long, value_enum, default_value_t = ProfileName::Default)]
    profile: ProfileName,
    /// The text's site, for learned lines of a rule file
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
}

impl Trial {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let text = self.text()?;
        let plan = Plan::new(&self.config()?)?;
        let rules = catalog(&plan.config.strip.rules).map_err(|error| Error::Usage(error.to_string()))?;
        let known: BTreeMap<&str, &CatalogRule> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
        let document = Document {
            text: text.into(),
            lang: self.lang.as_deref().map(Into::into),
            site: self.site.as_deref().map(Into::into),
            ..Document::default()
        };
        let tried = try_document(&document, &plan);
        let style = Style::of_stdout();
        let mut out = String::new();
        for line in &tried.lines {
            shown_line(line, &tried.text, &known, self.profile.into(), style, &mut out);
        }
        let gone = tried.lines.iter().filter(|line| line.goes()).count();
        let lines = counted(tried.lines.len() as u64, "line", "lines");
        let _ = writeln!(out, "\n{gone} of {lines} {}", noun(gone as u64, "goes", "go"));
        if tried.normalized > 0 {
            let edits = counted(tried.normalized as u64, "edit", "edits");
            let _ = writeln!(out, "{edits} put the text in normal form first");
        }
        if tried.is_code {
            let _ = writeln!(out, "the text is program code, of which nothing goes");
        }
        if let Some(reason) = &tried.kept_back {
            let _ = writeln!(out, "the text is kept whole: {}", escape(reason));
        }
        Ok(print(&out)?)
    }

    fn config(&self) -> Result<Config> {
        let rules = self.rules.iter().map(|path| read_rule_file(path)).collect::<Result<_>>()?;
        let strip = StripConfig { profile: self.profile.into(), rules, ..StripConfig::default() };
        Ok(Config { strip, ..Config::default() })
    }

    fn text(&self) -> Result<String> {
        let failed = || Error::io("read", &self.file);
        let mut input: Box<dyn Read> = if self.file == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            Box::new(std::fs::File::open(&self.file).map_err(failed())?)
        };
        let mut bytes = Vec::new();
        input.by_ref().take(TEXT_LIMIT + 1).read_to_end(&mut bytes).map_err(failed())?;
        let shown = escape(&self.file.to_string_lossy());
        if bytes.len() as u64 > TEXT_LIMIT {
            return Err(Error::Usage(format!("{shown} is over 64 MiB: rules are tried on one text")));
        }
        String::from_utf8(bytes).map_err(|_| Error::Usage(format!("{shown} is not UTF-8")))
    }
}

fn shown_line(
    line: &TriedLine,
    text: &str,
    known: &BTreeMap<&str, &CatalogRule>,
    profile: Profile,
    style: Style,
    out: &mut String,
) {
    let (mark, shown) = match (line.goes(), line.removals.is_empty()) {
        (true, _) => ("-", style.dim(&escape(line.span.of(text)))),
        (false, false) => ("~", with_cuts(line, text, style)),
        (false, true) if line.described_by.is_empty() => (" ", escape(line.span.of(text))),
        (false, true) => ("?", escape(line.span.of(text))),
    };
    let _ = writeln!(out, "{mark} {:>4}  {shown}", line.number);
    for removal in &line.removals {
        let told =
            format!("{} · {} · {}", escape(&removal.rule), escape(&removal.category), evidence(removal));
        let _ = writeln!(out, "        {}", style.bold(&told));
    }
    if line.removals.is_empty() {
        for rule in &line.described_by {
            let _ = writeln!(
                out,
                "        {}",
                style.dim(&format!("{}: {}", escape(rule), needed(known.get(&**rule), profile)))
            );
        }
    }
}

/// A line with what goes from its inside marked.
fn with_cuts(line: &TriedLine, text: &str, style: Style) -> String {
    let mut shown = String::new();
    let mut at = line.span.start;
    for removal in &line.removals {
        let (from, to) = (removal.span.start.max(at), removal.span.end.min(line.span.end));
        shown.push_str(&escape(&text[at..from]));
        shown.push_str(&style.removed(&escape(&text[from..to])));
        at = to;
    }
    shown + &escape(&text[at..line.span.end])
}

fn evidence(removal: &Removal) -> String {
    match removal.evidence {
        Evidence::Always => condition(Action::Always).into(),
        Evidence::End => condition(Action::End).into(),
        Evidence::Edge => condition(Action::Edge).into(),
        Evidence::Recurs { contexts } => format!("recurs in {contexts} contexts"),
        Evidence::Furniture => condition(Action::Furniture).into(),
        Evidence::Judgement => condition(Action::Judgement).into(),
        Evidence::Heading => "below a heading that goes".into(),
        Evidence::Repeated { file, record } => format!("stands in record {record} of file {file} too"),
        Evidence::Structure => "by the form of the text around it".into(),
        Evidence::Learned { contexts, documents, .. } => {
            format!("in {contexts} contexts, {documents} documents by its rule file")
        }
    }
}

/// What would have to hold for a rule to take a line out that stays.
fn needed(rule: Option<&&CatalogRule>, profile: Profile) -> String {
    let Some(rule) = rule else { return "does not act here".into() };
    let Some(written) = &rule.rule else { return "found, does not act here".into() };
    let acting =
        written.action.iter().filter(|action| action.least_profile().is_some_and(|least| least <= profile));
    let conditions: Vec<_> = acting.map(|action| condition(*action)).collect();
    match (conditions.is_empty(), rule.profiles.first()) {
        (false, _) => format!("would go {}", conditions.join(", or ")),
        (true, Some(Profile::Strict)) => "acts in the strict profile only".into(),
        (true, _) => "acts in the default and strict profiles only".into(),
    }
}
