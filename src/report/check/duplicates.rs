//! `duplicates.jsonl` beside the texts it speaks of.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::ThreadPool;

use crate::config::Config;
use crate::document::{Origin, RecordId};
use crate::error::Result;
use crate::job::Stop;
use crate::parallel::in_order;
use crate::report::folder::{names, read_rows};
use crate::report::rows::DuplicateRow;
use crate::report::summary::{Counts, InputRow, Summary};

use super::claims::{Claimant, Ledger};
use super::named::{Fate, Named, Place};
use super::plain::{Comparison, Plain, Shared};
use super::spill::NamedText;

/// Rows that are looked at in one go.
const CHUNK: usize = 256;
/// By how much a share may differ from the true one: what is lost when it is written and read.
const ROUNDING: f64 = 1e-9;

/// Where the documents are that rows name.
pub(super) struct Origins {
    inputs: BTreeMap<String, u32>,
    references: BTreeMap<String, u32>,
    /// A name that two files share.
    pub(super) ambiguous: Option<String>,
}

impl Origins {
    pub(super) fn new(summary: &Summary) -> Self {
        let mut ambiguous = None;
        let mut numbered = |rows: &[InputRow]| {
            let mut numbers = BTreeMap::new();
            for (number, row) in (0..).zip(rows) {
                if numbers.insert(row.name.clone(), number).is_some() {
                    ambiguous = Some(row.name.clone());
                }
            }
            numbers
        };
        let (inputs, references) = (numbered(&summary.inputs), numbered(&summary.references));
        Self { inputs, references, ambiguous }
    }

    fn place(&self, origin: &Origin, is_reference: bool) -> Option<Place> {
        let files = if is_reference { &self.references } else { &self.inputs };
        let file = *files.get(&origin.path)?;
        Some((is_reference, RecordId { file, record: origin.record }))
    }

    /// The places of a row: the removed document's and its survivor's.
    fn of(&self, row: &DuplicateRow) -> (Option<Place>, Option<Place>) {
        (self.place(&row.origin, false), self.place(&row.survivor_origin, row.reference))
    }
}

/// The places that rows name, and whether the rows stand in the order of the input, each once.
///
/// # Errors
/// When a row cannot be read.
pub(super) fn places(report: &Path, origins: &Origins, ledger: &mut Ledger) -> Result<Vec<(Place, bool)>> {
    let mut found = Vec::new();
    let mut last = None;
    for (number, row) in (1..).zip(read_rows::<DuplicateRow>(report, names::DUPLICATES)?) {
        let row = row?;
        let (removed, survivor) = origins.of(&row);
        if let (Some(place), Some(before)) = (removed, last)
            && place <= before
        {
            let by = Claimant::new(names::DUPLICATES, number, &row.id);
            ledger.deny(by.claims(
                "a row",
                &"one of a document of its own, in the order of the input",
                &"there twice, or out of order",
            ));
        }
        last = removed.or(last);
        found.extend(removed.map(|place| (place, true)));
        found.extend(survivor.map(|place| (place, false)));
    }
    Ok(found)
}

/// What rows are looked at with.
pub(super) struct Rows<'a> {
    pub(super) origins: &'a Origins,
    pub(super) named: &'a Named,
    pub(super) config: &'a Config,
}

/// Looks at every row. Gives back how many there are, by kind.
///
/// # Errors
/// When a row or a text cannot be read, or the run is stopped.
pub(super) fn check(
    report: &Path,
    rows: &Rows<'_>,
    pool: &ThreadPool,
    stop: &Stop,
    ledger: &mut Ledger,
) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut numbered = (1_u64..).zip(read_rows::<DuplicateRow>(report, names::DUPLICATES)?);
    let chunks = std::iter::from_fn(|| {
        let chunk: Result<Vec<(u64, DuplicateRow)>> =
            numbered.by_ref().take(CHUNK).map(|(number, row)| Ok((number, row?))).collect();
        chunk.map(|chunk| (!chunk.is_empty()).then_some(chunk)).transpose()
    });
    let empty = ledger.part();
    in_order(
        pool,
        chunks,
        |chunk| rows.chunk(chunk, empty.clone()),
        |done| {
            let (part, kinds) = done?;
            ledger.merge(part);
            counts.add(&kinds);
            stop.check()
        },
    )?;
    Ok(counts)
}

