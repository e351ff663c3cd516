//! `index.html`: the report as one page that needs nothing else, opens by double click, and is the same on every run.
//!
//! A template lays out what is told of every report; what is searched and unfolded is data that a script shows. **Nothing from
//! the corpus is markup**: the template escapes every value, the data is JSON without a single `<`, `>` or `&`, the script
//! only ever sets text, and the page's own policy forbids all scripts and styles but these two, by their digests, and every
//! access to a network.

mod charts;
mod clusters;
mod data;
mod flow;
mod shell;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result, escape};

use super::figures;
use super::summary::Summary;
use super::texts::Texts;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page of a report: its folder, which has all files but this one, and where texts are to be had. A source that lost more
/// than `alarm` of its documents or its text stands at the top.
///
/// # Errors
/// When the report or a text cannot be read.
pub fn page(report: &Path, summary: &Summary, texts: &mut dyn Texts, alarm: f64) -> Result<String> {
    let (totals, clusters) = clusters::read(report, summary, texts)?;
    let gathered = data::gather(report, alarm)?;
    let shell = shell::Shell::new(summary, &totals, &gathered, alarm);
    let json = data::json(clusters, &gathered)?;
    let context = minijinja::context! {
        policy => policy(),
        style => minijinja::Value::from_safe_string(STYLE.to_owned()),
        script => minijinja::Value::from_safe_string(SCRIPT.to_owned()),
        data => minijinja::Value::from_safe_string(json),
        ..minijinja::Value::from(minijinja::value::Serde(&shell))
    };
    render(context)
        .map_err(|error| Error::Internal(format!("the page of the report cannot be laid out: {error:#}")))
}

/// Whether a file that begins so is a page of a report, or has nothing in it.
pub fn is_page(head: &str) -> bool {
    head.is_empty() || (head.starts_with("<!doctype html>") && head.contains(" kept – tamis report</title>"))
}

fn render(context: minijinja::Value) -> std::result::Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("grouped", figures::grouped);
    environment.add_filter("size", figures::size);
    environment.add_filter("share", figures::share);
    environment.add_filter("shown", |text: String| shown(&text, 300));
    environment.add_filter("shown_whole", |text: String| shown(&text, 10_000));
    environment.add_template("page.html", TEMPLATE)?;
    environment.get_template("page.html")?.render(context)
}

/// A string from outside on the page: nothing in it is hidden, and none is endless.
fn shown(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", escape(&text[..end])),
        None => escape(text),
    }
}

fn digest(text: &str) -> String {
    BASE64.encode(Sha256::digest(text.as_bytes()))
}

/// What the page may do: show itself, with this style and this script.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}
