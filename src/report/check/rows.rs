//! Rows of a report's file, walked through beside something else in the same order.

use std::collections::VecDeque;

use crate::error::Result;

/// Rows with their numbers, of which two can be seen ahead.
pub(crate) struct Rows<R> {
    source: Box<dyn Iterator<Item = Result<R>>>,
    ahead: VecDeque<(u64, R)>,
    read: u64,
}

impl<R> Rows<R> {
    /// Rows from the first on.
    pub(crate) fn new(rows: impl Iterator<Item = Result<R>> + 'static) -> Self {
        Self { source: Box::new(rows), ahead: VecDeque::new(), read: 0 }
    }

    /// The next row but so many, left where it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn peek(&mut self, ahead: usize) -> Result<Option<&(u64, R)>> {
        while self.ahead.len() <= ahead {
            let Some(row) = self.source.next().transpose()? else { break };
            self.read += 1;
            self.ahead.push_back((self.read, row));
        }
        Ok(self.ahead.get(ahead))
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn take(&mut self) -> Result<Option<(u64, R)>> {
        self.peek(0)?;
        Ok(self.ahead.pop_front())
    }
}