impl Rows<'_> {
    /// Looks at some rows, those of one survivor together, so that its sets are made once.
    fn chunk(&self, mut chunk: Vec<(u64, DuplicateRow)>, mut ledger: Ledger) -> Result<(Ledger, Counts)> {
        let mut counts = Counts::default();
        for (_, row) in &chunk {
            match row.kind.as_str() {
                "exact" => counts.exact += 1,
                "near" => counts.near += 1,
                "contained" => counts.contained += 1,
                _ => {}
            }
        }
        let survivor = |row: &DuplicateRow| {
            (row.reference, row.survivor_origin.path.clone(), row.survivor_origin.record)
        };
        chunk.sort_by_cached_key(|(number, row)| (survivor(row), *number));
        for star in chunk.chunk_by(|(_, a), (_, b)| survivor(a) == survivor(b)) {
            self.star(star, &mut ledger)?;
        }
        Ok((ledger, counts))
    }

    fn star(&self, star: &[(u64, DuplicateRow)], ledger: &mut Ledger) -> Result<()> {
        let Some((_, first)) = star.first() else { return Ok(()) };
        let number = self.origins.of(first).1.and_then(|place| self.named.find(place));
        let has_text = |number: &usize| {
            matches!(self.named.entries[*number].fate, Fate::Kept | Fate::Reference | Fate::Removed(_))
        };
        let text = number.filter(has_text).map(|number| self.named.text(number)).transpose()?;
        let plain = text.as_ref().map(|text| Plain::judged(&text.text, self.config));
        let sets = plain.as_ref().map(Plain::sets);
        for (row_number, row) in star {
            let by = Claimant::new(names::DUPLICATES, *row_number, &row.id);
            if !self.survivor(row, number, text.as_ref(), by, ledger) {
                continue;
            }
            let Some(removed) = self.removed(row, by, ledger)? else { continue };
            let Some(theirs) = &sets else { continue };
            let mine = Plain::judged(&removed.text, self.config);
            let found = Comparison::of(&mine.sets(), theirs);
            let has_repeats = number.is_some_and(|number| self.named.entries[number].has_repeats);
            self.scores(row, found, has_repeats, by, ledger);
        }
        Ok(())
    }

    /// Looks at what a row says of the survivor; whether its text can be had.
    fn survivor(
        &self,
        row: &DuplicateRow,
        number: Option<usize>,
        text: Option<&NamedText>,
        by: Claimant<'_>,
        ledger: &mut Ledger,
    ) -> bool {
        let fate = number.map_or(Fate::Unseen, |number| self.named.entries[number].fate);
        if fate == Fate::Unread {
            ledger.leave_open(
                "rows whose survivor is in a reference file that is not there, or is another now".into(),
            );
            return false;
        }
        let claimed = format!("{} ({}), kept", row.survivor, row.survivor_origin);
        match fate {
            Fate::Kept | Fate::Reference => ledger.prove("survivors that stay", 1),
            other => ledger.deny(by.claims("the survivor", &claimed, &other.told())),
        }
        let (Some(number), Some(text)) = (number, text) else { return false };
        ledger.compare(by, "the survivor's id", &row.survivor, &text.id);
        ledger.compare(by, "the cluster", &row.cluster, &text.id);
        ledger.compare(
            by,
            "the survivor's offset",
            &row.survivor_origin.offset,
            &self.named.entries[number].offset,
        );
        true
    }

    /// Looks at what a row says of the removed document; its text.
    fn removed(
        &self,
        row: &DuplicateRow,
        by: Claimant<'_>,
        ledger: &mut Ledger,
    ) -> Result<Option<NamedText>> {
        let (place, survivor) = self.origins.of(row);
        let number = place.and_then(|place| self.named.find(place));
        let fate = number.map_or(Fate::Unseen, |number| self.named.entries[number].fate);
        let (Some(number), Fate::Removed(receipt_survivor)) = (number, fate) else {
            ledger.deny(by.claims("a document", &"removed", &fate.told()));
            return Ok(None);
        };
        if receipt_survivor == survivor {
            ledger.prove("survivors as the receipts have them", 1);
        } else {
            let shown = receipt_survivor.map_or_else(
                || "none, by its receipt".to_owned(),
                |(_, record)| format!("record {} of input {}, by its receipt", record.record, record.file),
            );
            ledger.deny(by.claims("the survivor", &row.survivor_origin, &shown));
        }
        let text = self.named.text(number)?;
        ledger.compare(by, "the id", &row.id, &text.id);
        ledger.compare(by, "the offset", &row.origin.offset, &self.named.entries[number].offset);
        Ok(Some(text))
    }

    fn scores(
        &self,
        row: &DuplicateRow,
        found: Comparison,
        has_repeats: bool,
        by: Claimant<'_>,
        ledger: &mut Ledger,
    ) {
        let scores = Score::of(row, &found);
        if has_repeats && !scores.iter().all(Score::is_true) {
            ledger.leave_open("scores with survivors from which repeated paragraphs were taken that had been stripped inside".into());
            return;
        }
        for score in scores {
            score.look_at(by, ledger);
        }
        ledger.compare(by, "paragraphs", &row.paragraphs, &(found.paragraphs as u32));
        ledger.compare(by, "shared_paragraphs", &row.shared_paragraphs, &(found.shared_paragraphs as u32));
        ledger.compare(by, "kind", &row.kind.as_str(), &self.kind(found));
        match found.held_back(&self.config.group).filter(|_| !found.equal) {
            Some(reason) => ledger.deny(by.claims("the document", &"covered by its survivor", &reason)),
            None => ledger.prove("documents without a passage, numbers or, in short, a word of their own", 1),
        }
    }

    /// What the removed document is to its survivor, under the settings of the report.
    fn kind(&self, found: Comparison) -> &'static str {
        let config = &self.config.group;
        if found.equal && config.exact {
            "exact"
        } else if config.near && found.is_near(config) {
            "near"
        } else if config.contained && found.is_contained(config) {
            "contained"
        } else {
            "below every threshold"
        }
    }
}

