//! Compression Control Protocol of PPP, [RFC 1962](https://www.rfc-editor.org/rfc/rfc1962) section 4.
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |            options, or what else the code stands for ...       |
//! ```

use std::fmt;

use crate::layers::ppp::control::{Control, OptionNames, PppOption, encode_option};
use crate::{EncodeError, FieldSink, Key, Layer, LayerType, Malformed, PppCode, PppControlBuilder};
use crate::{PppControlHeader, PppControlOption, PppControlOptions, PppProtocol, Protocol, Shape};

/// What Microsoft's compression and encryption supports, RFC 3078 section 2.1.
const MICROSOFT_BITS: [(u32, &str); 6] = [
    (0x0100_0000, "ccp.opt.supported_bits.h"),
    (0x80, "ccp.opt.supported_bits.m"),
    (0x40, "ccp.opt.supported_bits.s"),
    (0x20, "ccp.opt.supported_bits.l"),
    (0x10, "ccp.opt.supported_bits.d"),
    (0x01, "ccp.opt.supported_bits.c"),
];

/// One option: a way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CcpOption<'a> {
    /// Whatever an organization makes of it.
    Oui { oui: [u8; 3], subtype: u8, data: &'a [u8] },
    /// Predictor, type 1: RFC 1978.
    Predictor1,
    /// Predictor, type 2: RFC 1978.
    Predictor2,
    /// Puddle Jumper.
    PuddleJumper,
    /// Hewlett-Packard PPC.
    HewlettPackardPpc,
    /// Stac LZS: RFC 1974.
    StacLzs { history_count: u16, check_mode: u8 },
    /// Microsoft's compression and encryption, by the bits of what is supported: RFC 2118, RFC 3078.
    Microsoft(u32),
    /// Gandalf FZA: RFC 1993.
    GandalfFza { history: u8, version: &'a [u8] },
    /// V.42bis.
    V42bis(&'a [u8]),
    /// BSD compression, version in the upper 3 bits and most bits of a code in the others: RFC 1977.
    Bsd(u8),
    /// LZS-DCP: RFC 1967.
    LzsDcp { history_count: u16, check_mode: u8, process_mode: u8 },
    /// Magnalink: RFC 1975.
    Magnalink { features: u8, contexts: u8 },
    /// Deflate: RFC 1979. Window and method share a byte.
    Deflate { window_method: u8, check: u8 },
    /// V.44.
    V44 { mode_count: u16, dictionary_size: u16, history_length: u16 },
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The options of a packet. Ends behind the first error.
pub type CcpOptions<'a> = PppControlOptions<'a, CcpOption<'a>>;

impl<'a> PppControlOption<'a> for CcpOption<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn read(kind: u8, data: &'a [u8]) -> Self {
        let number = |a, b| u16::from_be_bytes([a, b]);
        match (kind, data) {
            (0, &[a, b, c, subtype, ref data @ ..]) => {
                CcpOption::Oui { oui: [a, b, c], subtype, data }
            }
            (1, []) => CcpOption::Predictor1,
            (2, []) => CcpOption::Predictor2,
            (3, []) => CcpOption::PuddleJumper,
            (16, []) => CcpOption::HewlettPackardPpc,
            (17, &[a, b, check_mode]) => {
                CcpOption::StacLzs { history_count: number(a, b), check_mode }
            }
            (18, &[a, b, c, d]) => CcpOption::Microsoft(u32::from_be_bytes([a, b, c, d])),
            (19, &[history, ref version @ ..]) => CcpOption::GandalfFza { history, version },
            (20, data) => CcpOption::V42bis(data),
            (21, &[bits]) => CcpOption::Bsd(bits),
            (23, &[a, b, check_mode, process_mode]) => {
                CcpOption::LzsDcp { history_count: number(a, b), check_mode, process_mode }
            }
            (24, &[features, contexts]) => CcpOption::Magnalink { features, contexts },
            (26, &[window_method, check]) => CcpOption::Deflate { window_method, check },
            (27, &[a, b, c, d, e, f]) => CcpOption::V44 {
                mode_count: number(a, b),
                dictionary_size: number(c, d),
                history_length: number(e, f),
            },
            _ => CcpOption::Unknown { kind, data },
        }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut put = |kind, data: &[&[u8]]| encode_option("ccp", kind, data, out);
        match *self {
            Self::Oui { oui, subtype, data } => put(0, &[&oui, &[subtype], data]),
            Self::Predictor1 => put(1, &[]),
            Self::Predictor2 => put(2, &[]),
            Self::PuddleJumper => put(3, &[]),
            Self::HewlettPackardPpc => put(16, &[]),
            Self::StacLzs { history_count, check_mode } => {
                put(17, &[&history_count.to_be_bytes(), &[check_mode]])
            }
            Self::Microsoft(bits) => put(18, &[&bits.to_be_bytes()]),
            Self::GandalfFza { history, version } => put(19, &[&[history], version]),
            Self::V42bis(data) => put(20, &[data]),
            Self::Bsd(bits) => put(21, &[&[bits]]),
            Self::LzsDcp { history_count, check_mode, process_mode } => {
                put(23, &[&history_count.to_be_bytes(), &[check_mode, process_mode]])
            }
            Self::Magnalink { features, contexts } => put(24, &[&[features, contexts]]),
            Self::Deflate { window_method, check } => put(26, &[&[window_method, check]]),
            Self::V44 { mode_count, dictionary_size, history_length } => {
                let numbers = [mode_count, dictionary_size, history_length].map(u16::to_be_bytes);
                put(27, &[numbers.as_flattened()])
            }
            Self::Unknown { kind, data } => put(kind, &[data]),
        }
    }
}

/// A packet that opens or closes compression on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ccp<'a> {
    pub header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub data: &'a [u8],
}

impl<'a> Layer<'a> for Ccp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Control { header, data } = Control::parse(bytes)?;
        Ok(Self { header, data })
    }

    fn shape(&self) -> Shape {
        self.control().shape()
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.control().fields(option_fields, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.control().summary(f)
    }
}

