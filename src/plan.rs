//! A configuration, checked and compiled: what the stages work with.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::read::fields::Fields;
use crate::strip::CompiledRules;

/// A configuration that makes sense, with its rules compiled.
pub struct Plan {
    /// As it was asked for.
    pub config: Config,
    /// Where records keep what is needed.
    pub fields: Fields,
    /// The line rules.
    pub rules: CompiledRules,
}

impl Plan {
    /// Checks and compiles a configuration.
    ///
    /// # Errors
    /// [`Error::Usage`] when a value is out of range or a rule is bad.
    pub fn new(config: &Config) -> Result<Self> {
        check(config)?;
        let rules = CompiledRules::new(&config.strip).map_err(|error| Error::Usage(error.to_string()))?;
        Ok(Self { config: config.clone(), fields: Fields::new(&config.read, &config.group.keep), rules })
    }
}

fn check(config: &Config) -> Result<()> {
    let share = |name: &str, value: f64, least: f64| {
        if (least..=1.0).contains(&value) {
            return Ok(());
        }
        Err(Error::Usage(format!("{name} is a share between {least} and 1, not {value}")))
    };
    share("--threshold", config.group.threshold, 0.5)?;
    share("--containment", config.group.containment, 0.5)?;
    share("guard share", config.strip.guard_share.unwrap_or(1.0), 0.0)?;
    let sizes = [config.fingerprint.size, config.fingerprint.size_unspaced];
    if sizes.iter().any(|size| !(1..=64).contains(size)) {
        return Err(Error::Usage("a shingle has 1 to 64 words or characters".into()));
    }
    if config.read.text_field.is_empty() {
        return Err(Error::Usage("--text-field must name a field".into()));
    }
    Ok(())
}
