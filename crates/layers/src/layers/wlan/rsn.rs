//! Robust security network, IEEE Std 802.11 section 9.4.2.24, and WPA, which came before it.
//!
//! ```text
//! |   version    | group cipher |  count  | pairwise ciphers ... |  count  |  AKMs ...  |
//! | capabilities |  count | PMK identifiers ... | group management cipher |
//! ```
//!
//! Whatever stands at the end may be left out.

use std::fmt;

use crate::layout::{Bits, Layout};

/// A cipher or a way to authenticate: an organization, and a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RsnSuite(pub [u8; 4]);

impl RsnSuite {
    /// The organization of IEEE 802.11.
    pub const IEEE_802_11: [u8; 3] = [0x00, 0x0f, 0xac];
    /// Temporal Key Integrity Protocol.
    pub const TKIP: Self = Self([0x00, 0x0f, 0xac, 2]);
    /// CCMP with keys of 128 bits.
    pub const CCMP_128: Self = Self([0x00, 0x0f, 0xac, 4]);

    /// Who assigned the number.
    pub fn organization(&self) -> [u8; 3] {
        let [a, b, c, _] = self.0;
        [a, b, c]
    }

    /// The number.
    pub fn kind(&self) -> u8 {
        let [.., kind] = self.0;
        kind
    }
}

impl fmt::Display for RsnSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, kind] = self.0;
        write!(f, "{a:02x}-{b:02x}-{c:02x}:{kind}")
    }
}

/// What stands in an element of RSN or behind the type of one of WPA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rsn<'a>(pub &'a [u8]);

/// The places of the parts.
#[derive(Default)]
struct Parts<'a> {
    version: Option<u16>,
    group: Option<RsnSuite>,
    pairwise: &'a [[u8; 4]],
    akms: &'a [[u8; 4]],
    capabilities: Option<u16>,
    pmkids: &'a [[u8; 16]],
    group_management: Option<RsnSuite>,
}

/// Takes a count and as many items as it says and are there.
fn list<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [[u8; N]]> {
    let (count, behind) = rest.split_first_chunk::<2>()?;
    let (items, _) = behind.as_chunks::<N>();
    let count = usize::from(u16::from_le_bytes(*count));
    let items = items.get(..count).unwrap_or(items);
    *rest = behind.get(items.as_flattened().len()..).unwrap_or_default();
    Some(items)
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (item, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(item)
}

impl<'a> Rsn<'a> {
    fn parts(self) -> Parts<'a> {
        let mut parts = Parts::default();
        // The parts that are there stay, whichever is missing first.
        let _ = self.read(&mut parts);
        parts
    }

    fn read(self, parts: &mut Parts<'a>) -> Option<()> {
        let mut rest = self.0;
        parts.version = Some(u16::from_le_bytes(*take(&mut rest)?));
        parts.group = Some(RsnSuite(*take(&mut rest)?));
        parts.pairwise = list(&mut rest)?;
        parts.akms = list(&mut rest)?;
        parts.capabilities = Some(u16::from_le_bytes(*take(&mut rest)?));
        parts.pmkids = list(&mut rest)?;
        parts.group_management = Some(RsnSuite(*take(&mut rest)?));
        Some(())
    }

    /// Version of the protocol.
    pub fn version(self) -> Option<u16> {
        self.parts().version
    }

    /// Cipher of frames to many.
    pub fn group_cipher(self) -> Option<RsnSuite> {
        self.parts().group
    }

    /// Ciphers of frames to one.
    pub fn pairwise_ciphers(self) -> impl Iterator<Item = RsnSuite> + use<'a> {
        self.parts().pairwise.iter().copied().map(RsnSuite)
    }

    /// Ways to authenticate and to agree on keys.
    pub fn akms(self) -> impl Iterator<Item = RsnSuite> + use<'a> {
        self.parts().akms.iter().copied().map(RsnSuite)
    }

    /// What the sender can do.
    pub fn capabilities(self) -> Option<u16> {
        self.parts().capabilities
    }

    /// Identifiers of keys agreed on before.
    pub fn pmkids(self) -> &'a [[u8; 16]] {
        self.parts().pmkids
    }

    /// Cipher of management frames to many.
    pub fn group_management_cipher(self) -> Option<RsnSuite> {
        self.parts().group_management
    }
}

