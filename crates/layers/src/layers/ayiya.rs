//! Anything in Anything, [draft-massar-v6ops-ayiya-02](https://datatracker.ietf.org/doc/html/draft-massar-v6ops-ayiya-02)
//! section 4: mostly IPv6 inside UDP, through address translation.
//!
//! ```text
//!  0           4        8            12        16               20          24             31
//! | ID length | ID type | sig length | hash    | authentication | operation | next header   |
//! |                                   epoch, seconds                                       |
//! |         identity, 2^(ID length) bytes ...           signature, four bytes each ...     |
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::parts::{Parts, Places};
use crate::{Behind, Encode, EncodeError, FieldSink, Header, IpProtocol, Key, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Shape};

/// Four bits say the power of two.
const MAX_IDENTITY_LEN: usize = 1 << 15;
/// Four bits say how many words of four bytes.
const MAX_SIGNATURE_LEN: usize = 15 * 4;

/// What an identity is. Any value is legal, up to four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AyiyaIdentityType(pub u8);

numbers! {
    AyiyaIdentityType "identity type {}" {
        /// The identity means nothing.
        NONE = 0 "none";
        /// A number, such as the IPv6 address of the end of a tunnel.
        INTEGER = 1 "integer";
        /// A name.
        ASCII = 2 "ASCII";
    }
}

/// How a signature is worked out. Any value is legal, up to four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AyiyaHashMethod(pub u8);

numbers! {
    AyiyaHashMethod "hash method {}" {
        /// There is no signature.
        NONE = 0 "none";
        /// MD5.
        MD5 = 1 "MD5";
        /// SHA-1.
        SHA1 = 2 "SHA-1";
        /// UMAC.
        UMAC = 3 "UMAC";
    }
}

/// What proves who sent a packet. Any value is legal, up to four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AyiyaAuthentication(pub u8);

numbers! {
    AyiyaAuthentication "authentication method {}" {
        /// Nothing.
        NONE = 0 "none";
        /// That its hash was worked out with a secret that both sides know.
        SHARED_SECRET = 1 "shared secret";
        /// That its hash is signed with a private key.
        PUBLIC_KEY = 2 "public key";
    }
}

/// What a packet is for. Any value is legal, up to four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AyiyaOperation(pub u8);

numbers! {
    AyiyaOperation "operation {}" {
        /// To keep a path open.
        NO_OPERATION = 0 "no operation";
        /// To forward what it carries.
        FORWARD = 1 "forward";
        /// To be answered.
        ECHO_REQUEST = 2 "echo request";
        /// To be answered, and to forward what it carries.
        ECHO_REQUEST_AND_FORWARD = 3 "echo request and forward";
        /// An answer.
        ECHO_RESPONSE = 4 "echo response";
        /// A message of the day.
        MESSAGE_OF_THE_DAY = 5 "message of the day";
        /// To ask something.
        QUERY_REQUEST = 6 "query request";
        /// What was asked.
        QUERY_RESPONSE = 7 "query response";
    }
}

/// The header on the wire, in front of identity and signature.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct AyiyaHeader {
    pub identity: u8,
    pub signature: u8,
    pub authentication_operation: u8,
    pub next_header: u8,
    pub epoch: U32,
}

impl Default for AyiyaHeader {
    /// A packet to be forwarded without a proof of who sent it.
    fn default() -> Self {
        Self {
            identity: 0,
            signature: 0,
            authentication_operation: AyiyaOperation::FORWARD.0,
            next_header: IpProtocol::NO_NEXT_HEADER.0,
            epoch: U32::ZERO,
        }
    }
}

impl AyiyaHeader {
    /// How many bytes the identity has: a power of two, up to 32768.
    pub fn identity_len(&self) -> usize {
        // The shift is one of 15 at most.
        1_usize.wrapping_shl((self.identity >> 4).into())
    }

    /// What the identity is.
    pub fn identity_type(&self) -> AyiyaIdentityType {
        AyiyaIdentityType(self.identity & 0x0f)
    }

