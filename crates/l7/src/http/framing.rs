//! Where a message ends ([RFC 9112, section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)).

use super::anomaly::AnomalyKind;
use super::fields::Fields;
use super::head::{Request, Response, Version};

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// Behind as many bytes.
    Counted(u64),
    /// Behind the last chunk.
    Chunked,
    /// With the stream.
    UntilEnd,
    /// Another protocol follows the head.
    Tunnel,
}

/// Where a request ends.
pub(super) fn of_request(request: &Request, anomalies: &mut Vec<AnomalyKind>) -> Framing {
    let hosts = request.fields.all("host").count();
    if hosts > 1 {
        anomalies.push(AnomalyKind::SeveralHosts);
    } else if hosts == 0 && request.version >= Version::HTTP_11 {
        anomalies.push(AnomalyKind::MissingHost);
    }
    match of_fields(&request.fields, request.version, anomalies) {
        // A server answers 400, and one that does not reads no body.
        Some(Framing::UntilEnd) | None => Framing::None,
        Some(framing) => framing,
    }
}

/// Where a response to a request with this method ends.
pub(super) fn of_response(
    response: &Response,
    method: Option<&str>,
    anomalies: &mut Vec<AnomalyKind>,
) -> Framing {
    let (fields, status) = (&response.fields, response.status);
    // RFC 9110, section 15: other numbers are invalid, and no reason for a message without a body.
    if (100..200).contains(&status) || status == 204 {
        if ["content-length", "transfer-encoding"].iter().any(|name| fields.get(name).is_some()) {
            anomalies.push(AnomalyKind::LengthWithoutBody);
        }
        return if status == 101 { Framing::Tunnel } else { Framing::None };
    }
    if method == Some("CONNECT") && (200..300).contains(&status) {
        return Framing::Tunnel;
    }
    // What the fields say is still told, though it is not used.
    let framing = of_fields(fields, response.version, anomalies).unwrap_or(Framing::UntilEnd);
    if status == 304 || method == Some("HEAD") { Framing::None } else { framing }
}

