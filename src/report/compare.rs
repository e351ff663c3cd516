//! Two reports on the same input side by side: what they decide differently, counted, with examples.
//!
//! Reports suffice: receipts and rows of both are walked through once, in the order of the input. For the context of examples the
//! inputs are read again where they still stand.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::document::RecordId;
use crate::error::{Error, Result, escape};
use crate::read::fields::Fields;
use crate::read::format;

use super::check::rows::Rows;
use super::folder::{names, read_receipts, read_rows, read_summary};
use super::originals::originals;
use super::receipt::{Action, EditReceipt, Receipt};
use super::rows::DuplicateRow;
use super::summary::{InputRow, Summary};

/// Characters of a text, or of what stands around a change, that are shown.
const SHOWN: usize = 200;
const CONTEXT: usize = 60;

/// What two reports decide differently. `a` and `b` are the first and the second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Compared {
    /// Settings that differ, by their paths in `config`.
    pub settings: Vec<Setting>,
    /// Records of the input, blank ones among them.
    pub records: u64,
    /// Documents that both remove.
    pub removed_by_both: u64,
    /// Documents that only the first removes.
    pub removed_only_by_a: u64,
    /// Documents that only the second removes.
    pub removed_only_by_b: u64,
    /// Of those that both remove: in favour of different documents.
    pub other_survivor: u64,
    /// Of those that both remove: as different kinds of duplicate.
    pub other_kind: u64,
    /// Documents that both keep, with different texts.
    pub other_text: u64,
    /// Of these: documents that only one of both kept whole.
    pub other_guard: u64,
    /// Records that only one of both could read.
    pub other_reading: u64,
    /// Changes of documents that both keep, by rule.
    pub rules: BTreeMap<String, RuleDifference>,
    /// The first of each.
    pub examples: Vec<Example>,
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its path in the configuration: `group.threshold`.
    pub name: String,
    /// Its value in the first.
    pub a: Value,
    /// Its value in the second.
    pub b: Value,
}

/// Changes by one rule that only one of both makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleDifference {
    /// How many only the first makes.
    pub only_a: u64,
    /// How many only the second makes.
    pub only_b: u64,
}

/// One thing that is decided differently.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Example {
    /// What: the name of the count it is of.
    pub what: &'static str,
    /// The document.
    pub id: String,
    /// Where it came from.
    pub origin: String,
    /// What the first says.
    pub a: String,
    /// What the second says.
    pub b: String,
    /// The text in question; of a change with what stands before and behind it.
    pub text: String,
    #[serde(skip)]
    place: Option<RecordId>,
    #[serde(skip)]
    span: Option<(usize, usize)>,
}

/// Compares two reports. At most `limit` examples of each kind are named.
///
/// # Errors
/// When a report cannot be read, or they are not on the same input, or tell no decisions.
pub fn compare(a: &Path, b: &Path, limit: usize) -> Result<Compared> {
    let (first, second) = (read_summary(a)?, read_summary(b)?);
    let files = same_inputs(&first, &second)?;
    refuse_annotated(a, &first)?;
    refuse_annotated(b, &second)?;
    let mut found = Compared {
        settings: settings(&first, &second),
        records: first.inputs.iter().map(|input| input.records).sum(),
        ..Compared::default()
    };
    let sides = [Side::open(a, &first, None)?, Side::open(b, &second, Some(files))?];
    Walk { sides, found: &mut found, limit, inputs: &first.inputs }.run()?;
    add_context(&first, &mut found.examples);
    Ok(found)
}

/// For each file of the second report its number in the first: the files must be the same, by their digests, in the same order.
fn same_inputs(a: &Summary, b: &Summary) -> Result<Vec<u32>> {
    let differs = |input: &InputRow, of: &str| {
        Err(Error::Usage(format!(
            "the reports are not on the same input: {} is none of the {of}'s, or stands in another order",
            escape(&input.name)
        )))
    };
    let mut files = a.inputs.iter().enumerate().filter(|(_, input)| input.records > 0);
    let mut numbers = Vec::with_capacity(b.inputs.len());
    for input in &b.inputs {
        if input.records == 0 {
            numbers.push(u32::MAX);
            continue;
        }
        match files.next() {
            Some((number, known)) if known.sha256 == input.sha256 => numbers.push(number as u32),
            _ => return differs(input, "first"),
        }
    }
    files.next().map_or(Ok(numbers), |(_, input)| differs(input, "second"))
}

fn refuse_annotated(report: &Path, summary: &Summary) -> Result<()> {
    if !summary.config.write.annotate {
        return Ok(());
    }
    let reason = "it is of a run with --annotate, whose receipts tell no decisions".to_owned();
    Err(Error::Report { path: report.to_path_buf(), reason })
}

fn settings(a: &Summary, b: &Summary) -> Vec<Setting> {
    let mut found = Vec::new();
    let value = |summary: &Summary| serde_json::to_value(&summary.config).unwrap_or_default();
    differing(String::new(), &value(a), &value(b), &mut found);
    let versions = [("version", &a.version, &b.version), ("unicode", &a.unicode, &b.unicode)];
    let other = versions.into_iter().filter(|(_, a, b)| a != b);
    found.extend(other.map(|(name, a, b)| Setting {
        name: name.into(),
        a: a.clone().into(),
        b: b.clone().into(),
    }));
    found
}

