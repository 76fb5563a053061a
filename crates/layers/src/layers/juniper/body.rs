//! What stands between Juniper's header and the packet, by the interface card that it comes from.
//! Cards do not say what they carry: much of this is a guess by the first bytes, the same as
//! tcpdump's and tshark's.

use zerocopy::byteorder::little_endian;
use zerocopy::network_endian::{U16, U32, U64};

use crate::field_reader::FieldReader;
use crate::parts::Parts;
use crate::{EtherType, Key, LayerType, LinkType, Malformed, Next};

/// What stands behind the header that a voice card leaves empty.
const VOICE_HEADER_LEN: usize = 18;
/// Bytes in front of a packet that services get, and of one that they send.
const SERVICES_LEN: [usize; 2] = [12, 16];
/// Control of an LLC frame of unnumbered information.
const UNNUMBERED: u8 = 0x03;
/// What PPP starts with where it looks like HDLC.
const PPP_HDLC: u16 = 0xff03;
/// Link management of Frame Relay, behind the control of a frame.
const Q_933: u16 = 0x0308;
/// Bits of the cookie of ATM that say that Ethernet is behind it, RFC 2684.
const GAP_COUNT: u64 = 0x3fe << 32;
/// Bits of the cookie of ATM that say that the cell manages a connection.
const MANAGEMENT: u64 = 0x70;
/// Bytes that nobody has a meaning for, behind the tunnel's ESP header.
const TUNNEL_REST_LEN: usize = 16;

/// Juniper's numbers of protocols.
mod protocol {
    pub(super) const IPV4: u32 = 2;
    pub(super) const IPV6: u32 = 6;
    pub(super) const MPLS: u32 = 5;
    pub(super) const PPP: u32 = 200;
    pub(super) const ISO: u32 = 201;
    pub(super) const LLC: u32 = 202;
    pub(super) const ETHERNET: u32 = 204;
    pub(super) const MANAGEMENT: u32 = 205;
    pub(super) const Q_933: u32 = 206;
    pub(super) const FRAME_RELAY: u32 = 207;
    pub(super) const CISCO_HDLC: u32 = 208;
}

/// What an interface card puts in front of a packet for the router to know what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JuniperCookie {
    /// Nothing, or nothing that says anything.
    None,
    /// Of an ATM1 card.
    Atm1(u32),
    /// Of an ATM2 card.
    Atm2(u64),
    /// Of a multilink card.
    Multilink(u16),
    /// Of a link services card.
    LinkServices(u32),
    /// Of an adaptive services card.
    AdaptiveServices(u64),
    /// Of a gateway between packet networks.
    Gateway {
        /// Juniper's number of the protocol behind it.
        protocol: u16,
        /// VLAN.
        vlan: u16,
    },
    /// Of a tunnel: the headers that were around the packet.
    Tunnel {
        /// Ethernet address that the packet goes to.
        destination: [u8; 6],
        /// Ethernet address that it comes from.
        source: [u8; 6],
        /// Security parameters index and sequence number of ESP, if that is what was around it.
        esp: Option<[u32; 2]>,
    },
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) cookie: JuniperCookie,
    /// The number of the protocol behind it, if there was one to be found.
    pub(super) protocol: Option<u32>,
}

/// Reads what is in front of the packet of a link type.
pub(super) fn read(
    link_type: LinkType,
    is_inbound: bool,
    parts: &mut Parts<'_>,
) -> Result<Body, Malformed> {
    let none = |protocol| Body { cookie: JuniperCookie::None, protocol: Some(protocol) };
    Ok(match link_type {
        LinkType::JUNIPER_ETHER | LinkType::JUNIPER_PPPOE => none(protocol::ETHERNET),
        LinkType::JUNIPER_PPP => {
            parts.bytes(2)?;
            none(protocol::PPP)
        }
        LinkType::JUNIPER_FRELAY => none(protocol::FRAME_RELAY),
        LinkType::JUNIPER_CHDLC => none(protocol::CISCO_HDLC),
        LinkType::JUNIPER_VP => {
            parts.bytes(VOICE_HEADER_LEN)?;
            none(protocol::IPV4)
        }
        LinkType::JUNIPER_SERVICES => {
            let [out, inbound] = SERVICES_LEN;
            parts.bytes(if is_inbound { inbound } else { out })?;
            none(protocol::IPV4)
        }
        LinkType::JUNIPER_GGSN => {
            let [protocol, vlan] = *parts.take::<[little_endian::U16; 2]>()?;
            let cookie = JuniperCookie::Gateway { protocol: protocol.get(), vlan: vlan.get() };
            Body { cookie, protocol: Some(protocol.get().into()) }
        }
        LinkType::JUNIPER_ATM1 => {
            let cookie = parts.take::<U32>()?.get();
            let is_cell = cookie >> 24 == 0x80;
            let protocol = if is_cell { Some(protocol::MANAGEMENT) } else { atm(None, parts)? };
            Body { cookie: JuniperCookie::Atm1(cookie), protocol }
        }
        LinkType::JUNIPER_ATM2 => {
            let cookie = parts.take::<U64>()?.get();
            let is_cell = cookie & MANAGEMENT != 0;
            let is_bridged = cookie & GAP_COUNT != 0 && !is_inbound;
            let protocol =
                if is_cell { Some(protocol::MANAGEMENT) } else { atm(Some(is_bridged), parts)? };
            Body { cookie: JuniperCookie::Atm2(cookie), protocol }
        }
        LinkType::JUNIPER_MLPPP => multilink_ppp(is_inbound, parts)?,
        LinkType::JUNIPER_MLFR => multilink_frame_relay(parts)?,
        LinkType::JUNIPER_ST => tunnel(parts)?,
        // Nobody has said what these cards send.
        _ => Body { cookie: JuniperCookie::None, protocol: None },
    })
}

