//! Bidirectional Forwarding Detection,
//! [RFC 5880](https://www.rfc-editor.org/rfc/rfc5880) section 4, over UDP as in RFC 5881 and 5883.
//!
//! ```text
//!  0     3         8   10          16              24             31
//! |vers |  diag   |sta|P|F|C|A|D|M|  detect mult  |    length     |
//! |                       my discriminator                        |
//! |                      your discriminator                       |
//! |                    desired min TX interval                    |
//! |                   required min RX interval                    |
//! |                 required min echo RX interval                 |
//! |   auth type   |   auth len    |   authentication data ...     |
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

/// The header on the wire: what every control packet has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct BfdHeader {
    pub version_diagnostic: u8,
    pub state_flags: u8,
    pub detect_mult: u8,
    pub length: u8,
    pub my_discriminator: U32,
    pub your_discriminator: U32,
    /// In microseconds, as the two below.
    pub desired_min_tx_interval: U32,
    pub required_min_rx_interval: U32,
    pub required_min_echo_rx_interval: U32,
}

impl Default for BfdHeader {
    /// A session that is down and starts at the slow pace of RFC 5880, section 6.8.3.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl BfdHeader {
    /// Version, 3 bits: 1, or 0 in drafts of old.
    pub fn version(&self) -> u8 {
        self.version_diagnostic >> 5
    }

    /// Writes [`version`](Self::version), its low 3 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_diagnostic = self.version_diagnostic & !0xe0 | (version & 0x07) << 5;
    }

    /// Why the session went down last, 5 bits.
    pub fn diagnostic(&self) -> u8 {
        self.version_diagnostic & 0x1f
    }

    /// Writes why the session went down last, its low 5 bits.
    pub fn set_diagnostic(&mut self, diagnostic: u8) {
        self.version_diagnostic = self.version_diagnostic & 0xe0 | diagnostic & 0x1f;
    }

    /// State of the session, 2 bits.
    pub fn state(&self) -> BfdState {
        BfdState(self.state_flags >> 6)
    }

    /// Writes the state of the session, its low 2 bits.
    pub fn set_state(&mut self, state: BfdState) {
        self.state_flags = self.state_flags & 0x3f | state.0 << 6;
    }

    /// The six flags behind the state.
    pub fn flags(&self) -> BfdFlags {
        BfdFlags::from_bits_retain(self.state_flags & 0x3f)
    }

    /// Writes the six flags.
    pub fn set_flags(&mut self, flags: BfdFlags) {
        self.state_flags = self.state_flags & 0xc0 | flags.bits() & 0x3f;
    }
}

/// State of a session, as its sender sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BfdState(pub u8);

numbers! {
    BfdState "state {}" {
        /// Held down by hand.
        ADMIN_DOWN = 0 "admin down";
        /// Nothing heard, or not yet.
        DOWN = 1 "down";
        /// The other end speaks, but does not hear.
        INIT = 2 "init";
        /// Both ends hear each other.
        UP = 3 "up";
    }
}

bitflags! {
    /// The flags behind the state.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BfdFlags: u8 {
        const MULTIPOINT = 1;
        const DEMAND = 2;
        const AUTHENTICATION_PRESENT = 4;
        const CONTROL_PLANE_INDEPENDENT = 8;
        const FINAL = 16;
        const POLL = 32;
    }
}

/// How a packet is authenticated. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BfdAuthType(pub u8);

numbers! {
    BfdAuthType "type {}" {
        /// A password in clear text.
        SIMPLE_PASSWORD = 1 "password";
        /// A digest by MD5.
        KEYED_MD5 = 2 "MD5";
        /// A digest by MD5, with a number that grows with each packet.
        METICULOUS_KEYED_MD5 = 3 "meticulous MD5";
        /// A digest by SHA1.
        KEYED_SHA1 = 4 "SHA1";
        /// A digest by SHA1, with a number that grows with each packet.
        METICULOUS_KEYED_SHA1 = 5 "meticulous SHA1";
    }
}

