//! The options of TCP, as [IANA](https://www.iana.org/assignments/tcp-parameters) lists them.

use std::iter::FusedIterator;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::tcp::span;
use crate::octet_options::{OctetOption, OctetOptions};
use crate::{FieldSink, Malformed, MptcpOption};

pub(super) const END_OF_LIST: u8 = 0; // RFC 9293, section 3.2
pub(super) const NO_OPERATION: u8 = 1; // RFC 9293, section 3.2
pub(super) const MAXIMUM_SEGMENT_SIZE: u8 = 2; // RFC 9293, section 3.2
pub(super) const WINDOW_SCALE: u8 = 3; // RFC 7323, section 2.2
pub(super) const SACK_PERMITTED: u8 = 4; // RFC 2018, section 2
pub(super) const SACK: u8 = 5; // RFC 2018, section 3
pub(super) const ECHO: u8 = 6; // RFC 1072
pub(super) const ECHO_REPLY: u8 = 7; // RFC 1072
pub(super) const TIMESTAMPS: u8 = 8; // RFC 7323, section 3.2
pub(super) const CC: u8 = 11; // RFC 1644
pub(super) const CC_NEW: u8 = 12; // RFC 1644
pub(super) const CC_ECHO: u8 = 13; // RFC 1644
pub(super) const MD5_SIGNATURE: u8 = 19; // RFC 2385, section 3.0
pub(super) const QUICK_START: u8 = 27; // RFC 4782
pub(super) const USER_TIMEOUT: u8 = 28; // RFC 5482
pub(super) const AUTHENTICATION: u8 = 29; // RFC 5925, section 2.2
pub(super) const MULTIPATH: u8 = 30; // RFC 8684, section 3
pub(super) const FAST_OPEN: u8 = 34; // RFC 7413, section 4.1.1
pub(super) const ACCURATE_ECN_0: u8 = 172; // RFC 9768, section 3.2.3
pub(super) const ACCURATE_ECN_1: u8 = 174; // RFC 9768, section 3.2.3
pub(super) const EXPERIMENT_1: u8 = 253; // RFC 6994, section 3
pub(super) const EXPERIMENT_2: u8 = 254; // RFC 6994, section 3

/// The experiment that Fast Open was before it got a kind of its own.
const EXPERIMENT_FAST_OPEN: u16 = 0xf989;
/// The experiment that Accurate ECN of order 0 was before it got a kind of its own.
const EXPERIMENT_ACCURATE_ECN_0: u16 = 0xacc0;
/// The experiment that Accurate ECN of order 1 was before it got a kind of its own.
const EXPERIMENT_ACCURATE_ECN_1: u16 = 0xacc1;