/// Guesses what is behind the cookie of ATM; for ATM2, whether the cookie speaks of Ethernet.
fn atm(is_bridged: Option<bool>, parts: &mut Parts<'_>) -> Result<Option<u32>, Malformed> {
    if let [0xfe, 0xfe, 0x03, ..] | [0xaa, 0xaa, 0x03, ..] = parts.rest {
        return Ok(Some(protocol::LLC));
    }
    if is_bridged == Some(true) {
        return Ok(Some(protocol::ETHERNET));
    }
    if is_bridged.is_some() && is_ppp(parts, 0) {
        return Ok(Some(protocol::PPP));
    }
    if parts.rest.first() == Some(&UNNUMBERED) {
        parts.bytes(1)?;
        return Ok(Some(protocol::ISO));
    }
    Ok(ip(parts))
}

fn multilink_ppp(is_inbound: bool, parts: &mut Parts<'_>) -> Result<Body, Malformed> {
    let cookie = services_cookie(parts)?;
    let protocol = match cookie {
        JuniperCookie::LinkServices(_) => Some(protocol::PPP),
        JuniperCookie::AdaptiveServices(cookie) => match services_protocol(cookie) {
            Some(protocol::IPV4) if is_inbound && !is_routing_engine(cookie) => Some(protocol::PPP),
            found => found,
        },
        _ if peek(parts, 0) == Some(PPP_HDLC) => {
            parts.bytes(2)?;
            Some(protocol::PPP)
        }
        _ if is_ppp(parts, 2) => {
            let cookie = JuniperCookie::Multilink(parts.take::<U16>()?.get());
            return Ok(Body { cookie, protocol: Some(protocol::PPP) });
        }
        _ => is_ppp(parts, 0).then_some(protocol::PPP),
    };
    Ok(Body { cookie, protocol })
}

fn multilink_frame_relay(parts: &mut Parts<'_>) -> Result<Body, Malformed> {
    let cookie = services_cookie(parts)?;
    let is_unnumbered = |parts: &Parts<'_>| parts.rest.first() == Some(&UNNUMBERED);
    let is_padded = |number| matches!(number, Some(0x0003 | 0x0300));
    let protocol = match cookie {
        JuniperCookie::LinkServices(_) => {
            if is_padded(peek(parts, 0)) {
                parts.bytes(2)?;
            }
            if is_unnumbered(parts) {
                parts.bytes(1)?;
            }
            Some(protocol::ISO)
        }
        JuniperCookie::AdaptiveServices(cookie) => match services_protocol(cookie) {
            Some(protocol::IPV4) if is_routing_engine(cookie) => {
                let is_iso = is_unnumbered(parts);
                parts.bytes(is_iso.into())?;
                is_iso.then_some(protocol::ISO)
            }
            found => found,
        },
        _ => {
            let (behind, first) = (peek(parts, 2), parts.rest.get(2));
            let (skip, protocol) = if behind == Some(Q_933) {
                (1, protocol::Q_933)
            } else if is_padded(behind) {
                (2, protocol::ISO)
            } else if first == Some(&UNNUMBERED) {
                (1, protocol::ISO)
            } else {
                return Ok(Body { cookie, protocol: None });
            };
            let cookie = JuniperCookie::Multilink(parts.take::<U16>()?.get());
            parts.bytes(skip)?;
            return Ok(Body { cookie, protocol: Some(protocol) });
        }
    };
    Ok(Body { cookie, protocol })
}

/// The cookie of a services card, by the first byte.
fn services_cookie(parts: &mut Parts<'_>) -> Result<JuniperCookie, Malformed> {
    Ok(match parts.rest.first() {
        Some(0x54) => JuniperCookie::LinkServices(parts.take::<U32>()?.get()),
        Some(0x40 | 0x47) => JuniperCookie::AdaptiveServices(parts.take::<U64>()?.get()),
        _ => JuniperCookie::None,
    })
}