/// A score of a row beside the true one; `None` where there is none to be told.
struct Score {
    claim: &'static str,
    claimed: Option<f64>,
    found: Option<f64>,
}

impl Score {
    /// The scores of a row. Equal texts have everything in common, also where they have no word.
    fn of(row: &DuplicateRow, found: &Comparison) -> [Self; 4] {
        let whole = |share: f64| if found.equal { 1.0 } else { share };
        let (shingles, aligned) = (Some(found.shingles), found.aligned);
        let jaccard = |shared: Option<Shared>| shared.map(|shared| whole(shared.jaccard()));
        let containment = |shared: Option<Shared>| shared.map(|shared| whole(shared.containment()));
        let score = |claim, claimed, found| Self { claim, claimed, found };
        [
            score("jaccard", Some(row.jaccard), jaccard(shingles)),
            score("containment", Some(row.containment), containment(shingles)),
            score("alignment", row.alignment, jaccard(aligned)),
            score("alignment_containment", row.alignment_containment, containment(aligned)),
        ]
    }

    fn is_true(&self) -> bool {
        match (self.claimed, self.found) {
            (Some(claimed), Some(found)) => (claimed - found).abs() < ROUNDING,
            (claimed, found) => claimed == found,
        }
    }

    fn look_at(&self, by: Claimant<'_>, ledger: &mut Ledger) {
        let told =
            |score: Option<f64>| score.map_or_else(|| "not there".to_owned(), |score| score.to_string());
        if !self.is_true() {
            ledger.deny(by.claims(self.claim, &told(self.claimed), &told(self.found)));
        } else if self.claimed.is_some() {
            ledger.prove(self.claim, 1);
        }
    }
}