/// RFC 7323, section 2.3: a larger shift counts as this one.
const MAX_SHIFT: u8 = 14;

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TcpOption<'a> {
    /// Behind this there is only padding.
    EndOfList,
    /// Padding between options.
    NoOperation,
    /// The largest segment that the sender takes, in bytes of payload.
    MaximumSegmentSize(u16),
    /// By how many bits the sender's windows are to be shifted to the left.
    WindowScale(u8),
    /// The sender understands selective acknowledgments.
    SackPermitted,
    /// Selective acknowledgment: what has arrived out of order.
    Sack(&'a [SackBlock]),
    /// What the receiver is to send back.
    Echo(u32),
    /// What the receiver has sent.
    EchoReply(u32),
    /// Clock of the sender, and what it has last seen of the receiver's.
    Timestamps { value: u32, echo_reply: u32 },
    /// Connection count of T/TCP.
    ConnectionCount(u32),
    /// Connection count of T/TCP that need not be larger than the one before.
    ConnectionCountNew(u32),
    /// Connection count of T/TCP that has arrived.
    ConnectionCountEcho(u32),
    /// MD5 digest of the segment and a shared key.
    Md5Signature(&'a [u8; 16]),
    /// Quick-Start response: the rate that is granted, four bits, see RFC 4782 section 3.1.
    QuickStart { rate: u8, ttl_difference: u8, nonce: u32 },
    /// How long sent data may stay unacknowledged.
    UserTimeout { in_minutes: bool, timeout: u16 },
    /// TCP-AO: message authentication code of the segment, and the numbers of two shared keys.
    Authentication { key_id: u8, receive_next_key_id: u8, mac: &'a [u8] },
    /// Multipath TCP.
    Multipath(MptcpOption<'a>),
    /// Fast Open cookie; empty if the sender wants one. Under the kind of its own or as an
    /// experiment.
    FastOpen(&'a [u8]),
    /// Accurate ECN: bytes received with ECT(0), CE and ECT(1), 24 bits each, as far as they are
    /// sent: in this order, or in reverse if `order` is 1. Under the kinds of its own or as an
    /// experiment.
    AccurateEcn { order: u8, ee0b: Option<u32>, eceb: Option<u32>, ee1b: Option<u32> },
    /// An experiment without a meaning here.
    Experiment { kind: u8, id: u16, data: &'a [u8] },
    /// A kind named above, of a length that its specification rules out.
    BadLength { kind: u8, data: &'a [u8] },
    /// A kind without a meaning here.
    Unknown { kind: u8, data: &'a [u8] },
}

/// A run of bytes that has arrived.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SackBlock {
    /// Number of its first byte.
    pub left_edge: U32,
    /// Number of the byte behind it.
    pub right_edge: U32,
}

/// The options of a segment. An option whose length makes no sense to walk by is an error and the
/// last item; one that only its kind rules out is [`TcpOption::BadLength`].
#[derive(Clone, Debug)]
pub struct TcpOptions<'a>(OctetOptions<'a>);

impl<'a> TcpOptions<'a> {
    pub(crate) fn new(options: &'a [u8]) -> Self {
        Self(OctetOptions::new(options))
    }
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = Result<TcpOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|option| TcpOption::read(option.kind, option.data)))
    }
}

impl FusedIterator for TcpOptions<'_> {}

/// The shift of the first window scale option, in front of what cannot be walked by.
pub(super) fn window_scale(options: &[u8]) -> Option<u8> {
    OctetOptions::new(options).map_while(Result::ok).find_map(|option| match option {
        OctetOption { kind: WINDOW_SCALE, data: &[shift], .. } => Some(shift),
        _ => None,
    })
}

impl<'a> TcpOption<'a> {
    fn read(kind: u8, data: &'a [u8]) -> Self {
        let known = match kind {
            END_OF_LIST => Some(Self::EndOfList),
            NO_OPERATION => Some(Self::NoOperation),
            MAXIMUM_SEGMENT_SIZE => {
                array(data).map(u16::from_be_bytes).map(Self::MaximumSegmentSize)
            }
            WINDOW_SCALE => array(data).map(|[shift]| Self::WindowScale(shift)),
            SACK_PERMITTED => data.is_empty().then_some(Self::SackPermitted),
            SACK => <[SackBlock]>::ref_from_bytes(data).ok().map(Self::Sack),
            ECHO => number(data).map(Self::Echo),
            ECHO_REPLY => number(data).map(Self::EchoReply),
            TIMESTAMPS => array(data).map(|[a, b, c, d, e, f, g, h]| Self::Timestamps {
                value: u32::from_be_bytes([a, b, c, d]),
                echo_reply: u32::from_be_bytes([e, f, g, h]),
            }),
            CC => number(data).map(Self::ConnectionCount),
            CC_NEW => number(data).map(Self::ConnectionCountNew),
            CC_ECHO => number(data).map(Self::ConnectionCountEcho),
            MD5_SIGNATURE => data.try_into().ok().map(Self::Md5Signature),
            QUICK_START => array(data).map(|[rate, ttl_difference, a, b, c, d]| Self::QuickStart {
                rate: rate & 0x0f,
                ttl_difference,
                nonce: u32::from_be_bytes([a, b, c, d]) >> 2,
            }),
            USER_TIMEOUT => array(data).map(u16::from_be_bytes).map(|word| Self::UserTimeout {
                in_minutes: word & 0x8000 != 0,
                timeout: word & 0x7fff,
            }),
            AUTHENTICATION => match *data {
                [key_id, receive_next_key_id, ref mac @ ..] => {
                    Some(Self::Authentication { key_id, receive_next_key_id, mac })
                }
                _ => None,
            },
            MULTIPATH => MptcpOption::read(data).map(Self::Multipath),
            FAST_OPEN => Some(Self::FastOpen(data)),
            ACCURATE_ECN_0 => accurate_ecn(data, 0),
            ACCURATE_ECN_1 => accurate_ecn(data, 1),
            EXPERIMENT_1 | EXPERIMENT_2 => experiment(kind, data),
            _ => Some(Self::Unknown { kind, data }),
        };
        known.unwrap_or(Self::BadLength { kind, data })
    }
}

fn experiment(kind: u8, data: &[u8]) -> Option<TcpOption<'_>> {
    let (&id, data) = data.split_first_chunk()?;
    match u16::from_be_bytes(id) {
        EXPERIMENT_FAST_OPEN => Some(TcpOption::FastOpen(data)),
        EXPERIMENT_ACCURATE_ECN_0 => accurate_ecn(data, 0),
        EXPERIMENT_ACCURATE_ECN_1 => accurate_ecn(data, 1),
        id => Some(TcpOption::Experiment { kind, id, data }),
    }
}

fn accurate_ecn(data: &[u8], order: u8) -> Option<TcpOption<'static>> {
    let (counters, rest) = data.as_chunks();
    let mut counters = counters.iter().map(|&[a, b, c]| u32::from_be_bytes([0, a, b, c]));
    let (first, eceb, third) = (counters.next(), counters.next(), counters.next());
    let (ee0b, ee1b) = if order == 0 { (first, third) } else { (third, first) };
    let whole = rest.is_empty() && counters.next().is_none();
    whole.then_some(TcpOption::AccurateEcn { order, ee0b, eceb, ee1b })
}

