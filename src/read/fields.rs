//! Finding the wanted fields of a JSON object, and nothing else of it.

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::config::{Keep, ReadConfig};

use super::scan;

/// The fields that a record is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The text.
    Text,
    /// The source's own id.
    Id,
    /// The address.
    Url,
    /// The site.
    Site,
    /// The language.
    Lang,
    /// What survivors are ranked by.
    Rank,
}

/// How many fields there are.
pub const FIELDS: usize = 6;

/// The raw JSON of each wanted field that a record has.
pub type Found<'a> = [Option<&'a str>; FIELDS];

/// Where the wanted fields stand: paths into the object.
#[derive(Clone, Debug)]
pub struct Fields {
    names: [String; FIELDS],
    paths: Vec<(Field, Vec<String>)>,
    /// Whether no wanted field lies inside another.
    is_flat: bool,
}

impl Fields {
    /// The fields that this configuration names. A name with dots is a path, `data.text`.
    pub fn new(config: &ReadConfig, keep: &Keep) -> Self {
        let rank = match keep {
            Keep::Newest | Keep::Oldest => config.date_field.clone(),
            Keep::Field { name, .. } => name.clone(),
            Keep::First | Keep::Longest => String::new(),
        };
        let site = config.site_field.clone().unwrap_or_default();
        let names = [
            config.text_field.clone(),
            config.id_field.clone(),
            config.url_field.clone(),
            site,
            config.lang_field.clone(),
            rank,
        ];
        let all = [Field::Text, Field::Id, Field::Url, Field::Site, Field::Lang, Field::Rank];
        let paths: Vec<(Field, Vec<String>)> = all
            .into_iter()
            .zip(&names)
            .filter(|(_, name)| !name.is_empty())
            .map(|(field, name)| (field, name.split('.').map(str::to_owned).collect()))
            .collect();
        let is_flat = paths.iter().all(|(_, path)| path.len() == 1);
        Self { names, paths, is_flat }
    }

    /// The name of a field, as the user gave it.
    pub fn name(&self, field: Field) -> &str {
        &self.names[field as usize]
    }

    /// The keys on the way to a field; none where no such field is wanted.
    pub fn path(&self, field: Field) -> &[String] {
        self.paths.iter().find(|(wanted, _)| *wanted == field).map_or(&[], |(_, path)| path)
    }

    /// The raw values of the wanted fields. Of a repeated key the last one holds.
    ///
    /// # Errors
    /// When `json` is not one JSON object.
    pub fn locate<'a>(&self, json: &'a str) -> serde_json::Result<Found<'a>> {
        if self.is_flat
            && let Some(found) = self.scan(json)
        {
            return Ok(found);
        }
        let mut found = Found::default();
        self.locate_at(json, 0, &mut found, &|_| true)?;
        Ok(found)
    }

    /// The same for records of the usual shape, faster; `None` where the parser must be asked.
    fn scan<'a>(&self, json: &'a str) -> Option<Found<'a>> {
        let mut found = Found::default();
        scan::each_field(json, |key, value| {
            for (field, path) in &self.paths {
                if path[0] == key {
                    found[*field as usize] = Some(value);
                }
            }
        })?;
        Some(found)
    }

    fn locate_at<'a>(
        &self,
        json: &'a str,
        depth: usize,
        found: &mut Found<'a>,
        is_here: &dyn Fn(&[String]) -> bool,
    ) -> serde_json::Result<()> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let mut nested = Vec::new();
        let object = ObjectVisitor { fields: self, depth, found, nested: &mut nested, is_here };
        reader.deserialize_map(object)?;
        reader.end()?;
        for (key, value) in nested {
            if value.starts_with('{') {
                self.locate_at(value, depth + 1, found, &|path| is_here(path) && path[depth] == key)?;
            }
        }
        Ok(())
    }
}

struct ObjectVisitor<'s, 'a> {
    fields: &'s Fields,
    depth: usize,
    found: &'s mut Found<'a>,
    nested: &'s mut Vec<(String, &'a str)>,
    is_here: &'s dyn Fn(&[String]) -> bool,
}

/// What a key leads to.
#[derive(Clone, Copy)]
struct KeyUse {
    wanted: [bool; FIELDS],
    is_wanted: bool,
    is_parent: bool,
}

impl<'a> Visitor<'a> for ObjectVisitor<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some((key, key_use)) = map.next_key_seed(KeySeed(&self))? {
            if !key_use.is_wanted && !key_use.is_parent {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<&'a RawValue>()?.get();
            for (slot, wanted) in self.found.iter_mut().zip(key_use.wanted) {
                if wanted {
                    *slot = Some(value);
                }
            }
            if key_use.is_parent {
                self.nested.push((key, value));
            }
        }
        Ok(())
    }
}

/// Decides what a key is good for without an allocation for those that are not wanted.
struct KeySeed<'s, 'v, 'a>(&'s ObjectVisitor<'v, 'a>);

impl<'de> DeserializeSeed<'de> for KeySeed<'_, '_, '_> {
    type Value = (String, KeyUse);

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_, '_, '_> {
    type Value = (String, KeyUse);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        let mut key_use = KeyUse { wanted: [false; FIELDS], is_wanted: false, is_parent: false };
        for (field, path) in &self.0.fields.paths {
            if path.get(self.0.depth).is_none_or(|part| part != key) || !(self.0.is_here)(path) {
                continue;
            }
            if path.len() == self.0.depth + 1 {
                key_use.wanted[*field as usize] = true;
                key_use.is_wanted = true;
            } else {
                key_use.is_parent = true;
            }
        }
        let name = if key_use.is_parent { key.to_owned() } else { String::new() };
        Ok((name, key_use))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_paths() {
        let config = ReadConfig {
            text_field: "data.body.text".into(),
            id_field: "data.id".into(),
            ..ReadConfig::default()
        };
        let fields = Fields::new(&config, &Keep::First);
        let json = r#"{"data": {"id": 3, "body": {"text": "t"}}, "text": "no", "body": {"text": "no"}}"#;
        let found = fields.locate(json).unwrap();
        assert_eq!(found[Field::Text as usize], Some("\"t\""));
        assert_eq!(found[Field::Id as usize], Some("3"));
    }

    #[test]
    fn one_field_may_serve_two_ends() {
        let config = ReadConfig { url_field: "id".into(), ..ReadConfig::default() };
        let found_in = Fields::new(&config, &Keep::First);
        let found = found_in.locate(r#"{"id": "x", "text": ""}"#).unwrap();
        assert_eq!((found[Field::Id as usize], found[Field::Url as usize]), (Some("\"x\""), Some("\"x\"")));
    }
}