fn differing(path: String, a: &Value, b: &Value, found: &mut Vec<Setting>) {
    match (a, b) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in ours {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differing(path, value, theirs.get(name).unwrap_or(&Value::Null), found);
            }
        }
        _ if a != b => found.push(Setting { name: path, a: a.clone(), b: b.clone() }),
        _ => {}
    }
}

/// One report, walked through.
struct Side {
    receipts: Rows<Receipt>,
    duplicates: Rows<DuplicateRow>,
    inputs: Vec<InputRow>,
    /// The numbers by which the other side knows the files.
    files: Option<Vec<u32>>,
}

/// What one report says of a record.
struct Said {
    receipt: Option<Receipt>,
    row: Option<DuplicateRow>,
}

impl Side {
    fn open(report: &Path, summary: &Summary, files: Option<Vec<u32>>) -> Result<Self> {
        Ok(Self {
            receipts: Rows::new(read_receipts(report)?),
            duplicates: Rows::new(read_rows(report, names::DUPLICATES)?),
            inputs: summary.inputs.clone(),
            files,
        })
    }

    fn mapped(&self, place: RecordId) -> RecordId {
        let file = self
            .files
            .as_ref()
            .map_or(place.file, |files| files.get(place.file as usize).copied().unwrap_or(u32::MAX));
        RecordId { file, ..place }
    }

    /// Where the next receipt stands, in the numbers of the first report.
    fn next_place(&mut self) -> Result<Option<RecordId>> {
        let place = self.receipts.peek(0)?.map(|(_, receipt)| receipt.place());
        Ok(place.map(|place| self.mapped(place)))
    }

    fn take(&mut self, place: RecordId) -> Result<Said> {
        if self.next_place()? != Some(place) {
            return Ok(Said { receipt: None, row: None });
        }
        let mut receipt = self.receipts.take()?.map(|(_, receipt)| receipt);
        let mut row = None;
        if let Some(removed) = receipt.as_ref().filter(|receipt| receipt.action == Action::Removed) {
            let name = &self.inputs[removed.file as usize].name;
            let is_it = |row: &DuplicateRow| row.origin.record == removed.record && &row.origin.path == name;
            if self.duplicates.peek(0)?.is_some_and(|(_, row)| is_it(row)) {
                row = self.duplicates.take()?.map(|(_, row)| row);
            }
        }
        if let Some(survivor) =
            receipt.as_mut().and_then(|receipt| receipt.survivor.as_mut().filter(|_| !receipt.reference))
        {
            *survivor = self.mapped(*survivor);
        }
        Ok(Said { receipt, row })
    }
}

impl Said {
    fn action(&self) -> Action {
        self.receipt.as_ref().map_or(Action::Passed, |receipt| receipt.action)
    }

    fn is_removed(&self) -> bool {
        self.action() == Action::Removed
    }

    fn is_read(&self) -> bool {
        self.action() != Action::SetAside
    }

    fn edits(&self) -> &[EditReceipt] {
        self.receipt.as_ref().map(|receipt| receipt.edits.as_slice()).unwrap_or_default()
    }

    fn told(&self) -> String {
        match (&self.row, &self.receipt) {
            (Some(row), _) => format!(
                "removed, {} of {} ({}), Jaccard {:.3}, {:.1} % of it inside",
                row.kind,
                row.survivor,
                row.survivor_origin,
                row.jaccard,
                100.0 * row.containment
            ),
            (None, Some(receipt)) if receipt.action == Action::SetAside => {
                format!("set aside: {}", receipt.reason.as_deref().unwrap_or_default())
            }
            (None, Some(receipt)) if receipt.action == Action::KeptWhole => {
                format!("kept whole: {}", receipt.reason.as_deref().unwrap_or_default())
            }
            (None, Some(receipt)) if receipt.action == Action::Removed => "removed".into(),
            _ => "kept".into(),
        }
    }
}

/// Two reports walked through together.
struct Walk<'a> {
    sides: [Side; 2],
    found: &'a mut Compared,
    limit: usize,
    inputs: &'a [InputRow],
}

