//! How many of many hashes are different.

/// Hashes beyond which only a part of them is counted.
const COUNTED: usize = 1 << 20;

/// An open-addressed set of hashes, used for one document after another.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<u64>,
}

impl Table {
    /// The number of different `hashes`; beyond a million an estimate from those in a fixed part of the hash space, so
    /// that the table stays small. The error is then below 0.3 % (two standard deviations).
    pub(super) fn count(&mut self, hashes: &[u64]) -> u32 {
        let halvings = hashes.len().div_ceil(COUNTED).next_power_of_two().trailing_zeros();
        self.slots.clear();
        self.slots.resize((2 * hashes.len().min(2 * COUNTED)).next_power_of_two(), 0);
        let counted = if halvings == 0 {
            self.count_all(hashes.iter().copied())
        } else {
            // The low bits say which part a hash is in, the high ones its slot.
            let part = (1 << halvings) - 1;
            self.count_all(hashes.iter().copied().filter(|hash| hash & part == 0))
        };
        u32::try_from(counted << halvings).unwrap_or(u32::MAX)
    }

    fn count_all(&mut self, hashes: impl Iterator<Item = u64>) -> u64 {
        let shift = 64 - self.slots.len().trailing_zeros().max(1);
        let mask = self.slots.len() - 1;
        let mut found = 0;
        let mut zero = 0;
        for hash in hashes {
            if hash == 0 {
                zero = 1;
                continue;
            }
            let mut at = (hash >> shift) as usize & mask;
            while self.slots[at] != 0 && self.slots[at] != hash {
                at = (at + 1) & mask;
            }
            found += u64::from(self.slots[at] == 0);
            self.slots[at] = hash;
        }
        found + zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::shingle::mix;

    #[test]
    fn counts_what_is_different() {
        let mut table = Table::default();
        assert_eq!(table.count(&[]), 0);
        assert_eq!(table.count(&[0, 0]), 1);
        assert_eq!(table.count(&[7]), 1);
        assert_eq!(table.count(&[1, 2, 3, u64::MAX, 1, 0, u64::MAX]), 5);
        let many: Vec<u64> = (0..10_000).map(|at| mix(at % 7_000 + 1)).collect();
        assert_eq!(table.count(&many), 7_000);
    }

    #[test]
    fn estimates_beyond_a_million() {
        let many: Vec<u64> = (0..3_000_000_u64).map(|at| mix(at % 2_000_000 + 1)).collect();
        let found = f64::from(Table::default().count(&many));
        assert!((found - 2e6).abs() < 2e4, "{found}");
    }
}