impl BfdAuthType {
    /// Whether a sequence number and a digest follow the key.
    fn has_digest(self) -> bool {
        (Self::KEYED_MD5..=Self::METICULOUS_KEYED_SHA1).contains(&self)
    }
}

/// The authentication section of a packet, RFC 5880 sections 4.2 to 4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BfdAuthentication<'a> {
    /// How it is done.
    pub auth_type: BfdAuthType,
    /// Which key or password it is done by.
    pub auth_key_id: u8,
    /// Number of the packet, where there is a digest.
    pub sequence_number: Option<u32>,
    /// The password or digest.
    pub data: &'a [u8],
}

impl<'a> BfdAuthentication<'a> {
    /// Bytes in front of a password: type, length and key.
    const KEY_LEN: usize = 3;
    /// Bytes in front of a digest: the same, a reserved byte and the sequence number.
    const DIGEST_AT: usize = 8;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let truncated = |need| Malformed::Truncated { need, have: bytes.len() };
        let &[auth_type, length, auth_key_id, ref rest @ ..] = bytes else {
            return Err(truncated(Self::KEY_LEN));
        };
        let auth_type = BfdAuthType(auth_type);
        let front_len = if auth_type.has_digest() { Self::DIGEST_AT } else { Self::KEY_LEN };
        let need = usize::from(length);
        if need < front_len {
            return Err(Malformed::Field { name: "auth len", value: length.into() });
        }
        let section = bytes.get(..need).ok_or(truncated(need))?;
        let data = section.get(front_len..).unwrap_or_default();
        let sequence_number = match rest {
            &[_, a, b, c, d, ..] if auth_type.has_digest() => {
                Some(u32::from_be_bytes([a, b, c, d]))
            }
            _ => None,
        };
        Ok(Self { auth_type, auth_key_id, sequence_number, data })
    }

    /// Appends the section.
    ///
    /// # Errors
    ///
    /// It is longer than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let digest = self.auth_type.has_digest();
        let front_len = if digest { Self::DIGEST_AT } else { Self::KEY_LEN };
        let len = self.data.len().saturating_add(front_len);
        let error = EncodeError::TooLarge { layer: "bfd", field: "auth len", value: len as u64 };
        let length = u8::try_from(len).map_err(|_| error)?;
        out.extend_from_slice(&[self.auth_type.0, length, self.auth_key_id]);
        if digest {
            out.push(0);
            out.extend_from_slice(&self.sequence_number.unwrap_or_default().to_be_bytes());
        }
        out.extend_from_slice(self.data);
        Ok(())
    }
}

/// A control packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bfd<'a> {
    pub header: &'a BfdHeader,
    /// The authentication section, not yet understood: [`authentication`](Self::authentication) is.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Bfd<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<BfdHeader>(bytes)?;
        if header.version() > 1 {
            return Err(Malformed::Field { name: "version", value: header.version().into() });
        }
        let Some(len) = usize::from(header.length).checked_sub(size_of::<BfdHeader>()) else {
            return Err(Malformed::Field { name: "length", value: header.length.into() });
        };
        Ok(Self { header, payload: rest.get(..len).unwrap_or(rest), bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<BfdHeader>();
        let payload_len = usize::from(self.header.length).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        // What is not there is not reported.
        let _ = self.read(&mut reader);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.state())?;
        let flags = self.header.flags();
        let poll = if flags.contains(BfdFlags::POLL) { ", poll" } else { "" };
        let answer = if flags.contains(BfdFlags::FINAL) { ", final" } else { "" };
        let BfdHeader { my_discriminator: mine, your_discriminator: yours, .. } = self.header;
        write!(f, "{poll}{answer}, {mine:#010x} → {yours:#010x}")
    }
}

