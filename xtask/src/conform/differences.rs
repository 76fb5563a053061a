//! Reads `docs/differences.md`: the cases in which we differ from tshark, and why.
//!
//! The cases are the rows of the table whose first column is called `case`:
//!
//! | case | where | theirs | ours | seen in | why |
//!
//! - *where* is a field or layer by tshark's name, `*` standing for any text; ` in CAPTURE` and
//!   ` when malformed` (tshark gave the packet up, or found it cut) narrow it down;
//! - *theirs* and *ours* are what is shown, `*` for any text, `absent` where nothing is, `present`
//!   for a layer, `error` for one that is malformed to us;
//! - *seen in* is a capture that shows the case: a row that explains nothing there is out of date.
//!
//! A table may have one column more, in front of *why*: *against*, the section of an RFC that *theirs* is
//! against, where one is. Such values are told apart from those that may be read in two ways.

use std::sync::atomic::{AtomicU64, Ordering};

/// The column of verdicts, and its place.
const AGAINST: &str = "against";
const AGAINST_PLACE: usize = 5;

/// A difference, to be explained.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) capture: &'a str,
    pub(crate) field: &'a str,
    pub(crate) theirs: &'a str,
    pub(crate) ours: &'a str,
    pub(crate) malformed: bool,
}

/// A row.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    field: String,
    only_in: Option<String>,
    when_malformed: bool,
    theirs: String,
    ours: String,
    seen_in: String,
    /// What theirs is against, if that is settled.
    pub(crate) against: Option<String>,
    /// How many differences it explained.
    pub(crate) used: AtomicU64,
    /// How many of them in the captures where it can be seen.
    used_where_seen: AtomicU64,
}

/// Every row of the table, and what is wrong with those that cannot be read.
pub(crate) fn cases(document: &str) -> Result<Vec<Case>, String> {
    cases_of(document, "case")
}

/// Every row of the table whose first column is called so.
pub(crate) fn cases_of(document: &str, table: &str) -> Result<Vec<Case>, String> {
    let is_header = |line: &&str| cells(line).first().is_some_and(|cell| cell == table);
    let mut rows = document.lines().map(str::trim).skip_while(|line| !is_header(line));
    let has_against =
        rows.next().is_some_and(|header| cells(header).iter().any(|cell| cell == AGAINST));
    let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| case(row, has_against)).collect()
}

fn case(row: &str, has_against: bool) -> Result<Case, String> {
    let mut cells = cells(row);
    let against = (has_against && cells.len() > AGAINST_PLACE).then(|| cells.remove(AGAINST_PLACE));
    let against = against.filter(|section| !section.is_empty());
    let [name, place, theirs, ours, seen_in, why] = <[String; 6]>::try_from(cells)
        .map_err(|cells| format!("{} cells instead of 6: {row}", cells.len()))?;
    if against.as_ref().is_some_and(|section| !section.starts_with("RFC ") || theirs == "absent") {
        return Err(format!("a verdict that is no section of an RFC, or of nothing: {row}"));
    }
    if why.is_empty() || seen_in.is_empty() {
        return Err(format!("a case without a reason or a capture that shows it: {row}"));
    }
    let (place, when_malformed) = match place.strip_suffix(" when malformed") {
        Some(place) => (place.to_owned(), true),
        None => (place, false),
    };
    let (field, only_in) = match place.split_once(" in ") {
        Some((field, capture)) => (field.to_owned(), Some(capture.to_owned())),
        None => (place, None),
    };
    let case =
        Case { name, field, only_in, when_malformed, theirs, ours, seen_in, ..Case::default() };
    Ok(Case { against, ..case })
}

/// The cells of a row, without the quotes of code.
fn cells(row: &str) -> Vec<String> {
    let inner = row.strip_prefix('|').and_then(|row| row.strip_suffix('|')).unwrap_or_default();
    inner.split('|').map(|cell| cell.trim().replace('`', "")).collect()
}

impl Case {
    /// Whether this row explains a difference; counts it if so.
    pub(crate) fn explains(&self, difference: &Difference<'_>) -> bool {
        let explains = (difference.malformed || !self.when_malformed)
            && matches(&self.field, difference.field)
            && self.only_in.as_ref().is_none_or(|only| matches(only, difference.capture))
            && matches(&self.theirs, difference.theirs)
            && matches(&self.ours, difference.ours);
        if explains {
            self.used.fetch_add(1, Ordering::Relaxed);
            let seen = u64::from(matches(&self.seen_in, difference.capture));
            self.used_where_seen.fetch_add(seen, Ordering::Relaxed);
        }
        explains
    }

