//! Data center bridging as Cisco, Intel and others agreed on it before IEEE took it over: the "Converged
//! Enhanced Ethernet" base protocol 1.01, of records in a TLV.
//!
//! ```text
//! | type, 7 bits | length, 9 bits | operating version | maximum version | data ...
//! ```

use crate::records::{Record, Records};

/// A TLV of data center bridging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LldpDcbx<'a> {
    /// 1 is the first form, of Cisco, Intel and Nuova, 2 that of Converged Enhanced Ethernet.
    pub subtype: u8,
    pub data: &'a [u8],
}

/// A record of data center bridging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LldpDcbxRecord<'a> {
    pub version: u8,
    pub max_version: u8,
    pub content: LldpDcbxContent<'a>,
}

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LldpDcbxContent<'a> {
    /// What the sender sent last, and has seen of the other side.
    Control { sequence: u32, acknowledgment: u32 },
    /// How bandwidth is shared.
    PriorityGroups {
        state: LldpDcbxState,
        /// The group of each priority, two in a byte, the upper half first.
        groups: &'a [u8; 4],
        /// Of each group, per cent.
        bandwidths: &'a [u8; 8],
        max_classes: u8,
    },
    /// Which priorities are paused on their own: a bit each.
    PriorityFlowControl { state: LldpDcbxState, enabled: u8, max_classes: u8 },
    /// Of each application: a protocol number, 2 bits that say what that is (0 an `EtherType`, 1 a port
    /// of TCP or UDP), 22 bits of an organization, and a bit for each priority.
    Applications { state: LldpDcbxState, applications: &'a [[u8; 6]] },
    /// Any other feature, and all but the first in the form of subtype 1.
    Feature { kind: u8, state: LldpDcbxState, data: &'a [u8] },
    /// Not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// Whether a feature is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LldpDcbxState {
    pub is_enabled: bool,
    /// Whether the sender takes over what the other side has.
    pub is_willing: bool,
    pub has_error: bool,
    pub subtype: u8,
}

impl<'a> LldpDcbx<'a> {
    /// The records, up to the first that is cut short.
    pub fn records(&self) -> impl Iterator<Item = LldpDcbxRecord<'a>> + use<'a> {
        let is_converged = self.subtype == CONVERGED;
        let records = Records::new(self.data, 0, super::head).map_while(Result::ok);
        records.map_while(move |record| understand(record, is_converged))
    }
}

/// The subtype of Converged Enhanced Ethernet.
const CONVERGED: u8 = 2;

fn understand(record: Record<'_>, is_converged: bool) -> Option<LldpDcbxRecord<'_>> {
    let (&[version, max_version], data) = record.data.split_first_chunk()?;
    let kind = u8::try_from(record.kind).ok()?;
    let content = content(kind, data, is_converged);
    let content = content.unwrap_or(LldpDcbxContent::Unknown { kind, data });
    Some(LldpDcbxRecord { version, max_version, content })
}

fn content(kind: u8, data: &[u8], is_converged: bool) -> Option<LldpDcbxContent<'_>> {
    /// Where a record says what the sender has seen.
    const CONTROL: u8 = 1;
    if kind == CONTROL {
        let &[a, b, c, d, e, f, g, h] = data else { return None };
        let [sequence, acknowledgment] = [[a, b, c, d], [e, f, g, h]].map(u32::from_be_bytes);
        return Some(LldpDcbxContent::Control { sequence, acknowledgment });
    }
    let (&[bits, subtype], data) = data.split_first_chunk()?;
    let state = LldpDcbxState {
        is_enabled: bits & 0x80 != 0,
        is_willing: bits & 0x40 != 0,
        has_error: bits & 0x20 != 0,
        subtype,
    };
    Some(match (kind, data) {
        (2, data) if is_converged => {
            let (groups, rest) = data.split_first_chunk()?;
            let (bandwidths, rest) = rest.split_first_chunk()?;
            let &[max_classes] = rest else { return None };
            LldpDcbxContent::PriorityGroups { state, groups, bandwidths, max_classes }
        }
        (3, &[enabled, max_classes]) if is_converged => {
            LldpDcbxContent::PriorityFlowControl { state, enabled, max_classes }
        }
        (4, data) if is_converged => match data.as_chunks() {
            (applications, []) => LldpDcbxContent::Applications { state, applications },
            _ => return None,
        },
        _ => LldpDcbxContent::Feature { kind, state, data },
    })
}
