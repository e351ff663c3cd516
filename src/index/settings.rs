//! The settings that identities depend on, each by its name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::read::hexadecimal;
use crate::strip::built_in_files;

/// Everything that decides what a text is known by, as in `config` of a report: `strip.profile` and so on. Rule files are there
/// by their digests.
///
/// Where a record keeps its text is not among them, nor is how many lines are remembered to learn from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings(BTreeMap<String, Value>);

impl Settings {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        let mut named = BTreeMap::new();
        let parts = [
            ("normalize", serde_json::to_value(config.normalize)),
            ("strip", serde_json::to_value(&config.strip)),
            ("fingerprint", serde_json::to_value(config.fingerprint)),
        ];
        for (part, value) in parts {
            let Ok(Value::Object(fields)) = value else { continue };
            named.extend(fields.into_iter().map(|(name, value)| (format!("{part}.{name}"), value)));
        }
        named.remove("strip.survey");
        let rules: Vec<String> = config.strip.rules.iter().map(|rules| digest([rules.as_str()])).collect();
        named.insert("strip.rules".into(), rules.into());
        let built_in = digest(built_in_files().iter().flat_map(|(name, contents)| [*name, *contents]));
        named.insert("strip.built_in_rules".into(), built_in.into());
        let (major, minor, patch) = unicode_normalization::UNICODE_VERSION;
        named.insert("unicode".into(), format!("{major}.{minor}.{patch}").into());
        Self(named)
    }

    /// The digest of all of them, in hexadecimal.
    pub fn digest(&self) -> String {
        digest([serde_json::to_string(&self.0).unwrap_or_default().as_str()])
    }

    /// Each setting that differs from that of the index, with both values; empty if none does.
    pub fn differences(&self, index: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.0.keys().chain(index.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let shown = |settings: &Self, name: &str| {
            settings.0.get(name).map_or_else(|| "not known".to_owned(), ToString::to_string)
        };
        let differing = names.into_iter().filter(|name| self.0.get(*name) != index.0.get(*name));
        differing
            .map(|name| format!("{name} is {} there and {} here", shown(index, name), shown(self, name)))
            .collect()
    }
}

/// SHA-256 of some strings, each with its length before it.
fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hexadecimal(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Profile;

    #[test]
    fn what_differs_is_named() {
        let here = Config::default();
        let mut there = Config::default();
        assert!(Settings::of(&here).differences(&Settings::of(&there)).is_empty());
        there.strip.profile = Profile::Strict;
        there.fingerprint.size = 4;
        there.read.text_field = "body".into();
        there.strip.survey.lines = 7;
        assert_eq!(
            Settings::of(&here).differences(&Settings::of(&there)),
            [
                "fingerprint.size is 4 there and 5 here",
                "strip.profile is \"strict\" there and \"default\" here"
            ]
        );
        assert_ne!(Settings::of(&here).digest(), Settings::of(&there).digest());
    }
}