/// What fields say about the end; nothing, if they do not.
fn of_fields(
    fields: &Fields,
    version: Version,
    anomalies: &mut Vec<AnomalyKind>,
) -> Option<Framing> {
    let length = length(fields, anomalies);
    if fields.get("transfer-encoding").is_none() {
        return length;
    }
    if length.is_some() {
        anomalies.push(AnomalyKind::BothLengths);
    }
    let codings: Vec<&[u8]> = fields.list("transfer-encoding").collect();
    let is_chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let known =
        [&b"chunked"[..], b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress", b"identity"];
    if codings.iter().any(|coding| !known.iter().any(|known| coding.eq_ignore_ascii_case(known))) {
        anomalies.push(AnomalyKind::UnknownTransferCoding);
    }
    let chunked = codings.iter().filter(|coding| is_chunked(coding)).count();
    if chunked > 1 || chunked == 1 && !codings.last().is_some_and(is_chunked) {
        anomalies.push(AnomalyKind::ChunkedNotLast);
    }
    if codings.last().is_some_and(is_chunked) {
        if version < Version::HTTP_11 {
            anomalies.push(AnomalyKind::ChunkedInHttp10);
        }
        return Some(Framing::Chunked);
    }
    if codings.iter().all(|coding| coding.eq_ignore_ascii_case(b"identity")) {
        return length;
    }
    Some(Framing::UntilEnd)
}

/// What Content-Length says.
fn length(fields: &Fields, anomalies: &mut Vec<AnomalyKind>) -> Option<Framing> {
    fields.get("content-length")?;
    let mut lengths = fields.list("content-length").map(number);
    let first = lengths.next().flatten();
    let (mut is_repeated, mut differs) = (false, false);
    for other in lengths {
        is_repeated = true;
        differs |= other != first;
    }
    if differs {
        anomalies.push(AnomalyKind::ConflictingLengths);
    } else if is_repeated {
        anomalies.push(AnomalyKind::RepeatedLength);
    }
    if first.is_none() {
        anomalies.push(AnomalyKind::InvalidLength);
    }
    // Without a number the end is not known: that of the stream for a response.
    Some(first.map_or(Framing::UntilEnd, Framing::Counted))
}

/// A length: digits, with any zeros in front, RFC 9110 section 8.6. What does not fit 64 bits is none.
fn number(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use rheos_core::{Side, Timestamp};

    use super::*;

    #[track_caller]
    fn check(fields: &str, version: Version, expected: Option<Framing>, anomalies: &[AnomalyKind]) {
        let mut found = Vec::new();
        let fields = Fields::parse(format!("{fields}\r\n").as_bytes(), &mut found);
        assert_eq!(of_fields(&fields, version, &mut found), expected);
        assert_eq!(found, anomalies);
    }

    #[test]
    fn one_length_counts() {
        let v = Version::HTTP_11;
        check("", v, None, &[]);
        check("Content-Length: 5\r\n", v, Some(Framing::Counted(5)), &[]);
        let zeros = format!("Content-Length: {:032}\r\n", 50);
        check(&zeros, v, Some(Framing::Counted(50)), &[]);
        check("Transfer-Encoding: chunked\r\n", v, Some(Framing::Chunked), &[]);
        check("Transfer-Encoding: gzip, Chunked\r\n", v, Some(Framing::Chunked), &[]);
        check("Transfer-Encoding: gzip\r\n", v, Some(Framing::UntilEnd), &[]);
        check(
            "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
            v,
            Some(Framing::Counted(5)),
            &[AnomalyKind::BothLengths],
        );
    }

    #[test]
    fn several_lengths_are_told() {
        let v = Version::HTTP_11;
        let (five, repeated) = (Some(Framing::Counted(5)), [AnomalyKind::RepeatedLength]);
        check("Content-Length: 5, 5\r\n", v, five, &repeated);
        check("Content-Length: 5\r\ncontent-length: 5\r\n", v, five, &repeated);
        check(
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            v,
            five,
            &[AnomalyKind::ConflictingLengths],
        );
        check(
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            v,
            Some(Framing::Chunked),
            &[AnomalyKind::BothLengths],
        );
    }

    #[test]
    fn lengths_that_are_no_numbers_are_told() {
        for text in ["", "+5", "-1", "5a", "0x5", "5 5", "99999999999999999999"] {
            let field = format!("Content-Length: {text}\r\n");
            let expected = Some(Framing::UntilEnd);
            check(&field, Version::HTTP_11, expected, &[AnomalyKind::InvalidLength]);
        }
    }

    #[test]
    fn hidden_and_misplaced_codings_are_told() {
        let v = Version::HTTP_11;
        let unknown = [AnomalyKind::UnknownTransferCoding];
        check("Transfer-Encoding: xchunked\r\n", v, Some(Framing::UntilEnd), &unknown);
        check("Transfer-Encoding: chunked;x=1\r\n", v, Some(Framing::UntilEnd), &unknown);
        check(
            "Transfer-Encoding: chunked, gzip\r\n",
            v,
            Some(Framing::UntilEnd),
            &[AnomalyKind::ChunkedNotLast],
        );
        let chunked = Some(Framing::Chunked);
        let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n";
        check(twice, v, chunked, &[AnomalyKind::ChunkedNotLast]);
        let old = [AnomalyKind::ChunkedInHttp10];
        check("Transfer-Encoding: chunked\r\n", Version::HTTP_10, chunked, &old);
    }

    #[test]
    fn the_status_and_the_method_go_before_the_fields() {
        let check = |status, method, fields: &str, expected, anomalies: &[AnomalyKind]| {
            let mut found = Vec::new();
            let fields = Fields::parse(format!("{fields}\r\n").as_bytes(), &mut found);
            let (transaction, timestamp, version) = (0, Timestamp::default(), Version::HTTP_11);
            let (side, reason) = (Side::Responder, Box::default());
            let head = Response { transaction, side, timestamp, version, fields, status, reason };
            assert_eq!(of_response(&head, method, &mut found), expected, "{status} {method:?}");
            assert_eq!(found, anomalies);
        };
        let five = "Content-Length: 5\r\n";
        check(200, Some("GET"), five, Framing::Counted(5), &[]);
        check(200, None, "", Framing::UntilEnd, &[]);
        check(200, Some("HEAD"), five, Framing::None, &[]);
        check(304, Some("GET"), five, Framing::None, &[]);
        check(0, Some("GET"), five, Framing::Counted(5), &[]);
        check(0, Some("CONNECT"), five, Framing::Counted(5), &[]);
        check(204, Some("GET"), five, Framing::None, &[AnomalyKind::LengthWithoutBody]);
        check(100, Some("GET"), "", Framing::None, &[]);
        check(101, Some("GET"), "", Framing::Tunnel, &[]);
        check(200, Some("CONNECT"), five, Framing::Tunnel, &[]);
        check(407, Some("CONNECT"), five, Framing::Counted(5), &[]);
    }
}
