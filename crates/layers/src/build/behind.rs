//! What is behind a header that is being written.

use crate::{
    EncodeError, EtherType, Header, IpProtocol, KeyKind, LayerType, Malformed, PppProtocol,
    Protocol,
};

/// What is behind a header that is being written: all that its lengths and its number of the next
/// layer follow from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Behind {
    /// The name of the layer that is being written.
    pub layer: &'static str,
    /// Bytes of header.
    pub header_len: usize,
    /// Bytes of payload: the layers behind and all that they carry.
    pub payload_len: usize,
    /// Bytes behind the payload that belong to the layer.
    pub trailer_len: usize,
    /// The layer behind, if there is one.
    pub child: Option<&'static Protocol>,
}

impl Behind {
    /// The fixed part of the header that is being written.
    ///
    /// # Errors
    ///
    /// The header is shorter than that.
    pub fn header<'b, H: Header>(&self, bytes: &'b mut [u8]) -> Result<&'b mut H, EncodeError> {
        let have = bytes.len();
        let cause = Malformed::Truncated { need: size_of::<H>(), have };
        let header = H::mut_from_prefix(bytes).map(|(header, _)| header);
        header.map_err(|_| EncodeError::Malformed { layer: self.layer, cause })
    }

    /// The same, and all that is behind it.
    ///
    /// # Errors
    ///
    /// The header is shorter than that.
    pub fn split<'b, H: Header>(
        &self,
        bytes: &'b mut [u8],
    ) -> Result<(&'b mut H, &'b mut [u8]), EncodeError> {
        let cause = Malformed::Truncated { need: size_of::<H>(), have: bytes.len() };
        let split = H::mut_from_prefix(bytes);
        split.map_err(|_| EncodeError::Malformed { layer: self.layer, cause })
    }

    /// Bytes of header in units of `unit` bytes, for a field in which `less` units are left out.
    ///
    /// # Errors
    ///
    /// The header is no multiple of a unit, or does not fit the field.
    pub fn header_units<T: TryFrom<usize>>(
        &self,
        field: &'static str,
        unit: usize,
        less: usize,
    ) -> Result<T, EncodeError> {
        let len = self.header_len;
        let units = len.checked_div(unit).and_then(|units| units.checked_sub(less));
        match units.filter(|_| len.is_multiple_of(unit)) {
            Some(units) => self.fit(field, units),
            None => {
                let cause = Malformed::Field { name: field, value: len as u64 };
                Err(EncodeError::Malformed { layer: self.layer, cause })
            }
        }
    }

    /// Bytes of payload in units of `unit` bytes.
    ///
    /// # Errors
    ///
    /// The payload is no multiple of a unit, or does not fit the field.
    pub fn payload_units<T: TryFrom<usize>>(
        &self,
        field: &'static str,
        unit: usize,
    ) -> Result<T, EncodeError> {
        let as_header = Self { header_len: self.payload_len, ..*self };
        as_header.header_units(field, unit, 0)
    }

    /// Whether the layer behind is of this type.
    pub fn is_before(&self, layer: LayerType) -> bool {
        self.child.is_some_and(|child| child.layer == layer)
    }

    /// A value for a field, named as its specification names it.
    ///
    /// # Errors
    ///
    /// The value does not fit.
    pub fn fit<T: TryFrom<usize>>(
        &self,
        field: &'static str,
        value: usize,
    ) -> Result<T, EncodeError> {
        let error = EncodeError::TooLarge { layer: self.layer, field, value: value as u64 };
        T::try_from(value).map_err(|_| error)
    }

    /// The number that leads to the layer behind: the one that is there if it does, or the first
    /// that the layer claims. What is there stays if the layer claims none.
    pub fn number<T: Copy + PartialEq>(&self, given: T, number: fn(KeyKind) -> Option<T>) -> T {
        let claims = self.child.map_or(&[][..], |child| child.claims);
        let mut numbers = claims.iter().filter_map(|key| number(key.kind()));
        let leads = numbers.clone().any(|number| number == given);
        if leads { given } else { numbers.next().unwrap_or(given) }
    }

    /// The Ethernet type of the layer behind.
    pub fn ether_type(&self, given: EtherType) -> EtherType {
        self.number(given, |kind| match kind {
            KeyKind::EtherType(number) => Some(number),
            _ => None,
        })
    }

    /// The IP protocol number of the layer behind.
    pub fn ip_protocol(&self, given: IpProtocol) -> IpProtocol {
        self.number(given, |kind| match kind {
            KeyKind::IpProtocol(number) => Some(number),
            _ => None,
        })
    }

    /// The PPP protocol number of the layer behind.
    pub fn ppp_protocol(&self, given: PppProtocol) -> PppProtocol {
        self.number(given, |kind| match kind {
            KeyKind::PppProtocol(number) => Some(number),
            _ => None,
        })
    }
}