fn array<const N: usize>(data: &[u8]) -> Option<[u8; N]> {
    data.try_into().ok()
}

fn number(data: &[u8]) -> Option<u32> {
    array(data).map(u32::from_be_bytes)
}

/// Reports the options that start at byte `start` of their layer, up to the first error.
pub(super) fn fields(options: &[u8], start: usize, sink: &mut dyn FieldSink) {
    if options.is_empty() {
        return;
    }
    sink.bytes("tcp.options", options, start..start.saturating_add(options.len()));
    let mut list = OctetOptions::new(options);
    while let Some(option) = sink.sound(list.next(), start.saturating_add(list.place())) {
        let at = option.bytes(start).start;
        sink.number("tcp.option_kind", option.kind, span(at, 0, 1));
        if option.has_length() {
            let len = (option.data.len() as u64).saturating_add(2);
            sink.number("tcp.option_len", len, span(at, 1, 1));
            value(&option, at, sink);
        } else if option.kind == END_OF_LIST {
            // Each byte of padding is the end of the list once more, as tshark sees it.
            let behind = options.get(option.at..).unwrap_or_default().iter().skip(1);
            for (padding, _) in (1..).zip(behind.take_while(|&&byte| byte == END_OF_LIST)) {
                sink.number("tcp.option_kind", END_OF_LIST, span(at, padding, 1));
            }
        }
    }
}