    /// Writes [`identity_type`](Self::identity_type), its low 4 bits.
    pub fn set_identity_type(&mut self, kind: AyiyaIdentityType) {
        self.identity = self.identity & 0xf0 | kind.0 & 0x0f;
    }

    /// How many bytes the signature has: up to 15 words of four.
    pub fn signature_len(&self) -> usize {
        usize::from(self.signature >> 4 << 2)
    }

    /// How the signature is worked out.
    pub fn hash_method(&self) -> AyiyaHashMethod {
        AyiyaHashMethod(self.signature & 0x0f)
    }

    /// Writes [`hash_method`](Self::hash_method), its low 4 bits.
    pub fn set_hash_method(&mut self, method: AyiyaHashMethod) {
        self.signature = self.signature & 0xf0 | method.0 & 0x0f;
    }

    /// What proves who sent the packet.
    pub fn authentication(&self) -> AyiyaAuthentication {
        AyiyaAuthentication(self.authentication_operation >> 4)
    }

    /// Writes [`authentication`](Self::authentication), its low 4 bits.
    pub fn set_authentication(&mut self, method: AyiyaAuthentication) {
        self.authentication_operation = self.authentication_operation & 0x0f | method.0 << 4;
    }

    /// What the packet is for.
    pub fn operation(&self) -> AyiyaOperation {
        AyiyaOperation(self.authentication_operation & 0x0f)
    }

    /// Writes [`operation`](Self::operation), its low 4 bits.
    pub fn set_operation(&mut self, operation: AyiyaOperation) {
        self.authentication_operation = self.authentication_operation & 0xf0 | operation.0 & 0x0f;
    }

    /// What the packet carries, by the number that an IP header has for it.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.next_header)
    }

    /// Whether what stands behind is a packet on its way.
    fn forwards(self) -> bool {
        let operation = self.operation();
        matches!(operation, AyiyaOperation::FORWARD | AyiyaOperation::ECHO_REQUEST_AND_FORWARD)
    }
}

/// A packet in a tunnel, or one that keeps it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ayiya<'a> {
    pub header: &'a AyiyaHeader,
    pub identity: &'a [u8],
    pub signature: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ayiya<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<AyiyaHeader>()?;
        let identity = parts.bytes(header.identity_len())?;
        let signature = parts.bytes(header.signature_len())?;
        let version = match header.next_header() {
            IpProtocol::IPV4 => 4,
            IpProtocol::IPV6 => 6,
            _ => return Ok(Self { header, identity, signature, payload: parts.rest }),
        };
        match parts.rest.first().map(|byte| byte >> 4) {
            // The datagrams at a port of AYIYA may be anything: this one holds no such packet.
            Some(other) if header.forwards() && other != version => {
                Err(Malformed::Field { name: "version", value: other.into() })
            }
            _ => Ok(Self { header, identity, signature, payload: parts.rest }),
        }
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<AyiyaHeader>()
            .saturating_add(self.identity.len())
            .saturating_add(self.signature.len());
        let next = if self.header.forwards() {
            Next::One(Key::ip_protocol(self.header.next_header()))
        } else {
            Next::End
        };
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("ayiya.idlen", header.identity >> 4, 0..1);
        sink.number("ayiya.idtype", header.identity_type().0, 0..1);
        sink.number("ayiya.siglen", header.signature >> 4, 1..2);
        sink.number("ayiya.hashmethod", header.hash_method().0, 1..2);
        sink.number("ayiya.authmethod", header.authentication().0, 2..3);
        sink.number("ayiya.opcode", header.operation().0, 2..3);
        sink.number("ayiya.nextheader", header.next_header, 3..4);
        sink.number("ayiya.epoch", header.epoch, 4..8);
        let mut places = Places(size_of::<AyiyaHeader>());
        sink.bytes("ayiya.identity", self.identity, places.next(self.identity.len()));
        if !self.signature.is_empty() {
            sink.bytes("ayiya.signature", self.signature, places.next(self.signature.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.operation())
    }
}

/// What stands in front of a packet in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AyiyaBuilder<'a> {
    /// The lengths in it are written.
    pub header: AyiyaHeader,
    /// As many bytes as a power of two.
    pub identity: &'a [u8],
    /// As many bytes as words of four have.
    pub signature: &'a [u8],
}

