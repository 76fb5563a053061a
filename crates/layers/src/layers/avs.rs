//! AVS, what a radio knows of a frame,
//! [LINKTYPE_IEEE802_11_AVS](https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_AVS.html).
//!
//! ```text
//!  0                               32                             63
//! |            version            |             length             |
//! |                            MAC time                            |
//! |                           host time                            |
//! |           PHY type            |            channel             |
//! |           data rate           |            antenna             |
//! |           priority            |            SSI type            |
//! |          SSI signal           |           SSI noise            |
//! |           preamble            |            encoding            |
//! | version 2: sequence, drops, receiver's address and padding ... |
//! ```

use std::fmt;

use zerocopy::network_endian::{I32, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::layout::Layout;
use crate::layout::Part::{Be, Bytes, Mac};
use crate::{
    FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape, Value,
};

/// What the version starts with.
const MAGIC: u32 = 0x8021_1000;
/// Longer than this is no header of any version.
const MAX_LENGTH: u32 = 0x1000;
/// The physical layer of frequency hopping.
const FHSS: u32 = 1;
/// Channels from this number on are frequencies in MHz.
const FREQUENCY: u32 = 257;
/// Rates from this number on are in bits a second, the others in units of 100 kb/s.
const BITS_A_SECOND: u32 = 100_000;
/// The length of version 2.
const SECOND_LENGTH: usize = 80;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct AvsHeader {
    pub version: U32,
    pub length: U32,
    pub mac_time: U64,
    pub host_time: U64,
    pub phy_type: U32,
    pub channel: U32,
    pub data_rate: U32,
    pub antenna: U32,
    pub priority: U32,
    pub ssi_type: U32,
    pub ssi_signal: I32,
    pub ssi_noise: I32,
    pub preamble: U32,
    pub encoding: U32,
}

/// What a radio knows of the frame that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Avs<'a> {
    pub header: &'a AvsHeader,
    /// What later versions add.
    pub rest: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Avs<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<AvsHeader>(bytes)?;
        let version = header.version.get();
        if version & !0xf != MAGIC {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        let error = Malformed::Field { name: "length", value: header.length.get().into() };
        let length = header.length.get();
        let length = usize::try_from(length).ok().filter(|_| length <= MAX_LENGTH).ok_or(error)?;
        let rest_len = length.checked_sub(size_of::<AvsHeader>()).ok_or(error)?;
        let Some((rest, payload)) = rest.split_at_checked(rest_len) else {
            return Err(Malformed::Truncated { need: length, have: bytes.len() });
        };
        Ok(Self { header, rest, payload })
    }

    fn shape(&self) -> Shape {
        Shape {
            header_len: size_of::<AvsHeader>().saturating_add(self.rest.len()),
            payload_len: self.payload.len(),
            trailer_len: 0,
            next: Next::One(Key::link_type(LinkType::IEEE802_11)),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("wlancap.magic", header.version.get() >> 4, 0..4);
        sink.number("wlancap.version", self.version(), 0..4);
        sink.number("wlancap.length", header.length, 4..8);
        sink.number("wlancap.mactime", header.mac_time, 8..16);
        sink.number("wlancap.hosttime", header.host_time, 16..24);
        sink.number("wlancap.phytype", header.phy_type, 24..28);
        let channel = header.channel.get();
        if header.phy_type.get() == FHSS {
            let [set, pattern, index, _] = channel.to_be_bytes();
            sink.number("wlancap.fhss.hop_set", set, 28..29);
            sink.number("wlancap.fhss.hop_pattern", pattern, 29..30);
            sink.number("wlancap.fhss.hop_index", index, 30..31);
        } else if channel < FREQUENCY {
            sink.number("wlancap.channel", channel, 28..32);
        } else {
            sink.number("wlancap.channel_frequency", channel, 28..32);
        }
        sink.number("wlancap.data_rate", self.bits_a_second(), 32..36);
        sink.number("wlancap.antenna", header.antenna, 36..40);
        sink.number("wlancap.priority", header.priority, 40..44);
        sink.number("wlancap.ssi_type", header.ssi_type, 44..48);
        let names = match header.ssi_type.get() {
            1 => Some(["wlancap.normrssi_antsignal", "wlancap.normrssi_antnoise"]),
            2 => Some(["wlancap.dbm_antsignal", "wlancap.dbm_antnoise"]),
            3 => Some(["wlancap.rawrssi_antsignal", "wlancap.rawrssi_antnoise"]),
            _ => None,
        };
        if let Some([signal, noise]) = names {
            sink.value(signal, Value::Signed(header.ssi_signal.get().into()), 48..52);
            sink.value(noise, Value::Signed(header.ssi_noise.get().into()), 52..56);
        }
        sink.number("wlancap.preamble", header.preamble, 56..60);
        sink.number("wlancap.encoding", header.encoding, 60..64);
        if self.version() >= 2 && self.shape().header_len >= SECOND_LENGTH {
            // The length says that all of this is there.
            let _ = Layout::new(self.rest, size_of::<AvsHeader>(), sink).read(&[
                Be(4, "wlancap.sequence"),
                Be(4, "wlancap.drops"),
                Mac("wlancap.receiver_addr"),
                Bytes(2, "wlancap.padding"),
            ]);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {} signal {}", self.header.channel, self.header.ssi_signal)
    }
}

impl Avs<'_> {
    /// Version of the header.
    pub fn version(&self) -> u32 {
        self.header.version.get() & 0xf
    }

    /// Rate of the frame.
    pub fn bits_a_second(&self) -> u64 {
        let rate = self.header.data_rate.get();
        if rate < BITS_A_SECOND { u64::from(rate).saturating_mul(100_000) } else { rate.into() }
    }
}

impl Header for AvsHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A frame of which nothing is known.
const TEMPLATE: [u8; 64] = {
    let mut bytes = [0; size_of::<AvsHeader>()];
    (bytes[0], bytes[1], bytes[2], bytes[3], bytes[7]) = (0x80, 0x21, 0x10, 0x01, 64);
    bytes
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::AVS,
    "wlancap",
    "AVS capture header",
    |bytes, outer| Avs::parse_in(bytes, outer).map(|avs| avs.shape()),
    |bytes, outer, visitor| Avs::parse_in(bytes, outer).map(|avs| visitor(&avs)),
)
.specification("LINKTYPE_IEEE802_11_AVS")
.claims(&[Key::link_type(LinkType::IEEE802_11_AVS)])
.template(&TEMPLATE);

// Made by hand; the fields are tshark 4.0.17's.
#[cfg(test)]
layer_tests! {
    sample: Avs *b"\x80\x21\x10\x01\0\0\0\x40\0\0\0\0\0\x01\xe2\x40\0\0\0\0\0\x09\xfb\xf1\0\0\0\x04\
        \0\0\0\x06\0\0\0\x6e\0\0\0\x01\0\0\0\x02\0\0\0\x02\xff\xff\xff\xd8\xff\xff\xff\xa6\0\0\0\x01\
        \0\0\0\x02";
    fields: "wlancap.magic=134353152 wlancap.version=1 wlancap.length=64 wlancap.mactime=123456 \
        wlancap.hosttime=654321 wlancap.phytype=4 wlancap.channel=6 wlancap.data_rate=11000000 \
        wlancap.antenna=1 wlancap.priority=2 wlancap.ssi_type=2 wlancap.dbm_antsignal=-40 \
        wlancap.dbm_antnoise=-90 wlancap.preamble=1 wlancap.encoding=2";
    edit: AvsHeader, |header| header.antenna.set(2);
    bad: [0 = 0x81 => "version" 0x8121_1001, 7 = 63 => "length" 63, 5 = 1 => "length" 0x1_0040];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects what tshark 4.0.17 shows from the type of the physical layer on.
    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let text = Avs::parse(bytes).unwrap().to_string();
        assert_eq!(
            text.split_once("wlancap.phytype=").unwrap().1.replace("wlancap.", ""),
            expected
        );
    }

    #[test]
    fn version_two_adds_who_received_the_frame() {
        check(
            b"\x80\x21\x10\x02\0\0\0\x50\0\0\0\0\0\x01\xe2\x40\0\0\0\0\0\x09\xfb\xf1\0\0\0\x01\
              \x01\x02\x03\0\0\0\0\x0a\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x28\0\0\0\x5a\0\0\0\x01\
              \0\0\0\x02\0\0\0\x4d\0\0\0\x03\x08\x44\x44\x44\x44\x44\0\0",
            "1 fhss.hop_set=1 fhss.hop_pattern=2 fhss.hop_index=3 data_rate=1000000 antenna=1 \
             priority=2 ssi_type=3 rawrssi_antsignal=40 rawrssi_antnoise=90 preamble=1 encoding=2 \
             sequence=77 drops=3 receiver_addr=08:44:44:44:44:44 padding=0000",
        );
    }

    #[test]
    fn channels_may_be_frequencies() {
        check(
            b"\x80\x21\x10\x01\0\0\0\x40\0\0\0\0\0\x01\xe2\x40\0\0\0\0\0\x09\xfb\xf1\0\0\0\x08\
              \0\0\x14\x3c\0\x0f\x42\x40\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\0\0\x28\0\0\0\x5a\0\0\0\x01\
              \0\0\0\x02",
            "8 channel_frequency=5180 data_rate=1000000 antenna=1 priority=2 ssi_type=1 \
             normrssi_antsignal=40 normrssi_antnoise=90 preamble=1 encoding=2",
        );
    }
}