/// Reports what stands behind the length of an option at byte `at`.
fn value(option: &OctetOption<'_>, mut at: usize, sink: &mut dyn FieldSink) {
    let (mut data, option_at) = (option.data, at);
    if let (EXPERIMENT_1 | EXPERIMENT_2, Some((&id, behind))) =
        (option.kind, data.split_first_chunk())
    {
        sink.number("tcp.options.experimental.exid", u16::from_be_bytes(id), span(at, 2, 2));
        (at, data) = (at.saturating_add(2), behind);
    }
    let rest = span(at, 2, data.len());
    match TcpOption::read(option.kind, option.data) {
        TcpOption::MaximumSegmentSize(size) => sink.number("tcp.options.mss_val", size, rest),
        TcpOption::WindowScale(shift) => {
            sink.number("tcp.options.wscale.shift", shift, rest.clone());
            sink.number("tcp.options.wscale.multiplier", 1_u32 << shift.min(MAX_SHIFT), rest);
        }
        TcpOption::Sack(blocks) => {
            for (block, left) in blocks.iter().zip((2..).step_by(size_of::<SackBlock>())) {
                sink.number("tcp.options.sack_le", block.left_edge, span(at, left, 4));
                let right = left.saturating_add(4);
                sink.number("tcp.options.sack_re", block.right_edge, span(at, right, 4));
            }
            sink.number("tcp.options.sack.count", blocks.len() as u64, span(at, 0, 0));
        }
        TcpOption::Echo(value) | TcpOption::EchoReply(value) => {
            sink.number("tcp.options.echo_value", value, rest);
        }
        TcpOption::Timestamps { value, echo_reply } => {
            sink.number("tcp.options.timestamp.tsval", value, span(at, 2, 4));
            sink.number("tcp.options.timestamp.tsecr", echo_reply, span(at, 6, 4));
        }
        TcpOption::ConnectionCount(count)
        | TcpOption::ConnectionCountNew(count)
        | TcpOption::ConnectionCountEcho(count) => {
            sink.number("tcp.options.cc_value", count, rest);
        }
        TcpOption::Md5Signature(digest) => sink.bytes("tcp.options.md5.digest", digest, rest),
        TcpOption::QuickStart { rate, ttl_difference, .. } => {
            sink.number("tcp.options.qs.rate", rate, span(at, 2, 1));
            sink.number("tcp.options.qs.ttl_diff", ttl_difference, span(at, 3, 1));
        }
        TcpOption::UserTimeout { in_minutes, timeout } => {
            sink.flag("tcp.options.user_to_granularity", in_minutes, rest.clone());
            sink.number("tcp.options.user_to_val", timeout, rest);
        }
        TcpOption::Authentication { key_id, receive_next_key_id, mac } => {
            sink.number("tcp.options.ao.keyid", key_id, span(at, 2, 1));
            sink.number("tcp.options.ao.rnextkeyid", receive_next_key_id, span(at, 3, 1));
            if !mac.is_empty() {
                sink.bytes("tcp.options.ao.mac", mac, span(at, 4, mac.len()));
            }
        }
        TcpOption::Multipath(mptcp) => mptcp.fields(data, at, sink),
        TcpOption::FastOpen([]) => sink.bytes("tcp.options.tfo.request", &[], span(at, 0, 2)),
        TcpOption::FastOpen(cookie) => sink.bytes("tcp.options.tfo.cookie", cookie, rest),
        TcpOption::AccurateEcn { order, ee0b, eceb, ee1b } => {
            let mut counters = [
                ("tcp.options.acc_ecn.ee0b", ee0b),
                ("tcp.options.acc_ecn.eceb", eceb),
                ("tcp.options.acc_ecn.ee1b", ee1b),
            ];
            if order != 0 {
                counters.reverse();
            }
            for ((name, counter), place) in counters.into_iter().zip((2..).step_by(3)) {
                if let Some(counter) = counter {
                    sink.number(name, counter, span(at, place, 3));
                }
            }
        }
        TcpOption::EndOfList
        | TcpOption::NoOperation
        | TcpOption::SackPermitted
        | TcpOption::Experiment { data: [], .. }
        | TcpOption::Unknown { data: [], .. } => {}
        TcpOption::Experiment { .. } => sink.bytes("tcp.options.experimental.data", data, rest),
        TcpOption::Unknown { .. } => sink.bytes("tcp.options.unknown.payload", data, rest),
        TcpOption::BadLength { kind, data } => {
            if let (MULTIPATH, [first, ..]) = (kind, data) {
                sink.number("tcp.options.mptcp.subtype", first >> 4, span(at, 2, 1));
            }
            let value = (data.len() as u64).saturating_add(2);
            sink.fault(Malformed::Field { name: "option length", value }, option_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Field;

    type Found<'a> = Result<TcpOption<'a>, Malformed>;

    #[track_caller]
    fn check(options: &[u8], expected: &[Found<'_>]) {
        assert_eq!(TcpOptions::new(options).collect::<Vec<_>>(), expected);
    }

    /// What tshark 4.0.17 shows of these options, behind the whole of them, as `name@place+length=value`.
    #[track_caller]
    fn check_fields(options: &[u8], expected: &str) {
        let mut found = Vec::new();
        fields(options, 20, &mut |field: Field<'_>| {
            let Field { name, value, bytes } = field;
            let name = name.trim_start_matches("tcp.option").trim_start_matches("s.");
            found.push(format!("{name}@{}+{}={value}", bytes.start, bytes.len()));
        });
        assert_eq!(found[1..].join(" "), expected);
    }

    #[test]
    fn options_of_one_segment_come_in_order() {
        check(
            b"\x02\x04\x05\xb4\x04\x02\x08\x0a\x7b\x66\x49\x1f\0\0\0\0\x01\x03\x03\x07",
            &[
                Ok(TcpOption::MaximumSegmentSize(1460)),
                Ok(TcpOption::SackPermitted),
                Ok(TcpOption::Timestamps { value: 2_070_300_959, echo_reply: 0 }),
                Ok(TcpOption::NoOperation),
                Ok(TcpOption::WindowScale(7)),
            ],
        );
    }

    #[test]
    fn each_kind_is_read() {
        let block =
            |left, right| SackBlock { left_edge: U32::new(left), right_edge: U32::new(right) };
        let cases: &[(&[u8], TcpOption<'_>)] = &[
            (b"\x05\x0a\0\0\0\x01\0\0\0\x02", TcpOption::Sack(&[block(1, 2)])),
            (
                b"\x05\x12\0\0\0\x01\0\0\0\x02\0\0\0\x05\xff\0\0\x09",
                TcpOption::Sack(&[block(1, 2), block(5, 0xff00_0009)]),
            ),
            (b"\x06\x06\xde\xad\xbe\xef", TcpOption::Echo(0xdead_beef)),
            (b"\x07\x06\xde\xad\xbe\xef", TcpOption::EchoReply(0xdead_beef)),
            (b"\x0b\x06\0\0\0\x11", TcpOption::ConnectionCount(17)),
            (b"\x0c\x06\0\0\0\x12", TcpOption::ConnectionCountNew(18)),
            (b"\x0d\x06\0\0\0\x13", TcpOption::ConnectionCountEcho(19)),
            (b"\x13\x12digest of 16 byt", TcpOption::Md5Signature(b"digest of 16 byt")),
            (
                b"\x1b\x08\xf5\x12\xde\xad\xbe\xef",
                TcpOption::QuickStart { rate: 5, ttl_difference: 18, nonce: 0x37ab_6fbb },
            ),
            (b"\x1c\x04\x80\x1e", TcpOption::UserTimeout { in_minutes: true, timeout: 30 }),
            (b"\x1c\x04\x7f\xff", TcpOption::UserTimeout { in_minutes: false, timeout: 32767 }),
            (
                b"\x1d\x06\x01\x02ab",
                TcpOption::Authentication { key_id: 1, receive_next_key_id: 2, mac: b"ab" },
            ),
            (b"\x22\x02", TcpOption::FastOpen(b"")),
            (b"\x22\x08cookie", TcpOption::FastOpen(b"cookie")),
            (b"\xfe\x04\xf9\x89", TcpOption::FastOpen(b"")),
            (b"\xfd\x0a\xf9\x89cookie", TcpOption::FastOpen(b"cookie")),
            (b"\xfd\x06\xab\xcdhi", TcpOption::Experiment { kind: 253, id: 0xabcd, data: b"hi" }),
            (b"\x0e\x03\xaa", TcpOption::Unknown { kind: 14, data: b"\xaa" }),
            (b"\xff\x02", TcpOption::Unknown { kind: 255, data: b"" }),
        ];
        for (bytes, option) in cases {
            check(bytes, &[Ok(*option)]);
        }
    }

    #[test]
    fn accurate_ecn_counters_may_be_left_out_from_the_end() {
        let counters =
            |order, ee0b, eceb, ee1b| [Ok(TcpOption::AccurateEcn { order, ee0b, eceb, ee1b })];
        check(b"\xac\x02", &counters(0, None, None, None));
        check(b"\xac\x05\0\0\x07", &counters(0, Some(7), None, None));
        check(b"\xae\x08\0\0\x07\0\0\x09", &counters(1, None, Some(9), Some(7)));
        check(
            b"\xac\x0b\0\0\x01\0\0\x02\xff\xff\xff",
            &counters(0, Some(1), Some(2), Some(0xff_ffff)),
        );
        check(b"\xae\x0b\0\0\x01\0\0\x02\0\0\x03", &counters(1, Some(3), Some(2), Some(1)));
        check(b"\xfe\x0d\xac\xc1\0\0\x01\0\0\x02\0\0\x03", &counters(1, Some(3), Some(2), Some(1)));
    }

    #[test]
    fn a_length_that_the_kind_rules_out_does_not_end_the_list() {
        let bad: &[&[u8]] = &[
            b"\x02\x03\xaa",
            b"\x02\x06\x05\xb4\x01\x02",
            b"\x03\x02",
            b"\x04\x03\0",
            b"\x05\x06\0\0\0\x01",
            b"\x05\x0c\0\0\0\x01\0\0\0\x02\x03\x04",
            b"\x06\x05\0\0\0",
            b"\x08\x09\x01\x02\x03\x04\x05\x06\x07",
            b"\x0c\x05\0\0\0",
            b"\x13\x06\0\x01\xaa\xbb",
            b"\x1b\x07\x05\x12\xde\xad\xbe",
            b"\x1c\x03\0",
            b"\x1d\x03\x01",
            b"\x1e\x02",
            b"\xac\x04\0\xaa",
            b"\xae\x0e\0\0\x01\0\0\x02\0\0\x03\0\0\x04",
            b"\xfd\x03\xab",
            b"\xfe\x06\xac\xc0\0\0",
        ];
        for option in bad {
            let (kind, data) = (option[0], &option[2..]);
            let bytes = [*option, b"\x01"].concat();
            check(&bytes, &[Ok(TcpOption::BadLength { kind, data }), Ok(TcpOption::NoOperation)]);
        }
    }

    // peers 8.2: option iterators fused on error
    #[test]
    fn a_length_to_walk_by_that_makes_no_sense_ends_the_list() {
        let length = |value| Err(Malformed::Field { name: "option length", value });
        check(b"\x02\0\x01\x01", &[length(0)]);
        check(b"\x01\x02\x01\x01", &[Ok(TcpOption::NoOperation), length(1)]);
        check(b"\xff\0\0\0", &[length(0)]);
        check(b"\x02\x04\x05", &[Err(Malformed::Truncated { need: 4, have: 3 })]);
        check(
            b"\x04\x02\x08",
            &[Ok(TcpOption::SackPermitted), Err(Malformed::Truncated { need: 2, have: 1 })],
        );
    }

    #[test]
    fn padding_behind_the_end_is_not_read() {
        check(b"\x01\0\x02\x04", &[Ok(TcpOption::NoOperation), Ok(TcpOption::EndOfList)]);
        check(b"", &[]);
    }

    #[test]
    fn fields_are_those_of_tshark() {
        let cases: &[(&[u8], &str)] = &[
            (b"\x02\x04\x05\xb4", "_kind@20+1=2 _len@21+1=4 mss_val@22+2=1460"),
            (
                b"\x03\x03\x0f\x01",
                "_kind@20+1=3 _len@21+1=3 wscale.shift@22+1=15 wscale.multiplier@22+1=16384 _kind@23+1=1",
            ),
            (b"\x04\x02\x01\x01", "_kind@20+1=4 _len@21+1=2 _kind@22+1=1 _kind@23+1=1"),
            (
                b"\x01\x01\x05\x12\0\0\0\x01\0\0\0\x02\0\0\0\x05\0\0\0\x09",
                "_kind@20+1=1 _kind@21+1=1 _kind@22+1=5 _len@23+1=18 sack_le@24+4=1 sack_re@28+4=2 \
                 sack_le@32+4=5 sack_re@36+4=9 sack.count@22+0=2",
            ),
            (
                b"\x08\x0a\x01\x02\x03\x04\x05\x06\x07\x08\0\0",
                "_kind@20+1=8 _len@21+1=10 timestamp.tsval@22+4=16909060 \
                 timestamp.tsecr@26+4=84281096 _kind@30+1=0 _kind@31+1=0",
            ),
            (b"\x06\x06\xde\xad\xbe\xef", "_kind@20+1=6 _len@21+1=6 echo_value@22+4=3735928559"),
            (b"\x0c\x06\0\0\0\x12", "_kind@20+1=12 _len@21+1=6 cc_value@22+4=18"),
            (
                b"\x13\x12\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
                "_kind@20+1=19 _len@21+1=18 md5.digest@22+16=000102030405060708090a0b0c0d0e0f",
            ),
            (
                b"\x1d\x08\x01\x02\xaa\xbb\xcc\xdd",
                "_kind@20+1=29 _len@21+1=8 ao.keyid@22+1=1 ao.rnextkeyid@23+1=2 ao.mac@24+4=aabbccdd",
            ),
            (b"\x1d\x04\x01\x02", "_kind@20+1=29 _len@21+1=4 ao.keyid@22+1=1 ao.rnextkeyid@23+1=2"),
            (b"\x22\x02", "_kind@20+1=34 _len@21+1=2 tfo.request@20+2="),
            (b"\x22\x04\x11\x22", "_kind@20+1=34 _len@21+1=4 tfo.cookie@22+2=1122"),
            (
                b"\xfe\x04\xf9\x89",
                "_kind@20+1=254 _len@21+1=4 experimental.exid@22+2=63881 tfo.request@22+2=",
            ),
            (
                b"\xfe\x08\xf9\x89\x01\x02\xaa\xbb",
                "_kind@20+1=254 _len@21+1=8 experimental.exid@22+2=63881 tfo.cookie@24+4=0102aabb",
            ),
            (b"\xfd\x04\xab\xcd", "_kind@20+1=253 _len@21+1=4 experimental.exid@22+2=43981"),
            (
                b"\xfd\x06\xab\xcd\x12\x34",
                "_kind@20+1=253 _len@21+1=6 experimental.exid@22+2=43981 experimental.data@24+2=1234",
            ),
            (b"\xfd\x03\xab\x01", "_kind@20+1=253 _len@21+1=3 _kind@23+1=1"),
            (
                b"\x1c\x04\x80\x1e",
                "_kind@20+1=28 _len@21+1=4 user_to_granularity@22+2=1 user_to_val@22+2=30",
            ),
            (
                b"\x1b\x08\xf5\x12\xde\xad\xbe\xec",
                "_kind@20+1=27 _len@21+1=8 qs.rate@22+1=5 qs.ttl_diff@23+1=18",
            ),
            (
                b"\xac\x0b\0\0\x01\0\0\x02\0\0\x03",
                "_kind@20+1=172 _len@21+1=11 acc_ecn.ee0b@22+3=1 acc_ecn.eceb@25+3=2 acc_ecn.ee1b@28+3=3",
            ),
            (
                b"\xae\x08\0\0\x07\0\0\x09",
                "_kind@20+1=174 _len@21+1=8 acc_ecn.ee1b@22+3=7 acc_ecn.eceb@25+3=9",
            ),
            (
                b"\xfe\x0d\xac\xc1\0\0\x01\0\0\x02\0\0\x03",
                "_kind@20+1=254 _len@21+1=13 experimental.exid@22+2=44225 acc_ecn.ee1b@24+3=1 \
                 acc_ecn.eceb@27+3=2 acc_ecn.ee0b@30+3=3",
            ),
            (b"\x0e\x03\xaa\x01", "_kind@20+1=14 _len@21+1=3 unknown.payload@22+1=aa _kind@23+1=1"),
            (b"\x02\x03\xaa\0", "_kind@20+1=2 _len@21+1=3 _kind@23+1=0"),
            (b"\x02\0\0\0", ""),
            (b"\x12\x02\xaa\xbb", "_kind@20+1=18 _len@21+1=2"),
            (b"\0\0\0\0", "_kind@20+1=0 _kind@21+1=0 _kind@22+1=0 _kind@23+1=0"),
            (b"\0\xaa\xbb\xcc", "_kind@20+1=0"),
            (b"\x01\0\x02\x03", "_kind@20+1=1 _kind@21+1=0"),
            (b"\x1e\x03\x10\x01", "_kind@20+1=30 _len@21+1=3 mptcp.subtype@22+1=1 _kind@23+1=1"),
        ];
        for (options, expected) in cases {
            check_fields(options, expected);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_and_stay_ended(bytes in prop::collection::vec(any::<u8>(), 0..=40)) {
            let mut options = TcpOptions::new(&bytes);
            let found: Vec<_> = options.by_ref().collect();
            prop_assert!(found.len() <= bytes.len());
            prop_assert!(found.iter().rev().skip(1).all(Result::is_ok));
            prop_assert!(options.next().is_none());
        }

        /// Kinds and lengths around that of the window scale.
        #[test]
        fn the_window_scale_is_that_of_all_options(
            bytes in prop::collection::vec(prop_oneof![0_u8..=4, any::<u8>()], 0..=40)
        ) {
            let first = TcpOptions::new(&bytes).find_map(|option| match option {
                Ok(TcpOption::WindowScale(shift)) => Some(shift),
                _ => None,
            });
            prop_assert_eq!(window_scale(&bytes), first);
        }

        /// Any data behind any kind, so that lengths and subtypes are met that random walks miss.
        #[test]
        fn any_option_has_its_fields_inside_it(kind: u8, data in prop::collection::vec(any::<u8>(), 0..=38)) {
            let len = data.len().saturating_add(2);
            let options = [&[kind, u8::try_from(len).unwrap()], &data[..]].concat();
            fields(&options, 0, &mut |field: Field<'_>| assert!(field.bytes.end <= len));
        }
    }
}
