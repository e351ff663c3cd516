//! The passes over the input, one file a pass: each a pure function of a shard, with a partial result that merges.

pub mod apply;
pub mod fingerprint;
pub mod knowledge;
pub mod name;
pub mod printed;
pub mod prints;
pub mod removals;
pub mod repeats;
pub mod set_aside;
pub mod survey;
pub mod trial;
pub mod wording;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::document::{Document, RecordId};
use crate::edit::{self, Edit};
use crate::normalize::{self, Part};
use crate::plan::Plan;
use crate::read::shard::Shard;
use crate::site;

/// Where a document stands: enough to read it again, in 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentPlace {
    /// Number of its shard.
    pub shard: u32,
    /// Number of its record, counted from the shard's first.
    pub record: u32,
    /// Offset of its record in the shard, in bytes.
    pub offset: u32,
    /// Length of its record, in bytes.
    pub length: u32,
}

impl DocumentPlace {
    /// The record's bytes.
    pub fn raw<'a>(&self, shard: &'a Shard) -> &'a [u8] {
        let start = self.offset as usize;
        &shard.bytes[start..start + self.length as usize]
    }

    /// Which record it is.
    pub fn id(&self, shard: &Shard) -> RecordId {
        RecordId { file: shard.file, record: shard.first_record + u64::from(self.record) }
    }
}

/// A document's text in normal form, and how it came to it.
struct Normal<'a> {
    edits: Vec<Edit<Part>>,
    text: Cow<'a, str>,
}

impl<'a> Normal<'a> {
    /// The text of a document that is in normal form as it came.
    fn as_it_came(document: &'a Document<'_>) -> Self {
        Self { edits: Vec::new(), text: Cow::Borrowed(&document.text) }
    }
}

fn normal_form<'a>(document: &'a Document<'_>, plan: &Plan) -> Normal<'a> {
    let edits = normalize::find(&document.text, &plan.config.normalize, language(document, plan));
    let text = if edits.is_empty() {
        Cow::Borrowed(document.text.as_ref())
    } else {
        Cow::Owned(edit::apply(&document.text, &edits))
    };
    Normal { edits, text }
}

/// The language a document or the run names.
fn language<'a>(document: &'a Document<'_>, plan: &'a Plan) -> Option<&'a str> {
    document.lang.as_deref().or(plan.config.read.lang.as_deref())
}

/// The site a document comes from: as named, or the registrable domain of its address, or what its folder stands for.
pub(crate) fn site_of<'a>(document: &'a Document<'_>) -> Option<Cow<'a, str>> {
    if let Some(site) = &document.site {
        return Some(Cow::Borrowed(site));
    }
    let of_address = document.url.as_deref().and_then(site::of);
    of_address.or_else(|| document.folder.map(Cow::Borrowed))
}
