//! Options of `DHCPv6`, [RFC 8415](https://www.rfc-editor.org/rfc/rfc8415) section 21 and
//! [IANA](https://www.iana.org/assignments/dhcpv6-parameters).

use std::net::Ipv6Addr;

use super::Dhcpv6OptionCode;
use crate::Malformed;
use crate::layers::dns::DnsNames;

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[rustfmt::skip] // a line an option, to be read as a table
pub enum Dhcpv6Option<'a> {
    /// Who a client, a server or a relay agent is.
    Identifier { code: Dhcpv6OptionCode, duid: Duid<'a> },
    /// An association of addresses or of prefixes with a client; times in seconds.
    Association { code: Dhcpv6OptionCode, iaid: u32, t1: u32, t2: u32, options: Dhcpv6Options<'a> },
    /// An association of temporary addresses with a client.
    TemporaryAssociation { iaid: u32, options: Dhcpv6Options<'a> },
    /// An address; lifetimes in seconds.
    Address { address: Ipv6Addr, preferred_lifetime: u32, valid_lifetime: u32, options: Dhcpv6Options<'a> },
    /// A prefix; lifetimes in seconds.
    Prefix { preferred_lifetime: u32, valid_lifetime: u32, prefix_len: u8, prefix: Ipv6Addr, options: Dhcpv6Options<'a> },
    /// Codes of the options that are asked for.
    OptionRequest { code: Dhcpv6OptionCode, codes: &'a [[u8; 2]] },
    /// How much a server wants to be chosen.
    Preference(u8),
    /// How long the client has been trying, in hundredths of a second.
    ElapsedTime(u16),
    /// What a relay agent hands on.
    RelayMessage(&'a [u8]),
    /// Who sent this.
    Authentication { protocol: u8, algorithm: u8, replay_method: u8, replay_detection: [u8; 8], information: &'a [u8] },
    /// How it went, in a number and in words.
    StatusCode { status: u16, message: &'a [u8] },
    /// An option that means something by being there.
    Empty { code: Dhcpv6OptionCode },
    /// Classes of users, each behind its length of two bytes.
    UserClass(&'a [u8]),
    /// A class of hosts, each part behind its length of two bytes.
    VendorClass { enterprise: u32, data: &'a [u8] },
    /// What only client and server of one vendor understand.
    VendorOptions { enterprise: u32, options: Dhcpv6Options<'a> },
    /// Which message a client should answer with.
    ReconfigureMessage(u8),
    /// Addresses, the preferred first.
    Addresses { code: Dhcpv6OptionCode, addresses: &'a [[u8; 16]] },
    /// Names, the preferred first.
    Names { code: Dhcpv6OptionCode, names: DnsNames<'a> },
    /// A time in seconds.
    Seconds { code: Dhcpv6OptionCode, value: u32 },
    /// Text, or the number that a relay agent gives an interface.
    Bytes { code: Dhcpv6OptionCode, data: &'a [u8] },
    /// A name for the client that the network trusts: RFC 4649.
    RemoteId { enterprise: u32, id: &'a [u8] },
    /// The name of the client, whole if a root ends it: RFC 4704.
    ClientFqdn { flags: u8, name: &'a [u8] },
    /// A question for who has an address: RFC 5007.
    LeaseQuery { query_type: u8, link_address: Ipv6Addr, options: Dhcpv6Options<'a> },
    /// Options in an option.
    Container { code: Dhcpv6OptionCode, options: Dhcpv6Options<'a> },
    /// The hardware address of the client: RFC 6939.
    ClientLinkLayerAddress { hardware_type: u16, address: &'a [u8] },
    /// A code that has no entry here, or not the form of its code.
    Unknown { code: Dhcpv6OptionCode, data: &'a [u8] },
}

/// Who somebody is: RFC 8415, section 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Duid<'a> {
    /// By hardware address and time, in seconds since 2000.
    LinkLayerTime { hardware_type: u16, time: u32, address: &'a [u8] },
    /// By a number of a vendor.
    Enterprise { enterprise: u32, identifier: &'a [u8] },
    /// By hardware address.
    LinkLayer { hardware_type: u16, address: &'a [u8] },
    /// By a number that is unique in the universe: RFC 6355.
    Uuid([u8; 16]),
    /// In another way: the type, if there is one, and what is behind it.
    Unknown(&'a [u8]),
}

impl<'a> Duid<'a> {
    /// Reads a DUID.
    pub fn new(wire: &'a [u8]) -> Self {
        match *wire {
            [0, 1, a, b, c, d, e, f, ref address @ ..] => Self::LinkLayerTime {
                hardware_type: u16::from_be_bytes([a, b]),
                time: u32::from_be_bytes([c, d, e, f]),
                address,
            },
            [0, 2, a, b, c, d, ref identifier @ ..] => {
                Self::Enterprise { enterprise: u32::from_be_bytes([a, b, c, d]), identifier }
            }
            [0, 3, a, b, ref address @ ..] => {
                Self::LinkLayer { hardware_type: u16::from_be_bytes([a, b]), address }
            }
            [0, 4, ref id @ ..] => id.try_into().map_or(Self::Unknown(wire), Self::Uuid),
            _ => Self::Unknown(wire),
        }
    }

    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        match *self {
            Self::LinkLayerTime { hardware_type, time, address } => {
                out.extend([0, 1]);
                out.extend(hardware_type.to_be_bytes());
                out.extend(time.to_be_bytes());
                out.extend_from_slice(address);
            }
            Self::Enterprise { enterprise, identifier } => {
                out.extend([0, 2]);
                out.extend(enterprise.to_be_bytes());
                out.extend_from_slice(identifier);
            }
            Self::LinkLayer { hardware_type, address } => {
                out.extend([0, 3]);
                out.extend(hardware_type.to_be_bytes());
                out.extend_from_slice(address);
            }
            Self::Uuid(id) => {
                out.extend([0, 4]);
                out.extend(id);
            }
            Self::Unknown(wire) => out.extend_from_slice(wire),
        }
    }
}

/// Options. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dhcpv6Options<'a> {
    pub(super) rest: &'a [u8],
    at: usize,
}

/// An option, not yet understood.
pub(super) struct RawOption<'a> {
    pub(super) code: Dhcpv6OptionCode,
    pub(super) data: &'a [u8],
    /// The place of the code among the options.
    pub(super) at: usize,
}

impl<'a> Dhcpv6Options<'a> {
    /// Options as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire, at: 0 }
    }

    /// The options that have not been read, as they are on the wire.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// The place of the next option, or of the one that is wrong.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next option, not yet understood.
    pub(super) fn next_raw(&mut self) -> Option<Result<RawOption<'a>, Malformed>> {
        let all = std::mem::take(&mut self.rest);
        if all.is_empty() {
            return None;
        }
        let cut = |need| Some(Err(Malformed::Truncated { need, have: all.len() }));
        let Some((&[a, b, c, d], behind)) = all.split_first_chunk() else { return cut(4) };
        let len = usize::from(u16::from_be_bytes([c, d]));
        let need = len.saturating_add(4);
        let Some((data, rest)) = behind.split_at_checked(len) else { return cut(need) };
        let at = self.at;
        self.rest = rest;
        self.at = at.saturating_add(need);
        Some(Ok(RawOption { code: Dhcpv6OptionCode(u16::from_be_bytes([a, b])), data, at }))
    }
}

impl<'a> Iterator for Dhcpv6Options<'a> {
    type Item = Result<Dhcpv6Option<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_raw()?.map(|raw| raw.understand()))
    }
}

impl<'a> RawOption<'a> {
    pub(super) fn understand(&self) -> Dhcpv6Option<'a> {
        let Self { code, data, .. } = *self;
        read(code, data).unwrap_or(Dhcpv6Option::Unknown { code, data })
    }
}

/// A number, and what is behind it.
fn number(data: &[u8]) -> Option<(u32, &[u8])> {
    data.split_first_chunk().map(|(bytes, rest)| (u32::from_be_bytes(*bytes), rest))
}

#[allow(clippy::too_many_lines, reason = "a table: a few lines an option")]
fn read(code: Dhcpv6OptionCode, data: &[u8]) -> Option<Dhcpv6Option<'_>> {
    use Dhcpv6OptionCode as Code;
    Some(match code {
        Code::CLIENTID | Code::SERVERID | Code::RELAY_ID => {
            Dhcpv6Option::Identifier { code, duid: Duid::new(data) }
        }
        Code::IA_NA | Code::IA_PD => {
            let ((iaid, rest), t1_at) = (number(data)?, number(data)?.1);
            let ((t1, _), (t2, options)) = (number(t1_at)?, number(rest.get(4..)?)?);
            let options = Dhcpv6Options::new(options);
            Dhcpv6Option::Association { code, iaid, t1, t2, options }
        }
        Code::IA_TA => {
            let (iaid, options) = number(data)?;
            Dhcpv6Option::TemporaryAssociation { iaid, options: Dhcpv6Options::new(options) }
        }
        Code::IAADDR => {
            let (&address, rest) = data.split_first_chunk::<16>()?;
            let (preferred_lifetime, rest) = number(rest)?;
            let (valid_lifetime, options) = number(rest)?;
            Dhcpv6Option::Address {
                address: address.into(),
                preferred_lifetime,
                valid_lifetime,
                options: Dhcpv6Options::new(options),
            }
        }
        Code::IAPREFIX => {
            let (preferred_lifetime, rest) = number(data)?;
            let (valid_lifetime, rest) = number(rest)?;
            let (&prefix_len, rest) = rest.split_first()?;
            let (&prefix, options) = rest.split_first_chunk::<16>()?;
            Dhcpv6Option::Prefix {
                preferred_lifetime,
                valid_lifetime,
                prefix_len,
                prefix: prefix.into(),
                options: Dhcpv6Options::new(options),
            }
        }
        Code::ORO | Code::ERO => match data.as_chunks() {
            (codes, []) => Dhcpv6Option::OptionRequest { code, codes },
            _ => return None,
        },
        Code::PREFERENCE => match *data {
            [preference] => Dhcpv6Option::Preference(preference),
            _ => return None,
        },
        Code::ELAPSED_TIME => Dhcpv6Option::ElapsedTime(u16::from_be_bytes(data.try_into().ok()?)),
        Code::RELAY_MSG => Dhcpv6Option::RelayMessage(data),
        Code::AUTH => {
            let (&[protocol, algorithm, replay_method], rest) = data.split_first_chunk()?;
            let (&replay_detection, information) = rest.split_first_chunk()?;
            Dhcpv6Option::Authentication {
                protocol,
                algorithm,
                replay_method,
                replay_detection,
                information,
            }
        }
        Code::STATUS_CODE => {
            let (&status, message) = data.split_first_chunk()?;
            Dhcpv6Option::StatusCode { status: u16::from_be_bytes(status), message }
        }
        Code::RAPID_COMMIT | Code::RECONF_ACCEPT if data.is_empty() => Dhcpv6Option::Empty { code },
        Code::USER_CLASS => Dhcpv6Option::UserClass(data),
        Code::VENDOR_CLASS => {
            let (enterprise, data) = number(data)?;
            Dhcpv6Option::VendorClass { enterprise, data }
        }
        Code::VENDOR_OPTS => {
            let (enterprise, options) = number(data)?;
            Dhcpv6Option::VendorOptions { enterprise, options: Dhcpv6Options::new(options) }
        }
        Code::RECONF_MSG => match *data {
            [message_type] => Dhcpv6Option::ReconfigureMessage(message_type),
            _ => return None,
        },
        Code::UNICAST
        | Code::SIP_SERVER_A
        | Code::DNS_SERVERS
        | Code::NIS_SERVERS
        | Code::NISP_SERVERS
        | Code::SNTP_SERVERS
        | Code::BCMCS_SERVER_A
        | Code::PANA_AGENT
        | Code::LQ_CLIENT_LINK => match data.as_chunks() {
            (addresses, []) => Dhcpv6Option::Addresses { code, addresses },
            _ => return None,
        },
        Code::SIP_SERVER_D
        | Code::DOMAIN_LIST
        | Code::NIS_DOMAIN_NAME
        | Code::NISP_DOMAIN_NAME
        | Code::BCMCS_SERVER_D
        | Code::AFTR_NAME => {
            let names = Some(DnsNames::new(data)).filter(|names| names.fill(data.len()))?;
            Dhcpv6Option::Names { code, names }
        }
        Code::INFORMATION_REFRESH_TIME | Code::CLT_TIME | Code::SOL_MAX_RT | Code::INF_MAX_RT => {
            Dhcpv6Option::Seconds { code, value: u32::from_be_bytes(data.try_into().ok()?) }
        }
        Code::INTERFACE_ID
        | Code::SUBSCRIBER_ID
        | Code::NEW_POSIX_TIMEZONE
        | Code::NEW_TZDB_TIMEZONE
        | Code::BOOTFILE_URL
        | Code::CAPTIVE_PORTAL => Dhcpv6Option::Bytes { code, data },
        Code::REMOTE_ID => {
            let (enterprise, id) = number(data)?;
            Dhcpv6Option::RemoteId { enterprise, id }
        }
        Code::CLIENT_FQDN => {
            let (&flags, name) = data.split_first()?;
            Dhcpv6Option::ClientFqdn { flags, name }
        }
        Code::LQ_QUERY => {
            let (&query_type, rest) = data.split_first()?;
            let (&link_address, options) = rest.split_first_chunk::<16>()?;
            let (link_address, options) = (link_address.into(), Dhcpv6Options::new(options));
            Dhcpv6Option::LeaseQuery { query_type, link_address, options }
        }
        Code::CLIENT_DATA | Code::NTP_SERVER | Code::RSOO => {
            Dhcpv6Option::Container { code, options: Dhcpv6Options::new(data) }
        }
        Code::CLIENT_LINKLAYER_ADDR => {
            let (&hardware_type, address) = data.split_first_chunk()?;
            let hardware_type = u16::from_be_bytes(hardware_type);
            Dhcpv6Option::ClientLinkLayerAddress { hardware_type, address }
        }
        _ => return None,
    })
}
