//! Pairs put forward in one round: in memory as long as they are few, beyond that in a file, dealt out by place, so that each part
//! of them is looked at on its own.

use crate::store::Parts;

use super::index::Shared;
use super::pairing::{Evidence, sum};
use super::spilled::{Workspace, deal_pairs, pairs_of};

/// Bytes of the workspace to each pair that may be held: it takes 16, and as much again while it is sorted; the rest is left to what is
/// read of them later.
const SHARE: u64 = 64;
/// Pairs that are held at least.
const LEAST: u64 = 1 << 16;

/// Pairs, any of them more than once.
pub(super) struct Pile<'a> {
    held: Vec<Evidence>,
    /// Pairs that are held at most.
    most: usize,
    dealt: Option<Parts>,
    /// Parts to deal them out to.
    parts: usize,
    places: usize,
    workspace: &'a Workspace<'a>,
}

impl<'a> Pile<'a> {
    /// An empty one, of pairs of so many places. Its parts will be those of the weak pairs of `shared`, if there are any.
    pub(super) fn new(places: usize, shared: &Shared, workspace: &'a Workspace<'a>) -> Self {
        let parts = shared.weak.as_ref().map_or_else(|| workspace.parts_of_crowds(places), |weak| weak.len());
        let most = (workspace.bytes / SHARE).max(LEAST) as usize;
        Self { held: Vec::new(), most, dealt: None, parts, places, workspace }
    }

    /// Hands over the pairs of each part, sorted and summed up, with the number of the part; `None` for all of them, which are few.
    pub(super) fn each_part(mut self, mut each: impl FnMut(Option<usize>, Vec<Evidence>)) {
        if self.dealt.is_some() {
            self.deal();
        }
        let mut held = std::mem::take(&mut self.held);
        let Some(dealt) = self.dealt else {
            sum(&mut held);
            return each(None, held);
        };
        drop(held);
        for part in 0..dealt.len() {
            let mut pairs = pairs_of(&dealt.read(part));
            sum(&mut pairs);
            each(Some(part), pairs);
        }
    }

    fn deal(&mut self) {
        sum(&mut self.held);
        let new = || Parts::new(self.parts, self.workspace.folder, self.workspace.faults);
        deal_pairs(&self.held, self.places as u64, self.dealt.get_or_insert_with(new));
        self.held.clear();
    }
}

impl Extend<Evidence> for Pile<'_> {
    fn extend<I: IntoIterator<Item = Evidence>>(&mut self, pairs: I) {
        self.held.extend(pairs);
        if self.held.len() >= self.most {
            self.deal();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::pairing::key;
    use super::*;
    use crate::store::BlockFile;

    fn drawn(pile: Pile<'_>) -> (Vec<Evidence>, usize) {
        let (mut all, mut parts) = (Vec::new(), 0);
        pile.each_part(|_, pairs| {
            all.extend(pairs);
            parts += 1;
        });
        (all, parts)
    }

    #[test]
    fn what_is_dealt_out_comes_back_as_what_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let faults = Arc::new(BlockFile::temporary(folder.path()));
        let workspace = Workspace { bytes: 0, folder: folder.path(), faults: &faults };
        let pairs = (0..300_000_u32).map(|at| (key(at * 7919 % 1000, 1000 + at % 300), 1 + at % 3));
        let pile = |most: usize| {
            let mut pile = Pile { most, ..Pile::new(1300, &Shared::default(), &workspace) };
            pairs.clone().for_each(|pair| pile.extend([pair]));
            drawn(pile)
        };
        let (held, dealt) = (pile(usize::MAX), pile(10_000));
        assert_eq!((held.0, held.1), (dealt.0, 1));
        assert!(dealt.1 > 1 && faults.check().is_ok());
    }
}
