//! Options of hellos, [RFC 7761](https://www.rfc-editor.org/rfc/rfc7761) section 4.9.2.

use super::{PimAddress, address};
use crate::{EncodeError, Malformed};

/// One option of a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PimHelloOption<'a> {
    /// Seconds that the hello is good for; 65,535 for ever.
    Holdtime(u16),
    /// Milliseconds, and whether joins are to be seen by all.
    LanPruneDelay { can_disable: bool, propagation_delay: u16, override_interval: u16 },
    /// The higher becomes designated router.
    DrPriority(u32),
    /// Changes when the router restarts.
    GenerationId(u32),
    /// RFC 3973: seconds between refreshes.
    StateRefresh { version: u8, interval: u8 },
    /// RFC 5015: can forward in both directions.
    BidirectionalCapable,
    /// Its other addresses, encoded; [`addresses`](Self::addresses) reads them.
    AddressList(&'a [u8]),
    /// Any other.
    Unknown { kind: u16, data: &'a [u8] },
}

impl<'a> PimHelloOption<'a> {
    fn new(kind: u16, data: &'a [u8]) -> Self {
        match (kind, data) {
            (1, &[a, b]) => Self::Holdtime(u16::from_be_bytes([a, b])),
            (2, &[a, b, c, d]) => Self::LanPruneDelay {
                can_disable: a & 0x80 != 0,
                propagation_delay: u16::from_be_bytes([a & 0x7f, b]),
                override_interval: u16::from_be_bytes([c, d]),
            },
            (19, &[a, b, c, d]) => Self::DrPriority(u32::from_be_bytes([a, b, c, d])),
            (20, &[a, b, c, d]) => Self::GenerationId(u32::from_be_bytes([a, b, c, d])),
            (21, &[version, interval, _, _]) => Self::StateRefresh { version, interval },
            (22, []) => Self::BidirectionalCapable,
            (24, _) => Self::AddressList(data),
            _ => Self::Unknown { kind, data },
        }
    }

    /// The addresses of an address list, up to the first error; other options have none.
    pub fn addresses(&self) -> impl Iterator<Item = Result<PimAddress, Malformed>> + use<'a> {
        let mut rest = match *self {
            Self::AddressList(addresses) => addresses,
            _ => &[],
        };
        std::iter::from_fn(move || {
            let found = (!rest.is_empty()).then(|| address::unicast(rest))?;
            rest = found.map_or(&[][..], |(_, behind)| behind);
            Some(found.map(|(address, _)| address))
        })
    }

    /// Appends the option.
    ///
    /// # Errors
    ///
    /// Its data is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let word;
        let (kind, data) = match *self {
            Self::Holdtime(seconds) => {
                let [a, b] = seconds.to_be_bytes();
                word = [a, b, 0, 0];
                (1, &word[..2])
            }
            Self::LanPruneDelay { can_disable, propagation_delay, override_interval } => {
                let [a, b] = propagation_delay.to_be_bytes();
                let [c, d] = override_interval.to_be_bytes();
                word = [a & 0x7f | u8::from(can_disable) << 7, b, c, d];
                (2, &word[..])
            }
            Self::DrPriority(priority) => {
                word = priority.to_be_bytes();
                (19, &word[..])
            }
            Self::GenerationId(id) => {
                word = id.to_be_bytes();
                (20, &word[..])
            }
            Self::StateRefresh { version, interval } => {
                word = [version, interval, 0, 0];
                (21, &word[..])
            }
            Self::BidirectionalCapable => (22, &[][..]),
            Self::AddressList(data) => (24, data),
            Self::Unknown { kind, data } => (kind, data),
        };
        let value = data.len() as u64;
        let error = EncodeError::TooLarge { layer: "pim", field: "option length", value };
        let length = u16::try_from(data.len()).map_err(|_| error)?;
        out.extend_from_slice(&u16::to_be_bytes(kind));
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(data);
        Ok(())
    }
}

/// The options of a hello. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PimHelloOptions<'a> {
    rest: &'a [u8],
}

impl<'a> PimHelloOptions<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for PimHelloOptions<'a> {
    type Item = Result<PimHelloOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let have = self.rest.len();
        let (need, option) = match *self.rest {
            [] => return None,
            [a, b, c, d, ref behind @ ..] => {
                let (kind, len) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                (
                    usize::from(len).saturating_add(4),
                    behind.split_at_checked(len.into()).map(|s| (kind, s)),
                )
            }
            _ => (4, None),
        };
        self.rest = option.map_or(&[][..], |(_, (_, rest))| rest);
        let option = option.map(|(kind, (data, _))| PimHelloOption::new(kind, data));
        Some(option.ok_or(Malformed::Truncated { need, have }))
    }
}
