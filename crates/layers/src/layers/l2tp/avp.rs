//! Attribute value pairs of L2TP, [RFC 2661](https://www.rfc-editor.org/rfc/rfc2661) section 4 and
//! [RFC 3931](https://www.rfc-editor.org/rfc/rfc3931) section 5.
//!
//! ```text
//!  0 1 2   6                       16                             31
//! |M|H|    |       length         |          vendor ID             |
//! |       attribute type          |  attribute value ...           |
//! ```

use std::fmt;

use zerocopy::FromBytes;
use zerocopy::network_endian::U16;

use crate::parts::Parts;
use crate::{EncodeError, Malformed};

/// Bytes of a pair in front of its value.
pub(super) const HEADER_LEN: usize = 6;

/// What a pair is, among those of the IETF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct L2tpAttribute(pub u16);

crate::key::numbers! {
    L2tpAttribute "attribute {}" {
        /// What the message is for.
        MESSAGE_TYPE = 0 "Message Type";
        /// Why a tunnel or session ends.
        RESULT_CODE = 1 "Result Code";
        /// Version of the protocol.
        PROTOCOL_VERSION = 2 "Protocol Version";
        /// Framing that the sender knows.
        FRAMING_CAPABILITIES = 3 "Framing Capabilities";
        /// Lines that the sender has.
        BEARER_CAPABILITIES = 4 "Bearer Capabilities";
        /// Settles which of two tunnels stays.
        TIE_BREAKER = 5 "Tie Breaker";
        /// Whatever the vendor counts.
        FIRMWARE_REVISION = 6 "Firmware Revision";
        /// The sender.
        HOST_NAME = 7 "Host Name";
        /// The sender's vendor.
        VENDOR_NAME = 8 "Vendor Name";
        /// The number that the sender gave the tunnel.
        ASSIGNED_TUNNEL_ID = 9 "Assigned Tunnel ID";
        /// How many messages may wait for an acknowledgment.
        RECEIVE_WINDOW_SIZE = 10 "Receive Window Size";
        /// What the peer is to answer to.
        CHALLENGE = 11 "Challenge";
        /// Why a call was cleared, after Q.931.
        CAUSE_CODE = 12 "Q.931 Cause Code";
        /// The answer to a challenge.
        CHALLENGE_RESPONSE = 13 "Challenge Response";
        /// The number that the sender gave the session.
        ASSIGNED_SESSION_ID = 14 "Assigned Session ID";
        /// A number for logs of both ends.
        CALL_SERIAL_NUMBER = 15 "Call Serial Number";
        /// Slowest acceptable speed.
        MINIMUM_BPS = 16 "Minimum BPS";
        /// Fastest acceptable speed.
        MAXIMUM_BPS = 17 "Maximum BPS";
        /// The line of a call.
        BEARER_TYPE = 18 "Bearer Type";
        /// The framing of a call.
        FRAMING_TYPE = 19 "Framing Type";
        /// Who was called.
        CALLED_NUMBER = 21 "Called Number";
        /// Who calls.
        CALLING_NUMBER = 22 "Calling Number";
        /// More to dial.
        SUB_ADDRESS = 23 "Sub-Address";
        /// Speed of the line, to the user.
        TX_CONNECT_SPEED = 24 "(Tx) Connect Speed";
        /// Whatever the vendor numbers.
        PHYSICAL_CHANNEL = 25 "Physical Channel ID";
        /// Options that the user first asked for.
        INITIAL_RECEIVED_LCP_CONFREQ = 26 "Initial Received LCP CONFREQ";
        /// Options that the access concentrator last asked for.
        LAST_SENT_LCP_CONFREQ = 27 "Last Sent LCP CONFREQ";
        /// Options that the user last asked for.
        LAST_RECEIVED_LCP_CONFREQ = 28 "Last Received LCP CONFREQ";
        /// How the user proved who it is.
        PROXY_AUTHEN_TYPE = 29 "Proxy Authen Type";
        /// Who the user says it is.
        PROXY_AUTHEN_NAME = 30 "Proxy Authen Name";
        /// What the user answered to.
        PROXY_AUTHEN_CHALLENGE = 31 "Proxy Authen Challenge";
        /// The identifier of that exchange.
        PROXY_AUTHEN_ID = 32 "Proxy Authen ID";
        /// What the user answered.
        PROXY_AUTHEN_RESPONSE = 33 "Proxy Authen Response";
        /// What went wrong on the line.
        CALL_ERRORS = 34 "Call Errors";
        /// Control characters that need an escape.
        ACCM = 35 "ACCM";
        /// What hides the values of hidden pairs.
        RANDOM_VECTOR = 36 "Random Vector";
        /// The group that the user belongs to.
        PRIVATE_GROUP_ID = 37 "Private Group ID";
        /// Speed of the line, from the user.
        RX_CONNECT_SPEED = 38 "Rx Connect Speed";
        /// Data must be numbered.
        SEQUENCING_REQUIRED = 39 "Sequencing Required";
        /// Why PPP ended: RFC 3145.
        PPP_DISCONNECT_CAUSE_CODE = 46 "PPP Disconnect Cause Code";
        /// Proves who sent the message, with the kind of digest in front.
        MESSAGE_DIGEST = 59 "Message Digest";
        /// Number of the router.
        ROUTER_ID = 60 "Router ID";
        /// The number that the sender gave the control connection.
        ASSIGNED_CONTROL_CONNECTION_ID = 61 "Assigned Control Connection ID";
        /// The kinds of packets that the sender knows.
        PSEUDOWIRE_CAPABILITIES = 62 "Pseudowire Capabilities List";
        /// The number that the sender gave the session.
        LOCAL_SESSION_ID = 63 "Local Session ID";
        /// The number that the peer gave the session.
        REMOTE_SESSION_ID = 64 "Remote Session ID";
        /// What stands in front of the payload of data.
        ASSIGNED_COOKIE = 65 "Assigned Cookie";
        /// What the session ends in.
        REMOTE_END_ID = 66 "Remote End ID";
        /// The kind of packets.
        PSEUDOWIRE_TYPE = 68 "Pseudowire Type";
        /// What stands behind the cookie.
        LAYER_2_SPECIFIC_SUBLAYER = 69 "L2-Specific Sublayer";
        /// Which data is numbered.
        DATA_SEQUENCING = 70 "Data Sequencing";
        /// Whether the circuit is up, and new.
        CIRCUIT_STATUS = 71 "Circuit Status";
        /// Language of messages.
        PREFERRED_LANGUAGE = 72 "Preferred Language";
        /// Goes into digests.
        NONCE = 73 "Control Message Authentication Nonce";
        /// Speed of the line, to the user.
        TX_CONNECT_SPEED_V3 = 74 "Tx Connect Speed";
        /// Speed of the line, from the user.
        RX_CONNECT_SPEED_V3 = 75 "Rx Connect Speed";
    }
}