impl<'a> Ccp<'a> {
    /// What the packet is for.
    pub fn code(&self) -> PppCode {
        PppCode(self.header.code)
    }

    /// The options that a packet asks for or answers.
    pub fn options(&self) -> CcpOptions<'a> {
        PppControlOptions::of(&self.control())
    }

    fn control(&self) -> Control<'a> {
        Control { header: self.header, data: self.data }
    }
}

fn option_fields(raw: &PppOption<'_>, sink: &mut dyn FieldSink) {
    let option = CcpOption::read(raw.kind, raw.data);
    let whole = match option {
        CcpOption::Oui { .. } => "ccp.opt_oui",
        CcpOption::Predictor1 => "ccp.opt.predict1",
        CcpOption::Predictor2 => "ccp.opt.predict2",
        CcpOption::PuddleJumper => "ccp.opt.puddle",
        CcpOption::HewlettPackardPpc => "ccp.opt.hpppc",
        CcpOption::StacLzs { .. } => "ccp.opt.stac",
        CcpOption::Microsoft(_) => "ccp.opt.mppe",
        CcpOption::GandalfFza { .. } => "ccp.opt.gfza",
        CcpOption::V42bis(_) => "ccp.opt.v42bis",
        CcpOption::Bsd(_) => "ccp.opt.bsdcomp",
        CcpOption::LzsDcp { .. } => "ccp.opt.lzsdcp",
        CcpOption::Magnalink { .. } => "ccp.opt.mvrca",
        CcpOption::Deflate { .. } => "ccp.opt.deflate",
        CcpOption::V44 { .. } => "ccp.opt.v44lzjh",
        // Wireshark has no names for these.
        CcpOption::Unknown { .. } => return,
    };
    let (kind, length) = ("ccp.opt.type", "ccp.opt.length");
    raw.head_fields(OptionNames { whole, kind, length }, sink);
    match option {
        CcpOption::Oui { oui: [a, b, c], subtype, data } => {
            sink.number("ccp.opt.oui", u32::from_be_bytes([0, a, b, c]), raw.place(2, 5));
            sink.number("ccp.opt.subtype", subtype, raw.place(5, 6));
            bytes("ccp.opt.data", data, 6, raw, sink);
        }
        CcpOption::StacLzs { history_count, check_mode } => {
            sink.number("ccp.opt.history_count", history_count, raw.place(2, 4));
            sink.number("ccp.opt.cm", check_mode, raw.place(4, 5));
            sink.number("ccp.opt.cm.reserved", check_mode >> 3, raw.place(4, 5));
            sink.number("ccp.opt.cm.check_mode", check_mode & 7, raw.place(4, 5));
        }
        CcpOption::Microsoft(bits) => {
            sink.number("ccp.opt.supported_bits", bits, raw.place(2, 6));
            for (bit, name) in MICROSOFT_BITS {
                sink.flag(name, bits & bit != 0, raw.place(2, 6));
            }
        }
        CcpOption::GandalfFza { history, version } => {
            sink.number("ccp.opt.history", history, raw.place(2, 3));
            bytes("ccp.opt.version", version, 3, raw, sink);
        }
        CcpOption::V42bis(data) => bytes("ccp.opt.data", data, 2, raw, sink),
        CcpOption::Bsd(bits) => {
            sink.number("ccp.opt.vd", bits, raw.place(2, 3));
            sink.number("ccp.opt.vd.vers", bits >> 5, raw.place(2, 3));
            sink.number("ccp.opt.vd.dict", bits & 0x1f, raw.place(2, 3));
        }
        CcpOption::LzsDcp { history_count, check_mode, process_mode } => {
            sink.number("ccp.opt.history_count", history_count, raw.place(2, 4));
            sink.number("ccp.opt.check_mode", check_mode, raw.place(4, 5));
            sink.number("ccp.opt.process_mode", process_mode, raw.place(5, 6));
        }
        CcpOption::Magnalink { features, contexts } => {
            sink.number("ccp.opt.fe", features >> 6, raw.place(2, 3));
            sink.flag("ccp.opt.p", features & 0x20 != 0, raw.place(2, 3));
            sink.number("ccp.opt.History", features & 0x1f, raw.place(2, 3));
            sink.number("ccp.opt.contexts", contexts, raw.place(3, 4));
        }
        CcpOption::Deflate { window_method, check } => {
            sink.number("ccp.opt.window", window_method >> 4, raw.place(2, 3));
            sink.number("ccp.opt.method", window_method & 15, raw.place(2, 3));
            sink.number("ccp.opt.mbz", check >> 2, raw.place(3, 4));
            sink.number("ccp.opt.chk", check & 3, raw.place(3, 4));
        }
        CcpOption::V44 { mode_count, dictionary_size, history_length } => {
            sink.number("ccp.opt.mode_dictcount", mode_count, raw.place(2, 4));
            sink.number("ccp.opt.dict_size", dictionary_size, raw.place(4, 6));
            sink.number("ccp.opt.history_length", history_length, raw.place(6, 8));
        }
        CcpOption::Predictor1
        | CcpOption::Predictor2
        | CcpOption::PuddleJumper
        | CcpOption::HewlettPackardPpc
        | CcpOption::Unknown { .. } => {}
    }
}

