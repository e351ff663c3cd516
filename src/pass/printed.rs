//! What the second pass found of one document, and how it is held until the last: as a row of bytes, in the layout of
//! [postcard](https://postcard.jamesmunns.com/wire-format).

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::decide::Cause;
use crate::edit::Edit;
use crate::error::Result;
use crate::normalize::Part;
use crate::span::Span;
use crate::store::{self, read_value, write_value};
use crate::strip::learn::LearnedRule;
use crate::strip::{Evidence, Removal};

/// One document after the second pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed {
    /// What changes in its text.
    pub edits: Box<[Edit<Cause>]>,
    /// Why it was kept whole against what the rules found.
    pub kept_back: Option<Box<str>>,
    /// Length of its text as it came and as it will go out, in bytes.
    pub bytes: (u32, u32),
}

impl Printed {
    /// Appends it as a row.
    ///
    /// # Errors
    /// Only when it cannot be written, which is a fault of tamis.
    pub fn write(&self, row: &mut Vec<u8>) -> Result<()> {
        let edits: Vec<HeldEdit<'_>> = self.edits.iter().map(HeldEdit::of).collect();
        let held = Held { bytes: self.bytes, kept_back: self.kept_back.as_deref(), edits };
        write_value(&held, row)
    }

    /// Whether the document of a row was kept whole; reads no further than that.
    ///
    /// # Errors
    /// When the row holds none.
    pub fn is_kept_whole(row: &[u8]) -> Result<bool> {
        let (_, kept_back): ((u32, u32), Option<&str>) = read_value(row)?;
        Ok(kept_back.is_some())
    }

    /// The document of a row.
    ///
    /// # Errors
    /// When the row holds none.
    pub fn read(row: &[u8]) -> Result<Self> {
        let held: Held<'_> = read_value(row)?;
        let edits: Option<Box<[Edit<Cause>]>> = held.edits.into_iter().map(HeldEdit::edit).collect();
        let edits = edits.ok_or_else(|| store::unreadable(&"an unknown rule"))?;
        Ok(Self { edits, kept_back: held.kept_back.map(Into::into), bytes: held.bytes })
    }
}

#[derive(Serialize, Deserialize)]
struct Held<'a> {
    bytes: (u32, u32),
    kept_back: Option<&'a str>,
    #[serde(borrow)]
    edits: Vec<HeldEdit<'a>>,
}

#[derive(Serialize, Deserialize)]
struct HeldEdit<'a> {
    span: Span,
    replacement: &'a str,
    #[serde(borrow)]
    cause: HeldCause<'a>,
}

#[derive(Serialize, Deserialize)]
enum HeldCause<'a> {
    Normalize(Part),
    Strip {
        span: Span,
        rule: &'a str,
        category: &'a str,
        #[serde(borrow)]
        evidence: HeldEvidence<'a>,
    },
    FinalLineEnd,
}

#[derive(Serialize, Deserialize)]
enum HeldEvidence<'a> {
    Always,
    End,
    Edge,
    Recurs(u32),
    Furniture,
    Judgement,
    Structure,
    Heading,
    Learned { rule: &'a str, contexts: u32, documents: u32 },
    Repeated { file: u32, record: u64 },
}

impl<'a> HeldEdit<'a> {
    fn of(edit: &'a Edit<Cause>) -> Self {
        Self { span: edit.span, replacement: &edit.replacement, cause: HeldCause::of(&edit.cause) }
    }

    fn edit(self) -> Option<Edit<Cause>> {
        let replacement = match self.replacement {
            "" => Cow::Borrowed(""),
            text => Cow::Owned(text.to_owned()),
        };
        Some(Edit { span: self.span, replacement, cause: self.cause.cause()? })
    }
}

impl<'a> HeldCause<'a> {
    fn of(cause: &'a Cause) -> Self {
        match cause {
            Cause::Normalize(part) => Self::Normalize(*part),
            Cause::Strip(removal) => Self::Strip {
                span: removal.span,
                rule: &removal.rule,
                category: &removal.category,
                evidence: HeldEvidence::of(removal.evidence),
            },
            Cause::FinalLineEnd => Self::FinalLineEnd,
        }
    }

    fn cause(self) -> Option<Cause> {
        Some(match self {
            Self::Normalize(part) => Cause::Normalize(part),
            Self::Strip { span, rule, category, evidence } => Cause::Strip(Box::new(Removal {
                span,
                rule: Arc::from(rule),
                category: Arc::from(category),
                evidence: evidence.evidence()?,
            })),
            Self::FinalLineEnd => Cause::FinalLineEnd,
        })
    }
}

impl HeldEvidence<'_> {
    fn of(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Always => Self::Always,
            Evidence::End => Self::End,
            Evidence::Edge => Self::Edge,
            Evidence::Recurs { contexts } => Self::Recurs(contexts),
            Evidence::Furniture => Self::Furniture,
            Evidence::Judgement => Self::Judgement,
            Evidence::Structure => Self::Structure,
            Evidence::Heading => Self::Heading,
            Evidence::Learned { rule, contexts, documents } => Self::Learned { rule, contexts, documents },
            Evidence::Repeated { file, record } => Self::Repeated { file, record },
        }
    }

    fn evidence(self) -> Option<Evidence> {
        Some(match self {
            Self::Always => Evidence::Always,
            Self::End => Evidence::End,
            Self::Edge => Evidence::Edge,
            Self::Recurs(contexts) => Evidence::Recurs { contexts },
            Self::Furniture => Evidence::Furniture,
            Self::Judgement => Evidence::Judgement,
            Self::Structure => Evidence::Structure,
            Self::Heading => Evidence::Heading,
            Self::Learned { rule, contexts, documents } => {
                Evidence::Learned { rule: LearnedRule::of_name(rule)?.name(), contexts, documents }
            }
            Self::Repeated { file, record } => Evidence::Repeated { file, record },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(evidence: Evidence) -> Edit<Cause> {
        let removal = Removal { span: Span::new(3, 9), rule: "a/b".into(), category: "a".into(), evidence };
        Edit {
            span: Span::new(4, 12),
            replacement: "left over".into(),
            cause: Cause::Strip(Box::new(removal)),
        }
    }

    #[test]
    fn a_document_comes_back_from_its_row() {
        let learned = Evidence::Learned { rule: LearnedRule::Tail.name(), contexts: 7, documents: 9 };
        let evidences = [
            Evidence::Always,
            Evidence::End,
            Evidence::Edge,
            Evidence::Recurs { contexts: 3 },
            Evidence::Furniture,
            Evidence::Judgement,
            Evidence::Structure,
            Evidence::Heading,
            learned,
            Evidence::Repeated { file: 1, record: 1 << 40 },
        ];
        let others = [Cause::FinalLineEnd, Cause::Normalize(Part::Mojibake)];
        let others = others.map(|cause| Edit { span: Span::new(0, 0), replacement: "".into(), cause });
        let printed = Printed {
            edits: evidences.map(edit).into_iter().chain(others).collect(),
            kept_back: Some("too much".into()),
            bytes: (70_000, 3),
        };
        let mut row = Vec::new();
        printed.write(&mut row).unwrap();
        assert_eq!(Printed::read(&row).unwrap(), printed);
        assert!(Printed::read(&row[..row.len() - 1]).is_err());
        assert!(Printed::read(&[]).is_err());
    }
}