/// What the cookie of an adaptive services card says of the packet.
fn services_protocol(cookie: u64) -> Option<u32> {
    match cookie >> 20 & 7 {
        0 => Some(protocol::IPV4),
        1 => Some(protocol::IPV6),
        2 => Some(protocol::MPLS),
        3 => Some(protocol::ISO),
        _ => None,
    }
}

/// Whether such a cookie says that the packet is of the routing engine.
fn is_routing_engine(cookie: u64) -> bool {
    cookie >> 24 & 3 == 3
}

/// The headers of a tunnel, as far as they are those of ESP over IPv4.
fn tunnel(parts: &mut Parts<'_>) -> Result<Body, Malformed> {
    const ESP: u8 = 50;
    let &[destination, source] = parts.take::<[[u8; 6]; 2]>()?;
    let number = parts.take::<U16>()?.get();
    let bare =
        Body { cookie: JuniperCookie::Tunnel { destination, source, esp: None }, protocol: None };
    if number != EtherType::IPV4.0 {
        return Ok(bare);
    }
    let words = parts.rest.first().map_or(5, |first| first & 0x0f);
    let is_esp = parts.bytes(usize::from(words).saturating_mul(4))?.get(9) == Some(&ESP);
    if !is_esp {
        return Ok(bare);
    }
    let [index, number] = *parts.take::<[U32; 2]>()?;
    let esp = Some([index.get(), number.get()]);
    parts.bytes(TUNNEL_REST_LEN)?;
    let cookie = JuniperCookie::Tunnel { destination, source, esp };
    Ok(Body { cookie, protocol: ip(parts) })
}

fn peek(parts: &Parts<'_>, at: usize) -> Option<u16> {
    parts.rest.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// Whether a number is one of those of PPP that the routers use.
fn is_ppp(parts: &Parts<'_>, at: usize) -> bool {
    matches!(
        peek(parts, at),
        Some(
            0x0021
                | 0x0023
                | 0x003d
                | 0x0057
                | 0x0281
                | 0x0283
                | 0x8021
                | 0x8023
                | 0x8057
                | 0x8281
                | 0xc021
                | 0xc023
                | 0xc223
        )
    )
}

/// What the first byte of a packet would be in IP.
fn ip(parts: &Parts<'_>) -> Option<u32> {
    match parts.rest.first() {
        Some(0x45..=0x4f) => Some(protocol::IPV4),
        Some(0x60..=0x6f) => Some(protocol::IPV6),
        _ => None,
    }
}

/// The layer that a number of Juniper's leads to.
pub(super) fn next(number: u32) -> Next {
    Next::One(match number {
        protocol::IPV4 | 3 => Key::ether_type(EtherType::IPV4),
        4 | protocol::MPLS | 8 | 32 => Key::ether_type(EtherType::MPLS),
        protocol::IPV6 | 7 => Key::ether_type(EtherType::IPV6),
        protocol::PPP => Key::ether_type(EtherType::PPP),
        protocol::ISO => Key::ether_type(EtherType::OSI),
        protocol::LLC | 203 => Key::ether_type(EtherType::LLC),
        protocol::ETHERNET => Key::ether_type(EtherType::BRIDGING),
        protocol::FRAME_RELAY => Key::link_type(LinkType::FRELAY),
        protocol::CISCO_HDLC => Key::link_type(LinkType::C_HDLC),
        number => Key::child(LayerType::JUNIPER, number),
    })
}

/// Reports a cookie.
pub(super) fn fields(cookie: &JuniperCookie, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match cookie {
        JuniperCookie::None => {}
        JuniperCookie::Atm1(_) => drop(reader.u32("juniper.atm1.cookie")?),
        JuniperCookie::Atm2(_) => drop(reader.number("juniper.atm2.cookie", 8)?),
        JuniperCookie::Multilink(_) => drop(reader.u16("juniper.mlpic.cookie")?),
        JuniperCookie::LinkServices(_) => drop(reader.u32("juniper.lspic.cookie")?),
        JuniperCookie::AdaptiveServices(_) => drop(reader.number("juniper.aspic.cookie", 8)?),
        JuniperCookie::Gateway { protocol, vlan } => {
            reader.skip(2)?;
            reader.bits("juniper.proto", *protocol);
            reader.skip(2)?;
            reader.bits("juniper.vlan", *vlan);
        }
        JuniperCookie::Tunnel { esp, .. } => {
            reader.mac("juniper.st.eth.dst")?;
            reader.mac("juniper.st.eth.src")?;
            if reader.u16("juniper.st.eth.type")? != EtherType::IPV4.0 {
                return Some(());
            }
            let words = reader.peek_u8()? & 0x0f;
            let mut header = reader.part(usize::from(words).saturating_mul(4));
            header.word(1)?;
            header.bits("juniper.st.ip.len", words);
            header.skip(8)?;
            header.u8("juniper.st.ip.proto")?;
            if esp.is_some() {
                reader.u32("juniper.st.esp.spi")?;
                reader.u32("juniper.st.esp.seq")?;
            }
        }
    }
    Some(())
}
