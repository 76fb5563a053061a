//! The list of connections: each is written once it is over, behind those that began before it.

use std::collections::BTreeMap;
use std::io::Write;

use super::record::{self, Line};
use super::table::Rows as TableRows;
use super::{Format, Told};
use crate::error::Error;
use crate::output::Output;
use crate::time::Origin;

/// Connections that are over and wait for one before them that is not: more than there may be under way at
/// once. Beyond them the first is written where it stands: a capture of a flood has a row for each of its
/// packets, and they are not all kept for one that began before and goes on.
const MAX_WAITING: usize = 1 << 18;

/// Connections that are over, and how they are written.
pub(super) struct List {
    order: Order<Told>,
    rows: Rows,
    pub(super) is_empty: bool,
}

/// How rows are written.
enum Rows {
    Table(Box<TableRows>),
    Json(Output),
    Csv(Box<csv::Writer<Output>>),
}

impl List {
    pub(super) fn new(format: Format) -> Self {
        let output = Output::new();
        let rows = match format {
            Format::Table => Rows::Table(Box::new(TableRows::new(output))),
            Format::Json => Rows::Json(output),
            Format::Csv => Rows::Csv(Box::new(record::csv(output))),
        };
        Self { order: Order::new(MAX_WAITING), rows, is_empty: true }
    }

    /// Adds one, and writes those for which nothing is to be waited any more. Times of a table count from
    /// the origin.
    pub(super) fn add(&mut self, told: Told, origin: Origin) -> Result<(), Error> {
        self.begin()?;
        self.order.push(told.connection.number, told);
        while let Some(told) = self.order.pop() {
            self.rows.write(&told, origin)?;
        }
        Ok(())
    }

    /// Writes the rest, and what a list ends in.
    pub(super) fn finish(mut self, origin: Origin) -> Result<(), Error> {
        self.begin()?;
        for told in self.order.waiting.values() {
            self.rows.write(told, origin)?;
        }
        match self.rows {
            Rows::Table(table) => table.finish(),
            Rows::Json(mut output) => Ok(output.flush()?),
            Rows::Csv(mut csv) => Ok(csv.flush()?),
        }
    }

    /// Writes what stands in front of all rows, which is nothing where nothing can be read.
    fn begin(&mut self) -> Result<(), Error> {
        if self.is_empty
            && let Rows::Csv(csv) = &mut self.rows
        {
            csv.write_record(record::COLUMNS)?;
        }
        self.is_empty = false;
        Ok(())
    }
}

impl Rows {
    fn write(&mut self, told: &Told, origin: Origin) -> Result<(), Error> {
        match self {
            Self::Table(table) => table.add(told, origin)?,
            Self::Json(output) => {
                serde_json::to_writer(&mut *output, &Line::from(told))?;
                output.write_all(b"\n")?;
            }
            Self::Csv(csv) => csv.serialize(Line::from(told))?,
        }
        Ok(())
    }
}

/// Things that have numbers from zero on, in the order of those.
struct Order<T> {
    waiting: BTreeMap<u64, T>,
    /// The number that comes next.
    next: u64,
    /// How many may wait.
    room: usize,
}

impl<T> Order<T> {
    fn new(room: usize) -> Self {
        Self { waiting: BTreeMap::new(), next: 0, room }
    }

    fn push(&mut self, number: u64, thing: T) {
        self.waiting.insert(number, thing);
    }

    /// The first, if nothing is missing in front of it, or too many wait.
    fn pop(&mut self) -> Option<T> {
        let is_full = self.waiting.len() > self.room;
        let first = self.waiting.first_entry()?;
        if *first.key() > self.next && !is_full {
            return None;
        }
        self.next = self.next.max(first.key().saturating_add(1));
        Some(first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out behind each number that goes in.
    fn check(room: usize, numbers: &[u64], expected: &[&[u64]]) {
        let mut order = Order::new(room);
        for (&number, expected) in numbers.iter().zip(expected) {
            order.push(number, number);
            let out: Vec<_> = std::iter::from_fn(|| order.pop()).collect();
            assert_eq!(out, *expected, "behind {number}");
            assert!(order.waiting.len() <= room);
        }
    }

    #[test]
    fn each_waits_for_those_before_it() {
        check(9, &[1, 3, 0, 2, 4], &[&[], &[], &[0, 1], &[2, 3], &[4]]);
    }

    #[test]
    fn one_that_goes_on_does_not_keep_more_than_there_is_room_for() {
        check(2, &[1, 2, 3, 5, 0, 4, 6], &[&[], &[], &[1, 2, 3], &[], &[0], &[4, 5], &[6]]);
    }
}