/// One pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L2tpAvp<'a> {
    /// Whether a receiver that does not know it must end what the message belongs to.
    pub is_mandatory: bool,
    /// Whether the value is hidden by a secret that both ends share.
    pub is_hidden: bool,
    /// Who gives the attribute its meaning: 0 for the IETF.
    pub vendor_id: u16,
    pub attribute: L2tpAttribute,
    pub value: &'a [u8],
}

/// What the value of a pair says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum L2tpValue<'a> {
    /// Nothing: that the pair is there says it all.
    Empty,
    /// A number of 16, 32 or 64 bits, or bits.
    Number(u64),
    /// Text.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Why a tunnel or session ends, and the error behind that.
    Result { result: u16, error: Option<u16>, message: &'a [u8] },
    /// Version and revision.
    Version { version: u8, revision: u8 },
    /// Cause and message of Q.931, and words for it.
    Cause { code: u16, message: u8, advisory: &'a [u8] },
    /// Why PPP ended: the code, the control protocol it is of, who is to blame, and words for it.
    Disconnect { code: u16, protocol: u16, direction: u8, message: &'a [u8] },
    /// Bad checksums, framing, overruns of hardware and buffers, timeouts, alignment.
    CallErrors([u32; 6]),
    /// Control characters that need an escape, sent and received.
    ControlCharacters { send: u32, receive: u32 },
    /// The kinds of packets that the sender knows.
    PseudowireTypes(&'a [U16]),
    /// Hidden, of a vendor, of no known attribute, or not of its length.
    Unknown(&'a [u8]),
}

impl<'a> L2tpAvp<'a> {
    /// What the value says.
    pub fn understand(&self) -> L2tpValue<'a> {
        let value = self.value;
        if self.is_hidden || self.vendor_id != 0 {
            return L2tpValue::Unknown(value);
        }
        let known = match (self.attribute.0, value) {
            (1, &[a, b]) => {
                let result = u16::from_be_bytes([a, b]);
                Some(L2tpValue::Result { result, error: None, message: &[] })
            }
            (1, &[a, b, c, d, ref message @ ..]) => {
                let [result, error] = [[a, b], [c, d]].map(u16::from_be_bytes);
                Some(L2tpValue::Result { result, error: Some(error), message })
            }
            (2, &[version, revision]) => Some(L2tpValue::Version { version, revision }),
            (12, &[a, b, message, ref advisory @ ..]) => {
                let code = u16::from_be_bytes([a, b]);
                Some(L2tpValue::Cause { code, message, advisory })
            }
            (32, &[_, id]) => Some(L2tpValue::Number(id.into())),
            (34, value) => numbers(value).map(L2tpValue::CallErrors),
            (35, value) => {
                numbers(value).map(|[send, receive]| L2tpValue::ControlCharacters { send, receive })
            }
            (39, []) => Some(L2tpValue::Empty),
            (46, &[a, b, c, d, direction, ref message @ ..]) => {
                let [code, protocol] = [[a, b], [c, d]].map(u16::from_be_bytes);
                Some(L2tpValue::Disconnect { code, protocol, direction, message })
            }
            (62, value) => <[U16]>::ref_from_bytes(value).ok().map(L2tpValue::PseudowireTypes),
            (0 | 6 | 9 | 10 | 14 | 29 | 68..=71, value) => number::<2>(value),
            (3 | 4 | 15..=19 | 24 | 25 | 38 | 60 | 61 | 63 | 64, value) => number::<4>(value),
            (5 | 74 | 75, value) => number::<8>(value),
            (7 | 8 | 21..=23 | 30 | 66 | 72, text) => Some(L2tpValue::Text(text)),
            (11 | 13 | 26..=28 | 31 | 33 | 36 | 37 | 59 | 65 | 73, bytes) => {
                Some(L2tpValue::Bytes(bytes))
            }
            _ => None,
        };
        known.unwrap_or(L2tpValue::Unknown(value))
    }

    /// Appends the pair.
    ///
    /// # Errors
    ///
    /// It is longer than 1,023 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        const MAX_LENGTH: u16 = 0x03ff;
        let len = self.value.len().saturating_add(HEADER_LEN);
        let (layer, field, value) = ("l2tp", "AVP length", len as u64);
        let length = u16::try_from(len).ok().filter(|length| *length <= MAX_LENGTH);
        let length = length.ok_or(EncodeError::TooLarge { layer, field, value })?;
        let flags = u16::from(self.is_mandatory) << 15 | u16::from(self.is_hidden) << 14;
        for number in [flags | length, self.vendor_id, self.attribute.0] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(self.value);
        Ok(())
    }
}

/// A number of exactly so many bytes.
fn number<'a, const LEN: usize>(value: &[u8]) -> Option<L2tpValue<'a>> {
    let bytes = <[u8; LEN]>::try_from(value).ok()?;
    let number = bytes
        .iter()
        .fold(0_u64, |number, &byte| number.checked_shl(8).unwrap_or_default() | u64::from(byte));
    Some(L2tpValue::Number(number))
}

/// Numbers of 32 bits behind two reserved bytes.
fn numbers<const COUNT: usize>(value: &[u8]) -> Option<[u32; COUNT]> {
    let words = value.get(2..)?.as_chunks::<4>();
    let (words, []) = words else { return None };
    let words = <&[[u8; 4]; COUNT]>::try_from(words).ok()?;
    Some(words.map(u32::from_be_bytes))
}

/// The pairs of a control message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct L2tpAvps<'a>(Parts<'a>);

impl<'a> L2tpAvps<'a> {
    pub(super) fn new(avps: &'a [u8]) -> Self {
        Self(Parts::new(avps))
    }
}

impl<'a> Iterator for L2tpAvps<'a> {
    type Item = Result<L2tpAvp<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let avp = take(&mut self.0);
        if avp.is_err() {
            self.0.rest = &[];
        }
        Some(avp)
    }
}

fn take<'a>(parts: &mut Parts<'a>) -> Result<L2tpAvp<'a>, Malformed> {
    let [flags_length, vendor_id, attribute] = parts.take::<[U16; 3]>()?.map(U16::get);
    let length = flags_length & 0x03ff;
    let Some(len) = usize::from(length).checked_sub(HEADER_LEN) else {
        return Err(Malformed::Field { name: "AVP length", value: length.into() });
    };
    Ok(L2tpAvp {
        is_mandatory: flags_length & 0x8000 != 0,
        is_hidden: flags_length & 0x4000 != 0,
        vendor_id,
        attribute: L2tpAttribute(attribute),
        value: parts.bytes(len)?,
    })
}
