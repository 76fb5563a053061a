//! The tunnels by their names: each makes an [`Inner`].

use rheos_layers::{Decoder, LayerType};

use super::Inner;

/// Takes off the tags of 802.1Q and 802.1ad. A packet without one is taken as it is.
#[derive(Clone, Copy, Debug)]
pub struct StripVlan;

impl StripVlan {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind_if_any(decoder, &[LayerType::VLAN], extractor)
    }
}

/// Takes off the labels of MPLS, RFC 3032. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct StripMpls;

impl StripMpls {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::MPLS], extractor)
    }
}

/// Inside VXLAN, RFC 7348, and its generic extension. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerVxlan;

impl InnerVxlan {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::VXLAN, LayerType::VXLAN_GPE], extractor)
    }
}

/// Inside Geneve, RFC 8926. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerGeneve;

impl InnerGeneve {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::GENEVE], extractor)
    }
}

/// Inside STT, draft-davie-stt. A packet without it has no key, and neither has one with a later segment of a
/// frame in several.
#[derive(Clone, Copy, Debug)]
pub struct InnerStt;

impl InnerStt {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::STT], extractor)
    }
}

/// Inside GTP-U, 3GPP TS 29.281. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerGtpU;

impl InnerGtpU {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::GTP], extractor)
    }
}

/// Inside GRE, RFC 2784, with NVGRE, PPTP and what else it carries. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerGre;

impl InnerGre {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::GRE], extractor)
    }
}

/// Inside a mirrored frame of ERSPAN, of type II or III. A packet without it has no key; one of type I has no header
/// but that of GRE, and [`InnerGre`] is inside of it.
#[derive(Clone, Copy, Debug)]
pub struct InnerErspan;

impl InnerErspan {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::ERSPAN], extractor)
    }
}

/// Inside L2TP, RFC 2661, and the PPP that it carries. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerL2tp;

impl InnerL2tp {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::L2TP], extractor)
    }
}

/// Inside a session of `PPPoE`, RFC 2516. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerPppoe;

impl InnerPppoe {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::PPPOE_SESSION], extractor)
    }
}

/// Inside Teredo, RFC 4380. A packet without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerTeredo;

impl InnerTeredo {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::TEREDO], extractor)
    }
}

/// Inside AYIYA, "Anything in Anything", by which tunnel brokers such as `SixXS` carried IPv6. A packet
/// without it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerAyiya;

impl InnerAyiya {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::behind(decoder, &[LayerType::AYIYA], extractor)
    }
}

/// Inside IP that is directly behind another IP, RFC 2003, RFC 2473 and RFC 4213. A packet without
/// it has no key.
#[derive(Clone, Copy, Debug)]
pub struct InnerIpInIp;

impl InnerIpInIp {
    /// Asks an extractor about what is inside.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::inside_ip(decoder, extractor)
    }
}

/// Inside whatever it came in, however often it was wrapped. A packet without a tunnel is taken as
/// it is.
#[derive(Clone, Copy, Debug)]
pub struct AutoDetectEncap;

impl AutoDetectEncap {
    /// Asks an extractor about the innermost packet.
    pub fn around<E>(decoder: &Decoder, extractor: E) -> Inner<E> {
        Inner::most(decoder, extractor)
    }
}
