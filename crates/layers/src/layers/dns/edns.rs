//! Options of EDNS, [RFC 6891](https://www.rfc-editor.org/rfc/rfc6891) section 6.1.2 and
//! [IANA](https://www.iana.org/assignments/dns-parameters).

use std::net::Ipv6Addr;

use super::DnsName;
use super::data_parts::padded;
use super::fields::Out;
use crate::{Malformed, Value};

/// An option of EDNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EdnsOption<'a> {
    /// Name of the server: RFC 5001.
    Nsid(&'a [u8]),
    /// Signature algorithms that the sender understands: RFC 6975.
    Dau(&'a [u8]),
    /// Digest algorithms that the sender understands: RFC 6975.
    Dhu(&'a [u8]),
    /// Hash algorithms of NSEC3 that the sender understands: RFC 6975.
    N3u(&'a [u8]),
    /// For whose network the answer is meant: RFC 7871. Family 1 is IPv4, 2 is IPv6; the address
    /// has no more bytes than its prefix needs.
    ClientSubnet { family: u16, source_prefix: u8, scope_prefix: u8, address: &'a [u8] },
    /// How many seconds a secondary may use a zone; asked for without: RFC 7314.
    Expire(Option<u32>),
    /// Cookies; the server's is empty at first: RFC 7873.
    Cookie { client: [u8; 8], server: &'a [u8] },
    /// How long a connection may be idle, in tenths of a second; asked for without: RFC 7828.
    TcpKeepalive(Option<u16>),
    /// Bytes that hide the length of the message: RFC 7830.
    Padding(&'a [u8]),
    /// The closest point of trust that the sender has: RFC 7901.
    Chain(DnsName<'a>),
    /// Trust anchors that the sender has: RFC 8145; each tag is two bytes.
    KeyTag(&'a [[u8; 2]]),
    /// More about an error: RFC 8914.
    ExtendedError { info_code: u16, extra_text: &'a [u8] },
    /// Where to report errors: RFC 9567.
    ReportChannel(DnsName<'a>),
    /// A code that has no entry here, or not the form of its code.
    Unknown { code: u16, data: &'a [u8] },
}

impl<'a> EdnsOption<'a> {
    pub(super) fn read(code: u16, data: &'a [u8]) -> Self {
        let known = match (code, data) {
            (3, data) => Some(Self::Nsid(data)),
            (5, data) => Some(Self::Dau(data)),
            (6, data) => Some(Self::Dhu(data)),
            (7, data) => Some(Self::N3u(data)),
            (8, &[a, b, source_prefix, scope_prefix, ref address @ ..]) => {
                let family = u16::from_be_bytes([a, b]);
                Some(Self::ClientSubnet { family, source_prefix, scope_prefix, address })
            }
            (9, []) => Some(Self::Expire(None)),
            (9, &[a, b, c, d]) => Some(Self::Expire(Some(u32::from_be_bytes([a, b, c, d])))),
            (10, data) => {
                data.split_first_chunk().map(|(&client, server)| Self::Cookie { client, server })
            }
            (11, []) => Some(Self::TcpKeepalive(None)),
            (11, &[a, b]) => Some(Self::TcpKeepalive(Some(u16::from_be_bytes([a, b])))),
            (12, data) => Some(Self::Padding(data)),
            (13, data) => whole_name(data).map(Self::Chain),
            (14, data) => match data.as_chunks() {
                (tags, []) => Some(Self::KeyTag(tags)),
                _ => None,
            },
            (15, &[a, b, ref extra_text @ ..]) => {
                let info_code = u16::from_be_bytes([a, b]);
                Some(Self::ExtendedError { info_code, extra_text })
            }
            (18, data) => whole_name(data).map(Self::ReportChannel),
            _ => None,
        };
        known.unwrap_or(Self::Unknown { code, data })
    }

    /// The number of the option.
    pub fn code(&self) -> u16 {
        match *self {
            Self::Nsid(_) => 3,
            Self::Dau(_) => 5,
            Self::Dhu(_) => 6,
            Self::N3u(_) => 7,
            Self::ClientSubnet { .. } => 8,
            Self::Expire(_) => 9,
            Self::Cookie { .. } => 10,
            Self::TcpKeepalive(_) => 11,
            Self::Padding(_) => 12,
            Self::Chain(_) => 13,
            Self::KeyTag(_) => 14,
            Self::ExtendedError { .. } => 15,
            Self::ReportChannel(_) => 18,
            Self::Unknown { code, .. } => code,
        }
    }

    /// Appends what stands behind code and length.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Nsid(data)
            | Self::Dau(data)
            | Self::Dhu(data)
            | Self::N3u(data)
            | Self::Padding(data)
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::ClientSubnet { family, source_prefix, scope_prefix, address } => {
                out.extend(family.to_be_bytes());
                out.extend([source_prefix, scope_prefix]);
                out.extend_from_slice(address);
            }
            Self::Expire(seconds) => out.extend(seconds.into_iter().flat_map(u32::to_be_bytes)),
            Self::Cookie { client, server } => {
                out.extend(client);
                out.extend_from_slice(server);
            }
            Self::TcpKeepalive(time) => out.extend(time.into_iter().flat_map(u16::to_be_bytes)),
            Self::Chain(name) | Self::ReportChannel(name) => name.append_to(out),
            Self::KeyTag(tags) => out.extend_from_slice(tags.as_flattened()),
            Self::ExtendedError { info_code, extra_text } => {
                out.extend(info_code.to_be_bytes());
                out.extend_from_slice(extra_text);
            }
        }
    }
}

/// A name without pointers that fills its option.
fn whole_name(data: &[u8]) -> Option<DnsName<'_>> {
    let (name, end) = DnsName::read(data, 0).ok()?;
    (end == data.len() && name.len() == end).then_some(name)
}

/// The options of an OPT record. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdnsOptions<'a> {
    rest: &'a [u8],
}

impl<'a> EdnsOptions<'a> {
    /// Options as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire }
    }

    /// The options that have not been read, as they are on the wire.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// The next option by its code, not yet understood.
    pub(super) fn next_raw(&mut self) -> Option<Result<(u16, &'a [u8]), Malformed>> {
        next_tlv(&mut self.rest)
    }
}

impl<'a> Iterator for EdnsOptions<'a> {
    type Item = Result<EdnsOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_raw()?.map(|(code, data)| EdnsOption::read(code, data)))
    }
}

/// Reports the options that start at the place of `out`.
pub(super) fn fields(mut options: EdnsOptions<'_>, out: &mut Out<'_, '_>) {
    while let Some((code, data)) = out.sound(options.next_raw()) {
        out.u16("dns.opt.code", code);
        out.value("dns.opt.len", Value::Number(data.len() as u64), 2);
        let start = out.at;
        out.here("dns.opt.data", Value::Bytes(data), data.len());
        match EdnsOption::read(code, data) {
            EdnsOption::Dau(codes) => codes.iter().for_each(|code| out.u8("dns.opt.dau", *code)),
            EdnsOption::Dhu(codes) => codes.iter().for_each(|code| out.u8("dns.opt.dhu", *code)),
            EdnsOption::N3u(codes) => codes.iter().for_each(|code| out.u8("dns.opt.n3u", *code)),
            EdnsOption::ClientSubnet { family, source_prefix, scope_prefix, address } => {
                out.u16("dns.opt.client.family", family);
                out.u8("dns.opt.client.netmask", source_prefix);
                out.u8("dns.opt.client.scope", scope_prefix);
                match (family, padded::<4>(address), padded::<16>(address)) {
                    (1, Some(padded), _) => {
                        let value = Value::Ipv4(padded.into());
                        out.value("dns.opt.client.addr4", value, address.len());
                    }
                    (2, _, Some(padded)) => {
                        let value = Value::Ipv6(Ipv6Addr::from(padded));
                        out.value("dns.opt.client.addr6", value, address.len());
                    }
                    _ => out.bytes("dns.opt.client.addr", address),
                }
            }
            EdnsOption::Cookie { client, server } => {
                out.bytes("dns.opt.cookie.client", &client);
                out.bytes("dns.opt.cookie.server", server);
            }
            EdnsOption::TcpKeepalive(Some(timeout)) => {
                out.u16("dns.opt.edns_tcp_keepalive.timeout", timeout);
            }
            EdnsOption::Padding(padding) => out.bytes("dns.opt.padding", padding),
            // Wireshark shows the bytes of the name as text.
            EdnsOption::Chain(_) => out.text("dns.opt.chain.fqdn", data),
            EdnsOption::ExtendedError { info_code, extra_text } => {
                out.u16("dns.opt.ext_error.info_code", info_code);
                if !extra_text.is_empty() {
                    out.text("dns.opt.ext_error.extra_text", extra_text);
                }
            }
            _ => {}
        }
        out.at = start.saturating_add(data.len());
    }
}

/// A number and a length, two bytes each, and data: the form of options and of parameters.
pub(super) fn next_tlv<'a>(rest: &mut &'a [u8]) -> Option<Result<(u16, &'a [u8]), Malformed>> {
    let all = std::mem::take(rest);
    if all.is_empty() {
        return None;
    }
    let cut = |need| Some(Err(Malformed::Truncated { need, have: all.len() }));
    let Some((&[a, b, c, d], behind)) = all.split_first_chunk() else { return cut(4) };
    let length = usize::from(u16::from_be_bytes([c, d]));
    let Some((data, behind)) = behind.split_at_checked(length) else {
        return cut(length.saturating_add(4));
    };
    *rest = behind;
    Some(Ok((u16::from_be_bytes([a, b]), data)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(wire: &[u8], expected: &[Result<EdnsOption<'_>, Malformed>]) {
        assert_eq!(EdnsOptions::new(wire).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn options_of_the_wrong_length_are_unknown_and_do_not_end_the_list() {
        let unknown = |code, data| Ok(EdnsOption::Unknown { code, data });
        check(
            b"\0\x0a\0\x03abc\0\x08\0\x02\0\x01\0\x0b\0\x01\0\0\x09\0\x01\0\0\x0d\0\x01\x01",
            &[
                unknown(10, b"abc"),
                unknown(8, b"\0\x01"),
                unknown(11, b"\0"),
                unknown(9, b"\0"),
                unknown(13, b"\x01"),
            ],
        );
    }

    #[test]
    fn an_option_that_is_cut_short_ends_the_list() {
        let cut = |need, have| Err(Malformed::Truncated { need, have });
        check(b"\0\x03\0\x01a\0\x03\0\x09b", &[Ok(EdnsOption::Nsid(b"a")), cut(13, 5)]);
        check(b"\0\x03\0", &[cut(4, 3)]);
    }

    proptest! {
        #[test]
        fn any_bytes_end_and_are_written_as_they_were(wire: Vec<u8>) {
            let mut options = EdnsOptions::new(&wire);
            let mut written = Vec::new();
            for option in options.by_ref().map_while(Result::ok) {
                let mut data = Vec::new();
                option.append_to(&mut data);
                written.extend(option.code().to_be_bytes());
                written.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
                written.extend(data);
            }
            prop_assert!(wire.starts_with(&written) && options.next().is_none());
        }

        #[test]
        fn any_option_is_written_as_it_was(code in 0..20_u16, data: Vec<u8>) {
            let mut written = Vec::new();
            let option = EdnsOption::read(code, &data);
            option.append_to(&mut written);
            prop_assert_eq!((option.code(), written), (code, data));
        }
    }
}
