//! Options of `DHCPv6`, written, [RFC 8415](https://www.rfc-editor.org/rfc/rfc8415) section 21.

use super::{Dhcpv6Option, Dhcpv6OptionCode, PROTOCOL};
use crate::EncodeError;

impl Dhcpv6Option<'_> {
    /// The code of the option.
    pub fn code(&self) -> Dhcpv6OptionCode {
        match *self {
            Self::TemporaryAssociation { .. } => Dhcpv6OptionCode::IA_TA,
            Self::Address { .. } => Dhcpv6OptionCode::IAADDR,
            Self::Prefix { .. } => Dhcpv6OptionCode::IAPREFIX,
            Self::Preference(_) => Dhcpv6OptionCode::PREFERENCE,
            Self::ElapsedTime(_) => Dhcpv6OptionCode::ELAPSED_TIME,
            Self::RelayMessage(_) => Dhcpv6OptionCode::RELAY_MSG,
            Self::Authentication { .. } => Dhcpv6OptionCode::AUTH,
            Self::StatusCode { .. } => Dhcpv6OptionCode::STATUS_CODE,
            Self::UserClass(_) => Dhcpv6OptionCode::USER_CLASS,
            Self::VendorClass { .. } => Dhcpv6OptionCode::VENDOR_CLASS,
            Self::VendorOptions { .. } => Dhcpv6OptionCode::VENDOR_OPTS,
            Self::ReconfigureMessage(_) => Dhcpv6OptionCode::RECONF_MSG,
            Self::RemoteId { .. } => Dhcpv6OptionCode::REMOTE_ID,
            Self::ClientFqdn { .. } => Dhcpv6OptionCode::CLIENT_FQDN,
            Self::LeaseQuery { .. } => Dhcpv6OptionCode::LQ_QUERY,
            Self::ClientLinkLayerAddress { .. } => Dhcpv6OptionCode::CLIENT_LINKLAYER_ADDR,
            Self::Identifier { code, .. }
            | Self::Association { code, .. }
            | Self::OptionRequest { code, .. }
            | Self::Empty { code }
            | Self::Addresses { code, .. }
            | Self::Names { code, .. }
            | Self::Seconds { code, .. }
            | Self::Bytes { code, .. }
            | Self::Container { code, .. }
            | Self::Unknown { code, .. } => code,
        }
    }

    /// Appends the option.
    ///
    /// # Errors
    ///
    /// Its data is longer than its length can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut data = Vec::new();
        self.append_to(&mut data);
        let value = data.len() as u64;
        let error = EncodeError::TooLarge { layer: PROTOCOL.name, field: "option-len", value };
        let length = u16::try_from(data.len()).map_err(|_| error)?;
        out.extend(self.code().0.to_be_bytes());
        out.extend(length.to_be_bytes());
        out.extend(data);
        Ok(())
    }

    fn append_to(&self, out: &mut Vec<u8>) {
        let mut numbers = |numbers: &[u32]| {
            numbers.iter().for_each(|number| out.extend(number.to_be_bytes()));
        };
        match self {
            Self::Identifier { duid, .. } => duid.append_to(out),
            Self::Association { iaid, t1, t2, options, .. } => {
                numbers(&[*iaid, *t1, *t2]);
                out.extend_from_slice(options.rest);
            }
            Self::TemporaryAssociation { iaid, options } => {
                numbers(&[*iaid]);
                out.extend_from_slice(options.rest);
            }
            Self::Address { address, preferred_lifetime, valid_lifetime, options } => {
                out.extend(address.octets());
                out.extend(preferred_lifetime.to_be_bytes());
                out.extend(valid_lifetime.to_be_bytes());
                out.extend_from_slice(options.rest);
            }
            Self::Prefix { preferred_lifetime, valid_lifetime, prefix_len, prefix, options } => {
                numbers(&[*preferred_lifetime, *valid_lifetime]);
                out.push(*prefix_len);
                out.extend(prefix.octets());
                out.extend_from_slice(options.rest);
            }
            Self::OptionRequest { codes, .. } => out.extend(codes.as_flattened()),
            Self::Preference(byte) | Self::ReconfigureMessage(byte) => out.push(*byte),
            Self::ElapsedTime(time) => out.extend(time.to_be_bytes()),
            Self::Authentication {
                protocol,
                algorithm,
                replay_method,
                replay_detection,
                information,
            } => {
                out.extend([protocol, algorithm, replay_method]);
                out.extend(replay_detection);
                out.extend_from_slice(information);
            }
            Self::StatusCode { status, message } => {
                out.extend(status.to_be_bytes());
                out.extend_from_slice(message);
            }
            Self::Empty { .. } => {}
            Self::VendorClass { enterprise, data } | Self::RemoteId { enterprise, id: data } => {
                numbers(&[*enterprise]);
                out.extend_from_slice(data);
            }
            Self::VendorOptions { enterprise, options } => {
                numbers(&[*enterprise]);
                out.extend_from_slice(options.rest);
            }
            Self::Addresses { addresses, .. } => out.extend(addresses.as_flattened()),
            Self::Names { names, .. } => out.extend_from_slice(names.as_bytes()),
            Self::Seconds { value, .. } => numbers(&[*value]),
            Self::RelayMessage(data)
            | Self::UserClass(data)
            | Self::Bytes { data, .. }
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::ClientFqdn { flags, name } => {
                out.push(*flags);
                out.extend_from_slice(name);
            }
            Self::LeaseQuery { query_type, link_address, options } => {
                out.push(*query_type);
                out.extend(link_address.octets());
                out.extend_from_slice(options.rest);
            }
            Self::Container { options, .. } => out.extend_from_slice(options.rest),
            Self::ClientLinkLayerAddress { hardware_type, address } => {
                out.extend(hardware_type.to_be_bytes());
                out.extend_from_slice(address);
            }
        }
    }
}