impl<'a> Bfd<'a> {
    /// The authentication section, if there is one.
    ///
    /// # Errors
    ///
    /// It is cut short or contradicts itself.
    pub fn authentication(&self) -> Result<Option<BfdAuthentication<'a>>, Malformed> {
        let is_there = self.header.version() > 0
            && self.header.flags().contains(BfdFlags::AUTHENTICATION_PRESENT);
        is_there.then(|| BfdAuthentication::parse(self.payload)).transpose()
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        let header = self.header;
        reader.word(1)?;
        reader.bits("bfd.version", header.version());
        reader.bits("bfd.diag", header.diagnostic());
        let flags = reader.word(1)?;
        if header.version() == 0 {
            reader.bits("bfd.flags", flags);
            let bits = [
                ("bfd.flags.h", 0x80),
                ("bfd.flags.d", 0x40),
                ("bfd.flags.p", 0x20),
                ("bfd.flags.f", 0x10),
            ];
            reader.flags(flags, &bits);
        } else {
            reader.bits("bfd.sta", flags >> 6);
            // Wireshark shows the state among the flags.
            reader.bits("bfd.flags", flags);
            let bits = [
                ("bfd.flags.p", 0x20),
                ("bfd.flags.f", 0x10),
                ("bfd.flags.c", 0x08),
                ("bfd.flags.a", 0x04),
                ("bfd.flags.d", 0x02),
                ("bfd.flags.m", 0x01),
            ];
            reader.flags(flags, &bits);
        }
        reader.u8("bfd.detect_time_multiplier")?;
        reader.u8("bfd.message_length")?;
        reader.u32("bfd.my_discriminator")?;
        reader.u32("bfd.your_discriminator")?;
        reader.u32("bfd.desired_min_tx_interval")?;
        reader.u32("bfd.required_min_rx_interval")?;
        reader.u32("bfd.required_min_echo_interval")?;
        let authentication = self.authentication().ok()??;
        reader.u8("bfd.auth.type")?;
        reader.u8("bfd.auth.len")?;
        reader.u8("bfd.auth.key")?;
        if authentication.auth_type == BfdAuthType::SIMPLE_PASSWORD {
            reader.text("bfd.auth.password", authentication.data.len())?;
        } else if authentication.sequence_number.is_some() {
            reader.skip(1);
            reader.u32("bfd.auth.seq_num")?;
            reader.bytes("bfd.checksum", authentication.data.len())?;
        }
        Some(())
    }
}

impl Header for BfdHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A control packet to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BfdBuilder<'a> {
    /// Says itself whether an authentication section follows, in its flags.
    pub header: BfdHeader,
    pub authentication: Option<BfdAuthentication<'a>>,
}

impl Encode for BfdBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.authentication.iter().try_for_each(|section| section.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<BfdHeader>(bytes)?.length = behind.fit("length", length)?;
    Ok(())
}

const TEMPLATE: &[u8; size_of::<BfdHeader>()] =
    b"\x20\x40\x03\x18\0\0\0\x01\0\0\0\0\0\x0f\x42\x40\0\x0f\x42\x40\0\0\0\0";

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BFD,
    "bfd",
    "Bidirectional Forwarding Detection",
    |bytes, outer| Bfd::parse_in(bytes, outer).map(|bfd| bfd.shape()),
    |bytes, outer, visitor| Bfd::parse_in(bytes, outer).map(|bfd| visitor(&bfd)),
)
.specification("RFC 5880")
.role(Role::Application)
.claims(&[
    Key::udp_port(3784),
    // Over several hops, RFC 5883.
    Key::udp_port(4784),
    // On the links of a bundle, RFC 7130.
    Key::udp_port(6784),
    // Seamless, RFC 7881.
    Key::udp_port(7784),
    // Of pseudowires, RFC 5885, and of transport profiles of MPLS, RFC 6428.
    Key::child(LayerType::PW_ASSOCIATED_CHANNEL, 7),
    Key::child(LayerType::PW_ASSOCIATED_CHANNEL, 0x22),
])
.template(TEMPLATE)
.lengths(lengths);