/// Bytes that start at an offset of the option, if there are any.
fn bytes(
    name: &'static str,
    value: &[u8],
    from: usize,
    raw: &PppOption<'_>,
    sink: &mut dyn FieldSink,
) {
    if !value.is_empty() {
        sink.bytes(name, value, raw.place_from(from));
    }
}

/// A packet to write.
pub type CcpBuilder<'a> = PppControlBuilder<'a, CcpOption<'a>>;

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CCP,
    "ccp",
    "PPP Compression Control Protocol",
    |bytes, outer| Ccp::parse_in(bytes, outer).map(|ccp| ccp.shape()),
    |bytes, outer, visitor| Ccp::parse_in(bytes, outer).map(|ccp| visitor(&ccp)),
)
.specification("RFC 1962")
.claims(&[Key::ppp_protocol(PppProtocol::CCP)])
.template(&[1, 1, 0, 4]);

// tshark -r own packet: Deflate and Predictor.
#[cfg(test)]
layer_tests! {
    sample: Ccp *b"\x01\x01\x00\x0a\x1a\x04\x78\x00\x01\x02";
    fields: "ppp.code=1 ppp.identifier=1 ppp.length=10 ccp.opt.deflate=1a047800 ccp.opt.type=26 \
        ccp.opt.length=4 ccp.opt.window=7 ccp.opt.method=8 ccp.opt.mbz=0 ccp.opt.chk=0 \
        ccp.opt.predict1=0102 ccp.opt.type=1 ccp.opt.length=2";
    edit: PppControlHeader, |header| header.identifier = 3;
    bad: [3 = 3 => "length" 3];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Encode;
    use crate::layers::ppp::control::tests::{option, packet};

    /// The fields of one option as tshark shows them, but for its bytes, type and length.
    #[track_caller]
    fn check(kind: u8, data: &[u8], expected: &str) {
        let option = option(kind, data);
        let bytes = packet(1, &option);
        let text = Ccp::parse(&bytes).unwrap().to_string();
        let length = format!("ccp.opt.length={} ", option.len());
        assert_eq!(text.split_once(&length).map_or("", |(_, fields)| fields), expected);
    }

    #[test]
    fn each_way_to_compress_has_parameters_of_its_own() {
        check(0, b"\0\0\x0c\x01ab", "ccp.opt.oui=12 ccp.opt.subtype=1 ccp.opt.data=6162");
        check(
            17,
            b"\0\x01\x03",
            "ccp.opt.history_count=1 ccp.opt.cm=3 ccp.opt.cm.reserved=0 ccp.opt.cm.check_mode=3",
        );
        check(
            18,
            b"\x01\0\0\xe1",
            "ccp.opt.supported_bits=16777441 ccp.opt.supported_bits.h=1 \
             ccp.opt.supported_bits.m=1 ccp.opt.supported_bits.s=1 ccp.opt.supported_bits.l=1 \
             ccp.opt.supported_bits.d=0 ccp.opt.supported_bits.c=1",
        );
        check(19, b"\x03", "ccp.opt.history=3");
        check(20, b"\x01\x02", "ccp.opt.data=0102");
        check(21, b"\x2f", "ccp.opt.vd=47 ccp.opt.vd.vers=1 ccp.opt.vd.dict=15");
        check(
            23,
            b"\0\x01\x01\x01",
            "ccp.opt.history_count=1 ccp.opt.check_mode=1 ccp.opt.process_mode=1",
        );
        check(24, b"\x88\x04", "ccp.opt.fe=2 ccp.opt.p=0 ccp.opt.History=8 ccp.opt.contexts=4");
        check(
            27,
            b"\0\x01\x02\x03\x04\x05",
            "ccp.opt.mode_dictcount=1 ccp.opt.dict_size=515 ccp.opt.history_length=1029",
        );
        check(99, b"ab", "");
    }

    #[test]
    fn a_reset_has_no_options() {
        // tshark -r GrePackets.pcap (PcapPlusPlus), frame 1, has a Terminate-Ack like this.
        let ccp = Ccp::parse(b"\x0e\x04\0\x04").unwrap();
        assert_eq!((ccp.code(), ccp.options().count()), (PppCode::RESET_REQUEST, 0));
        assert_eq!(ccp.to_string(), "ppp.code=14 ppp.identifier=4 ppp.length=4");
    }

    proptest! {
        #[test]
        fn options_read_and_written_again_are_the_same_bytes(kind in 0_u8..30, data in prop::collection::vec(any::<u8>(), 0..8)) {
            let option = option(kind, &data);
            let bytes = packet(1, &option);
            let option = Ccp::parse(&bytes).unwrap().options().next().unwrap().unwrap();
            let mut out = Vec::new();
            CcpBuilder { options: &[option], ..CcpBuilder::default() }.encode(&mut out).unwrap();
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(ccp) = Ccp::parse(&bytes) {
                prop_assert!(ccp.options().count() <= bytes.len());
                prop_assert!(!ccp.to_string().is_empty());
            }
        }
    }
}
