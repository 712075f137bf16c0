//! What is asked of a program that kept its memories in a database: which tables, and what a row of them is.
//! It must not know SQL, nor which columns a version of the program has.
//! Invariant: tables come in an order in which a row needs nothing of a later one.

use super::Given;
use super::record::Record;

/// A database of another program, row by row.
pub trait Database {
    /// The name of this source.
    fn source(&self) -> &'static str;
    /// A table that it cannot be without, and a column of that.
    fn mark(&self) -> (&'static str, &'static str);
    /// Tables that are read, where they are there.
    fn tables(&self) -> &'static [&'static str];
    /// What a row gives, `number` being its own; none where it only tells what later rows need.
    fn row(&mut self, table: &str, number: u64, record: Record<'_>) -> Option<Given>;
}