    /// Whether it explained nothing in the captures compared, though one of them should show it.
    pub(crate) fn is_out_of_date<'a>(&self, mut captures: impl Iterator<Item = &'a str>) -> bool {
        self.used_where_seen.load(Ordering::Relaxed) == 0
            && captures.any(|capture| matches(&self.seen_in, capture))
    }
}

/// Whether a text is what a pattern says, `*` standing for any text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((front, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(front) else { return false };
    if rest.is_empty() {
        return true;
    }
    loop {
        if matches(rest, text) {
            return true;
        }
        let mut chars = text.chars();
        if chars.next().is_none() {
            return false;
        }
        text = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Differences\n\n\
        | case | where | theirs | ours | seen in | why |\n|---|---|---|---|---|---|\n\
        | lengths | `ip.len in a/* when malformed` | `0` | `*` | `a/x.pcap` | it is right |\n\
        | any | `tcp.*` | `absent` | `1*` | `b.pcap` | so |\n\nText.\n| not | a | case |\n";

    fn difference(capture: &'static str, field: &'static str) -> Difference<'static> {
        Difference { capture, field, theirs: "0", ours: "20", malformed: true }
    }

    #[test]
    fn a_row_explains_what_all_of_its_columns_match() {
        let cases = cases(TABLE).unwrap();
        let right = difference("a/x.pcap", "ip.len");
        assert!(cases[0].explains(&right));
        assert!(!cases[0].explains(&Difference { malformed: false, ..right }));
        assert!(!cases[0].explains(&Difference { capture: "b", ..right }));
        assert!(!cases[0].explains(&Difference { field: "ip.id", ..right }));
        assert!(!cases[0].explains(&Difference { theirs: "1", ..right }));
        let other = Difference { field: "tcp.x.y", theirs: "absent", ours: "17", ..right };
        assert!(
            cases[1].explains(&other) && !cases[1].explains(&Difference { ours: "2", ..other })
        );
        assert_eq!(cases.len(), 2);
    }

    #[test]
    fn a_row_is_out_of_date_when_its_capture_no_longer_shows_it() {
        let cases = cases(TABLE).unwrap();
        assert!(!cases[0].is_out_of_date(["a/y.pcap"].into_iter()), "its capture was not there");
        assert!(cases[0].is_out_of_date(["a/x.pcap"].into_iter()));
        cases[0].explains(&difference("a/y.pcap", "ip.len"));
        assert!(cases[0].is_out_of_date(["a/x.pcap"].into_iter()), "it explained another one only");
        cases[0].explains(&difference("a/x.pcap", "ip.len"));
        assert!(!cases[0].is_out_of_date(["a/x.pcap"].into_iter()));
    }

    #[test]
    fn a_row_without_a_reason_or_with_a_cell_too_many_is_an_error() {
        let table = |row: &str| format!("| case | w | t | o | s | why |\n|---|\n{row}\n");
        assert!(cases(&table("| a | b | c | d | e | |")).is_err());
        assert!(cases(&table("| a | b | c | d | e | f | g |")).is_err());
        assert_eq!(cases("no table").unwrap().len(), 0);
    }

    #[test]
    fn a_verdict_is_a_section_of_an_rfc() {
        let table = |row: &str| format!("| case | w | t | o | s | against | why |\n|---|\n{row}\n");
        let cases =
            cases(&table("| a | b | c | d | e | RFC 959 5.3 | f |\n| a | b | c | d | e | | f |"));
        let against: Vec<_> = cases.unwrap().into_iter().map(|case| case.against).collect();
        assert_eq!(against, [Some("RFC 959 5.3".to_owned()), None]);
        for row in ["a | b | c | d | e | surely | f", "a | b | absent | d | e | RFC 959 5.3 | f"] {
            assert!(super::cases(&table(&format!("| {row} |"))).is_err());
        }
        assert!(super::cases(&table("| a | b | c | d | e | f |")).is_err());
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c*", "abcb", true),
            ("*.pcap", "a.pcapng", false),
            ("a", "ab", false),
            ("*b*d", "abcd", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