impl Default for AyiyaBuilder<'_> {
    /// A packet of nobody, to be forwarded: an identity has a byte at least.
    fn default() -> Self {
        Self { header: AyiyaHeader::default(), identity: &[0], signature: &[] }
    }
}

impl Encode for AyiyaBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let error = |field, len: usize| {
            Err(EncodeError::TooLarge { layer: PROTOCOL.name, field, value: len as u64 })
        };
        let (identity_len, signature_len) = (self.identity.len(), self.signature.len());
        if !identity_len.is_power_of_two() || identity_len > MAX_IDENTITY_LEN {
            return error("identity length", identity_len);
        }
        if !signature_len.is_multiple_of(4) || signature_len > MAX_SIGNATURE_LEN {
            return error("signature length", signature_len);
        }
        let high = |number: usize| u8::try_from(number << 4).unwrap_or_default();
        let mut header = self.header;
        header.identity = header.identity & 0x0f | high(identity_len.trailing_zeros() as usize);
        header.signature = header.signature & 0x0f | high(signature_len >> 2);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.identity);
        out.extend_from_slice(self.signature);
        Ok(())
    }
}

impl Header for AyiyaHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<AyiyaHeader>(bytes)?;
    header.next_header = behind.ip_protocol(header.next_header()).0;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::AYIYA,
    "ayiya",
    "Anything in Anything",
    |bytes, outer| Ayiya::parse_in(bytes, outer).map(|ayiya| ayiya.shape()),
    |bytes, outer, visitor| Ayiya::parse_in(bytes, outer).map(|ayiya| visitor(&ayiya)),
)
.specification("draft-massar-v6ops-ayiya-02")
.claims(&[Key::udp_port(5072)])
// Forward what is behind; nobody sent it, and nothing proves that.
.template(&[0x00, 0x00, 0x01, 0x3b, 0, 0, 0, 0, 0])
.next(next);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Ipv6, LinkType, Udp};

    /// As ayiya-large-identity.pcap (zeek), frame 1, with a shorter identity and signature, made
    /// by hand and read by tshark 4.0.17.
    const SAMPLE: &[u8] = b"\x11\x12\x11\x29\x65\x53\xf1\x00\x01\x02\xaa\xbb\xcc\xdd\x60";

    #[test]
    fn identity_and_signature_are_as_long_as_the_header_says() {
        let ayiya = Ayiya::parse(SAMPLE).unwrap();
        assert_eq!(
            ayiya.to_string(),
            "ayiya.idlen=1 ayiya.idtype=1 ayiya.siglen=1 ayiya.hashmethod=2 ayiya.authmethod=1 \
             ayiya.opcode=1 ayiya.nextheader=41 ayiya.epoch=1700000000 ayiya.identity=0102 \
             ayiya.signature=aabbccdd"
        );
        assert_eq!((ayiya.shape().header_len, ayiya.payload), (14, &b"\x60"[..]));
        assert_eq!(ayiya.shape().next, Next::One(Key::ip_protocol(IpProtocol::IPV6)));
        assert_eq!(fmt::from_fn(|f| ayiya.summary(f)).to_string(), "forward");
    }

    #[test]
    fn only_what_is_to_be_forwarded_is_a_packet() {
        for (operation, is_packet) in [(0, false), (1, true), (2, false), (3, true), (4, false)] {
            let mut bytes = SAMPLE.to_vec();
            bytes[2] = 0x10 | operation;
            let next = Ayiya::parse(&bytes).unwrap().shape().next;
            assert_eq!(next != Next::End, is_packet, "operation {operation}");
        }
    }

    #[test]
    fn what_holds_no_such_packet_is_no_ayiya() {
        let error = |value| Err(Malformed::Field { name: "version", value });
        let with = |next_header: u8, first: u8, operation: u8| {
            let mut bytes = SAMPLE.to_vec();
            (bytes[2], bytes[3], bytes[14]) = (operation, next_header, first);
            bytes
        };
        assert_eq!(Ayiya::parse(&with(41, 0x45, 1)), error(4));
        assert_eq!(Ayiya::parse(&with(4, 0x60, 1)), error(6));
        assert_eq!(Ayiya::parse(&with(41, 0x45, 4)).unwrap().payload, b"\x45");
        assert_eq!(Ayiya::parse(&with(17, 0x45, 1)).unwrap().payload, b"\x45");
    }

    #[test]
    fn every_prefix_is_truncated_or_whole() {
        for have in 0..14 {
            let cut = Ayiya::parse(&SAMPLE[..have]).unwrap_err();
            assert!(matches!(cut, Malformed::Truncated { need, .. } if need > have), "{cut}");
        }
        assert_eq!(Ayiya::parse(&SAMPLE[..14]).unwrap().payload, b"");
    }

    #[test]
    fn a_tunnel_is_built_and_read() {
        let ethernet = crate::EthernetHeader::default();
        let (ipv4, ipv6) = (crate::Ipv4Header::default(), crate::Ipv6Header::default());
        let udp = crate::UdpHeader { destination_port: 5072.into(), ..Default::default() };
        let ayiya = AyiyaBuilder { identity: &[7; 16], signature: &[9; 20], ..Default::default() };
        let layers: [&dyn Encode; 5] = [&ethernet, &ipv4, &udp, &ayiya, &ipv6];
        let mut out = Vec::new();
        crate::serialize_layers(&mut out, crate::Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        let view = packet.get::<Ayiya<'_>>().unwrap();
        assert_eq!((view.identity, view.signature), (&[7; 16][..], &[9; 20][..]));
        assert_eq!(view.header.next_header(), IpProtocol::IPV6);
        assert_eq!(packet.get::<Ipv6<'_>>().unwrap().payload, b"x");
        assert_eq!(packet.get::<Udp<'_>>().unwrap().destination_port(), 5072);
    }

    #[test]
    fn lengths_that_no_header_can_say_are_errors() {
        let encode = |identity: &[u8], signature: &[u8]| {
            let builder = AyiyaBuilder { identity, signature, ..Default::default() };
            builder.encode(&mut Vec::new())
        };
        let error = |field, value| Err(EncodeError::TooLarge { layer: "ayiya", field, value });
        assert_eq!(encode(&[], &[]), error("identity length", 0));
        assert_eq!(encode(&[0; 3], &[]), error("identity length", 3));
        assert_eq!(encode(&vec![0; 1 << 16], &[]), error("identity length", 1 << 16));
        assert_eq!(encode(&[0], &[0; 5]), error("signature length", 5));
        assert_eq!(encode(&[0], &[0; 64]), error("signature length", 64));
        assert_eq!(encode(&vec![0; 1 << 15], &[0; 60]), Ok(()));
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = AyiyaHeader::read_from_bytes(&[0xff; 8]).unwrap();
        header.set_identity_type(AyiyaIdentityType::NONE);
        header.set_hash_method(AyiyaHashMethod::NONE);
        header.set_authentication(AyiyaAuthentication::NONE);
        assert_eq!((header.identity, header.signature), (0xf0, 0xf0));
        assert_eq!(header.authentication_operation, 0x0f);
        header.set_operation(AyiyaOperation::NO_OPERATION);
        header.set_authentication(AyiyaAuthentication(0xff));
        assert_eq!(header.authentication_operation, 0xf0);
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(power in 0_u32..9, words in 0_usize..16, byte: u8, epoch: u32) {
            let (identity, signature) = (vec![byte; 1 << power], vec![!byte; words * 4]);
            let header = AyiyaHeader { epoch: epoch.into(), ..Default::default() };
            let builder = AyiyaBuilder { header, identity: &identity, signature: &signature };
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            let ayiya = Ayiya::parse(&out).unwrap();
            prop_assert_eq!((ayiya.identity, ayiya.signature), (&identity[..], &signature[..]));
            prop_assert_eq!(ayiya.header.epoch.get(), epoch);
            prop_assert_eq!(ayiya.shape().header_len, out.len());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(ayiya) = Ayiya::parse(&bytes) {
                prop_assert!(ayiya.shape().header_len <= bytes.len());
                let _ = ayiya.to_string();
            }
        }
    }
}