/// What the sender of an RSN element can do.
const CAPABILITIES: &Bits = &[
    ("wlan.rsn.capabilities.preauth", 0x1),
    ("wlan.rsn.capabilities.no_pairwise", 0x2),
    ("wlan.rsn.capabilities.ptksa_replay_counter", 0xc),
    ("wlan.rsn.capabilities.gtksa_replay_counter", 0x30),
    ("wlan.rsn.capabilities.mfpr", 0x40),
    ("wlan.rsn.capabilities.mfpc", 0x80),
    ("wlan.rsn.capabilities.jmr", 0x100),
    ("wlan.rsn.capabilities.peerkey", 0x200),
    ("wlan.rsn.capabilities.extended_key_id_iaf", 0x2000),
];

/// Wireshark's names of a suite: the whole, the organization, the number.
type Suite = [&'static str; 3];

const GROUP: Suite = ["wlan.rsn.gcs", "wlan.rsn.gcs.oui", "wlan.rsn.gcs.type"];
const PAIRWISE: Suite = ["wlan.rsn.pcs", "wlan.rsn.pcs.oui", "wlan.rsn.pcs.type"];
const AKM: Suite = ["wlan.rsn.akms", "wlan.rsn.akms.oui", "wlan.rsn.akms.type"];
const GROUP_MANAGEMENT: Suite = ["wlan.rsn.gmcs", "wlan.rsn.gmcs.oui", "wlan.rsn.gmcs.type"];
const WPA_GROUP: Suite =
    ["wlan.wfa.ie.wpa.mcs", "wlan.wfa.ie.wpa.mcs.oui", "wlan.wfa.ie.wpa.mcs.type"];
const WPA_UNICAST: Suite =
    ["wlan.wfa.ie.wpa.ucs", "wlan.wfa.ie.wpa.ucs.oui", "wlan.wfa.ie.wpa.ucs.type"];
const WPA_AKM: Suite = ["wlan.wfa.ie.wpa.akms", "wlan.wfa.ie.wpa.akms.oui", "wlan.wfa.ie.wpa.type"];

fn suite(layout: &mut Layout<'_, '_>, [whole, organization, kind]: Suite) -> Option<()> {
    let bytes = *layout.rest().first_chunk::<4>()?;
    let at = layout.at();
    layout.be(4, whole)?;
    let [a, b, c, number] = bytes;
    let middle = at.saturating_add(3);
    layout.place(at..middle);
    layout.number(organization, u32::from_be_bytes([0, a, b, c]).into());
    layout.place(middle..middle.saturating_add(1));
    layout.number(kind, number.into());
    Some(())
}

fn suites(layout: &mut Layout<'_, '_>, count: &'static str, names: Suite) -> Option<()> {
    let count = layout.le(2, count)?;
    (0..count).try_for_each(|_| suite(layout, names))
}

/// Reports an element of RSN.
pub(super) fn fields(layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.le(2, "wlan.rsn.version")?;
    suite(layout, GROUP)?;
    suites(layout, "wlan.rsn.pcs.count", PAIRWISE)?;
    suites(layout, "wlan.rsn.akms.count", AKM)?;
    let capabilities = layout.le(2, "wlan.rsn.capabilities")?;
    layout.bits(capabilities, CAPABILITIES);
    let count = layout.le(2, "wlan.rsn.pmkid.count")?;
    for _ in 0..count {
        layout.read(&[crate::layout::Part::Bytes(16, "wlan.pmkid.akms")])?;
    }
    suite(layout, GROUP_MANAGEMENT)
}

/// Reports an element of WPA, from its version on.
pub(super) fn wpa_fields(layout: &mut Layout<'_, '_>) -> Option<()> {
    layout.le(2, "wlan.wfa.ie.wpa.version")?;
    suite(layout, WPA_GROUP)?;
    suites(layout, "wlan.wfa.ie.wpa.ucs.count", WPA_UNICAST)?;
    suites(layout, "wlan.wfa.ie.wpa.akms.count", WPA_AKM)
}