impl Walk<'_> {
    fn run(&mut self) -> Result<()> {
        loop {
            let places = [self.sides[0].next_place()?, self.sides[1].next_place()?];
            let Some(place) = places.into_iter().flatten().min() else { return Ok(()) };
            let (a, b) = (self.sides[0].take(place)?, self.sides[1].take(place)?);
            self.record(place, &a, &b);
        }
    }

    fn record(&mut self, place: RecordId, a: &Said, b: &Said) {
        if a.is_read() != b.is_read() {
            self.found.other_reading += 1;
            return self.example("other_reading", place, a, b);
        }
        match (a.is_removed(), b.is_removed()) {
            (true, true) => self.both_removed(place, a, b),
            (true, false) => {
                self.found.removed_only_by_a += 1;
                self.example("removed_only_by_a", place, a, b);
            }
            (false, true) => {
                self.found.removed_only_by_b += 1;
                self.example("removed_only_by_b", place, a, b);
            }
            (false, false) => self.both_kept(place, a, b),
        }
    }

    fn both_removed(&mut self, place: RecordId, a: &Said, b: &Said) {
        self.found.removed_by_both += 1;
        let survivor = |said: &Said| {
            said.receipt.as_ref().and_then(|receipt| receipt.survivor.map(|at| (receipt.reference, at)))
        };
        let kind = |said: &Said| said.row.as_ref().map(|row| row.kind.clone());
        if survivor(a) != survivor(b) {
            self.found.other_survivor += 1;
            self.example("other_survivor", place, a, b);
        }
        if kind(a) != kind(b) {
            self.found.other_kind += 1;
            self.example("other_kind", place, a, b);
        }
    }

    fn both_kept(&mut self, place: RecordId, a: &Said, b: &Said) {
        let is_other_guard = (a.action() == Action::KeptWhole) != (b.action() == Action::KeptWhole);
        let (only_a, only_b) = (missing(a.edits(), b.edits()), missing(b.edits(), a.edits()));
        self.found.other_text += u64::from(!only_a.is_empty() || !only_b.is_empty());
        if is_other_guard {
            self.found.other_guard += 1;
            self.example("other_guard", place, a, b);
        }
        for edit in only_a {
            self.found.rules.entry(edit.rule.clone()).or_default().only_a += 1;
            self.change("changed_only_by_a", place, a, edit);
        }
        for edit in only_b {
            self.found.rules.entry(edit.rule.clone()).or_default().only_b += 1;
            self.change("changed_only_by_b", place, b, edit);
        }
    }

    fn has_room(&self, what: &str) -> bool {
        self.found.examples.iter().filter(|example| example.what == what).count() < self.limit
    }

    fn origin(&self, place: RecordId) -> String {
        format!("{}:{}", self.inputs[place.file as usize].name, place.record)
    }

    fn example(&mut self, what: &'static str, place: RecordId, a: &Said, b: &Said) {
        if !self.has_room(what) {
            return;
        }
        let origin = self.origin(place);
        let id = [a, b].iter().find_map(|said| said.receipt.as_ref().map(|receipt| receipt.id.clone()));
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| origin.clone());
        let (a, b, place) = (a.told(), b.told(), Some(place));
        self.found.examples.push(Example { what, id, origin, a, b, place, ..Example::default() });
    }

    /// An example of a change that only one makes; one of each rule comes before a second of any.
    fn change(&mut self, what: &'static str, place: RecordId, by: &Said, edit: &EditReceipt) {
        let is_known =
            self.found.examples.iter().any(|example| example.what == what && example.a == edit.rule);
        if is_known && !self.has_room(what)
            || !self.has_room(what) && self.found.examples.len() > 12 * self.limit
        {
            return;
        }
        let id = by.receipt.as_ref().map(|receipt| receipt.id.clone()).unwrap_or_default();
        self.found.examples.push(Example {
            what,
            id,
            origin: self.origin(place),
            a: edit.rule.clone(),
            b: if edit.with.is_empty() {
                "taken out".into()
            } else {
                format!("now {:?}", shortened(&edit.with))
            },
            text: shortened(&edit.text),
            place: Some(place),
            span: Some((edit.span.start, edit.span.end)),
        });
    }
}

/// The changes of the one list that the other has not. Both are sorted by place.
fn missing<'e>(mine: &'e [EditReceipt], theirs: &[EditReceipt]) -> Vec<&'e EditReceipt> {
    let is_same = |a: &EditReceipt, b: &EditReceipt| (a.span, &a.with) == (b.span, &b.with);
    let has = |edit: &EditReceipt| {
        let from = theirs.partition_point(|other| other.span.start < edit.span.start);
        theirs[from..]
            .iter()
            .take_while(|other| other.span.start == edit.span.start)
            .any(|other| is_same(edit, other))
    };
    mine.iter().filter(|edit| !has(edit)).collect()
}

/// Puts the text of each example beside it, from the inputs as far as they still stand.
fn add_context(summary: &Summary, examples: &mut [Example]) {
    let fields = Fields::new(&summary.config.read, &summary.config.group.keep);
    let wanted = examples.iter().filter_map(|example| example.place).collect();
    let originals = originals(&summary.inputs, &wanted);
    for example in examples {
        let Some(raw) = example.place.and_then(|place| originals.get(&place)) else { continue };
        let input = &summary.inputs[example.place.map_or(0, |place| place.file as usize)];
        let format = format::named(&input.format).unwrap_or(format::JSONL);
        let Ok(document) = format.parse(raw, &fields) else { continue };
        match example.span {
            None => example.text = shortened(&document.text),
            Some((start, end)) => {
                let (before, behind) = (document.text.get(..start), document.text.get(end..));
                let (Some(before), Some(behind)) = (before, behind) else { continue };
                let before: Vec<char> = before.chars().rev().take(CONTEXT).collect();
                let before: String = before.into_iter().rev().collect();
                let behind: String = behind.chars().take(CONTEXT).collect();
                example.text = format!("{before}[-{}-]{behind}", example.text);
            }
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
