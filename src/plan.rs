//! A configuration, checked and compiled: what the stages work with.

use crate::config::{Config, Measure};
use crate::error::{Error, Result};
use crate::read::fields::Fields;
use crate::strip::learn::GivenLines;
use crate::strip::{CompiledRules, RuleError, given_lines};

/// A configuration that makes sense, with its rules compiled.
pub struct Plan {
    /// As it was asked for.
    pub config: Config,
    /// Where records keep what is needed.
    pub fields: Fields,
    /// The line rules.
    pub rules: CompiledRules,
    /// The lines of rule files.
    pub given: GivenLines,
}

impl Plan {
    /// Checks and compiles a configuration.
    ///
    /// # Errors
    /// [`Error::Usage`] when a value is out of range or a rule is bad.
    pub fn new(config: &Config) -> Result<Self> {
        check(config)?;
        let bad_rule = |error: RuleError| Error::Usage(error.to_string());
        let rules = CompiledRules::new(&config.strip).map_err(bad_rule)?;
        let lines = given_lines(&config.strip.rules).map_err(bad_rule)?;
        let given = if config.strip.enabled { GivenLines::new(lines.iter()) } else { GivenLines::default() };
        Ok(Self {
            config: config.clone(),
            fields: Fields::new(&config.read, &config.group.keep),
            rules,
            given,
        })
    }
}

fn check(config: &Config) -> Result<()> {
    let share = |name: &str, value: f64, least: f64| {
        if (least..=1.0).contains(&value) {
            return Ok(());
        }
        Err(Error::Usage(format!("{name} is a share between {least} and 1, not {value}")))
    };
    let least = if config.group.measure == Measure::Alignment { 0.3 } else { 0.5 };
    share("--threshold", config.group.threshold, least)?;
    share("--containment", config.group.containment, 0.5)?;
    share("guard share", config.strip.guard_share.unwrap_or(1.0), 0.0)?;
    let sizes = [config.fingerprint.size, config.fingerprint.size_unspaced];
    if sizes.iter().any(|size| !(1..=64).contains(size)) {
        return Err(Error::Usage("a shingle has 1 to 64 words or characters".into()));
    }
    if config.strip.survey.lines == 0 || config.strip.survey.site_lines == 0 {
        return Err(Error::Usage("--learn-lines must be at least 1; --no-learn learns none".into()));
    }
    if config.read.text_field.is_empty() {
        return Err(Error::Usage("--text-field must name a field".into()));
    }
    Ok(())
}
