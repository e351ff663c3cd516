//! The pass of `learn` after the survey: how the learned lines read that are to be listed.

use crate::plan::Plan;
use crate::read::format::Format;
use crate::read::shard::Shard;
use crate::site;
use crate::strip::learn::{DocumentLines, LineTexts, Selection, read_lines};

use super::survey::rank_of;
use super::{DocumentPlace, normal_form, site_of};

/// The texts of the wanted lines in one shard.
pub fn of_shard(
    shard: &Shard,
    format: &dyn Format,
    documents: &[DocumentPlace],
    wanted: &Selection,
    plan: &Plan,
) -> LineTexts {
    let (mut texts, mut lines) = (LineTexts::default(), Vec::new());
    if wanted.is_empty() {
        return texts;
    }
    for place in documents {
        // It was read once, so it can be read again.
        let document = shard.parse(place.raw(shard), format, &plan.fields).unwrap_or_default();
        let normal = normal_form(&document, plan);
        read_lines(&normal.text, &mut lines);
        let site = site_of(&document);
        let of_document =
            DocumentLines { site: site.as_deref().map(site::key), rank: rank_of(*place), lines: &lines };
        texts.note(wanted, of_document, site.as_deref(), &normal.text);
    }
    texts
}
