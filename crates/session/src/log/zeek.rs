//! Records as Zeek writes them: a line each, with tabs between values.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use rheos_core::Timestamp;
use rheos_flow::zeek::LogTime;

use super::{Log, Record, Subject, Value};

/// Writes the lines in front of the first record of a log, which is opened when the first packet
/// comes. [`write_footer`](super::write_footer) writes the one behind the last.
///
/// # Errors
///
/// Those of the writer.
pub fn write_header(output: &mut impl Write, log: &Log, opened: Timestamp) -> io::Result<()> {
    output.write_all(b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n")?;
    write!(output, "#unset_field\t-\n#path\t{}\n", log.name)?;
    write!(output, "#open\t{}\n#fields", LogTime(opened))?;
    log.all_columns().try_for_each(|column| write!(output, "\t{}", column.name))?;
    output.write_all(b"\n#types")?;
    log.all_columns().try_for_each(|column| write!(output, "\t{}", column.kind))?;
    output.write_all(b"\n")
}

/// A record as Zeek writes it, without an end of line.
#[derive(Clone, Copy, Debug)]
pub struct ZeekLine<'a>(pub &'a Record);

impl fmt::Display for ZeekLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { ts, subject, .. } = self.0;
        let (ahead, behind) = self.0.ahead_and_behind();
        write!(f, "{:.6}", ts.unix())?;
        write_values(f, ahead)?;
        match subject {
            Some(Subject { uid, orig, resp, .. }) => {
                write!(f, "\t{uid}\t{}\t{}", orig.ip(), orig.port())?;
                write!(f, "\t{}\t{}", resp.ip(), resp.port())?;
            }
            None => f.write_str("\t-\t-\t-\t-\t-")?,
        }
        write_values(f, behind)
    }
}

fn write_values(f: &mut fmt::Formatter<'_>, values: &[Value]) -> fmt::Result {
    for value in values {
        f.write_char('\t')?;
        write_value(f, value)?;
    }
    Ok(())
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Unset => f.write_char('-'),
        Value::Text(text) => match text.as_str() {
            "" => f.write_str("(empty)"),
            // What stands for no value is written so that it does not.
            "-" => f.write_str("\\x2d"),
            "(empty)" => f.write_str("\\x28empty)"),
            text => escape(f, text, false),
        },
        Value::Count(count) => write!(f, "{count}"),
        Value::Truth(truth) => f.write_char(if *truth { 'T' } else { 'F' }),
        Value::Time(time) => write!(f, "{:.6}", time.unix()),
        Value::Interval(interval) => {
            write!(f, "{}.{:06}", interval.as_secs(), interval.subsec_micros())
        }
        Value::Address(address) => write!(f, "{address}"),
        Value::Texts(texts) => list(f, texts, |f, text| element(f, text)),
        Value::Answers(answers) => list(f, answers, |f, answer| element(f, &answer.data)),
        Value::Intervals(intervals) => list(f, intervals, |f, interval| {
            write!(f, "{}.{:06}", interval.as_secs(), interval.subsec_micros())
        }),
    }
}

/// A text among others.
fn element(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text {
        "" => f.write_str("(empty)"),
        "-" => f.write_str("\\x2d"),
        text => escape(f, text, true),
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    values: &[T],
    mut write: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if values.is_empty() {
        return f.write_str("(empty)");
    }
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            f.write_char(',')?;
        }
        write(f, value)?;
    }
    Ok(())
}

/// Writes text in which no byte ends a value, an element of a set or a line, and none drives a
/// terminal.
fn escape(f: &mut fmt::Formatter<'_>, text: &str, in_set: bool) -> fmt::Result {
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            ',' if in_set => f.write_str("\\x2c")?,
            c if c.is_control() => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes)
                    .bytes()
                    .try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
            }
            c => f.write_char(c)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rheos_core::Timestamp;

    use super::super::record::column;
    use super::super::{Column, Subject};
    use super::*;

    const COLUMNS: &[Column] =
        &[column("name", "string", "name"), column("all", "set[string]", "")];
    static LOG: Log = Log::new("made_up", "made_up", COLUMNS);

    #[track_caller]
    fn check(value: impl Into<Value>, expected: &str) {
        let ts = Timestamp::from_secs(1_700_000_000, 123_456_789);
        let record = Record::new(&LOG, ts, Some(Subject::made_up()), vec![value.into()]);
        let line = ZeekLine(&record).to_string();
        let front = "1700000000.123456\tCuP\t10.0.0.1\t5000\t10.0.0.2\t80\t";
        assert_eq!(line.strip_prefix(front), Some(expected));
    }

    #[test]
    fn values_are_written_as_zeek_does() {
        check("GET", "GET");
        check(Value::Unset, "-");
        check(None::<u64>, "-");
        check(7_u64, "7");
        check(true, "T");
        check(Duration::from_micros(1_500_000), "1.500000");
        check(Value::Texts(vec!["a".into(), "b".into()]), "a,b");
        check(Value::Texts(Vec::new()), "(empty)");
        check(Value::Intervals(vec![Duration::from_secs(60)]), "60.000000");
    }

    #[test]
    fn no_text_looks_like_no_value_or_like_several() {
        check("", "(empty)");
        check("-", "\\x2d");
        check("(empty)", "\\x28empty)");
        check("a\tb\nc\u{1b}[2J\\", "a\\x09b\\x0ac\\x1b[2J\\\\");
        check("a,b", "a,b");
        check(Value::Texts(vec!["a,b".into(), "-".into()]), "a\\x2cb,\\x2d");
    }

    #[test]
    fn the_header_names_every_column_and_its_type() {
        let mut header = Vec::new();
        // date -u -d '2026-11-22 06:12:00' +%s
        write_header(&mut header, &LOG, Timestamp::from_secs(1_795_327_920, 7)).unwrap();
        let header = String::from_utf8(header).unwrap();
        let last: Vec<_> = header.lines().rev().take(4).collect();
        let types = "#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tset[string]";
        let fields = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tname\tall";
        assert_eq!(last, [types, fields, "#open\t2026-11-22-06-12-00", "#path\tmade_up"]);
    }
}