// tshark -r bfd-raw-auth-md5.pcap -Y frame.number==1, of tcpdump's tests.
#[cfg(test)]
layer_tests! {
    sample: Bfd *b"\x20\x44\x05\x30\0\0\0\x01\0\0\0\0\0\x0f\x42\x40\0\x0f\x42\x40\0\0\0\0\
        \x02\x18\x02\0\0\0\0\x05\x01\x02\x03\x04\x05\x06\x07\x08\x09\x10\x11\x12\x13\x14\x15\x16";
    fields: "bfd.version=1 bfd.diag=0 bfd.sta=1 bfd.flags=68 bfd.flags.p=0 bfd.flags.f=0 \
        bfd.flags.c=0 bfd.flags.a=1 bfd.flags.d=0 bfd.flags.m=0 bfd.detect_time_multiplier=5 \
        bfd.message_length=48 bfd.my_discriminator=1 bfd.your_discriminator=0 \
        bfd.desired_min_tx_interval=1000000 bfd.required_min_rx_interval=1000000 \
        bfd.required_min_echo_interval=0 bfd.auth.type=2 bfd.auth.len=24 bfd.auth.key=2 \
        bfd.auth.seq_num=5 bfd.checksum=01020304050607080910111213141516";
    edit: BfdHeader, |header| header.set_state(BfdState::UP);
    bad: [0 = 0x40 => "version" 2, 3 = 23 => "length" 23];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Fix, serialize_layers};

    fn packet(section: &[u8]) -> Vec<u8> {
        let mut bytes = [&TEMPLATE[..], section].concat();
        bytes[1] |= 4;
        bytes[3] = u8::try_from(bytes.len()).unwrap();
        bytes
    }

    #[track_caller]
    fn check(section: &[u8], expected: Result<BfdAuthentication<'_>, Malformed>) {
        let bytes = packet(section);
        let bfd = Bfd::parse(&bytes).unwrap();
        assert_eq!(bfd.authentication().transpose(), Some(expected));
        if let Ok(section) = expected {
            let mut header = BfdHeader::default();
            header.set_flags(BfdFlags::AUTHENTICATION_PRESENT);
            let built = BfdBuilder { header, authentication: Some(section) };
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &[&built], b"").unwrap();
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn passwords_and_digests() {
        let auth_type = BfdAuthType::SIMPLE_PASSWORD;
        let (sequence_number, data) = (None, &b"secret"[..]);
        let section = BfdAuthentication { auth_type, auth_key_id: 5, sequence_number, data };
        check(b"\x01\x09\x05secret", Ok(section));
        let auth_type = BfdAuthType::METICULOUS_KEYED_SHA1;
        let (sequence_number, data) = (Some(7), &b"digest--digest--dige"[..]);
        let section = BfdAuthentication { auth_type, auth_key_id: 5, sequence_number, data };
        check(b"\x05\x1c\x05\0\0\0\0\x07digest--digest--dige", Ok(section));
    }

    #[test]
    fn a_section_that_contradicts_itself_is_an_error() {
        check(b"", Err(Malformed::Truncated { need: 3, have: 0 }));
        check(b"\x01\x09\x05secre", Err(Malformed::Truncated { need: 9, have: 8 }));
        check(b"\x01\x02\x05", Err(Malformed::Field { name: "auth len", value: 2 }));
        check(b"\x02\x07\x05\0\0\0\0", Err(Malformed::Field { name: "auth len", value: 7 }));
    }

    #[test]
    fn version_0_has_other_flags() {
        let bytes = [&[0x00, 0xc0, 3, 24][..], &TEMPLATE[4..]].concat();
        let text = Bfd::parse(&bytes).unwrap().to_string();
        let front = "bfd.version=0 bfd.diag=0 bfd.flags=192 bfd.flags.h=1 bfd.flags.d=1 \
            bfd.flags.p=0 bfd.flags.f=0 bfd.detect_time_multiplier=3";
        assert!(text.starts_with(front), "{text}");
    }

    #[test]
    fn the_summary_says_state_and_discriminators() {
        let bfd = packet(b"");
        let summary = fmt::from_fn(|f| Bfd::parse(&bfd).unwrap().summary(f)).to_string();
        assert_eq!(summary, "down, 0x00000001 → 0x00000000");
    }

    proptest! {
        #[test]
        fn any_section_is_read_without_panic(section in prop::collection::vec(any::<u8>(), 0..60)) {
            let bytes = packet(&section);
            let bfd = Bfd::parse(&bytes).unwrap();
            bfd.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        }
    }
}
