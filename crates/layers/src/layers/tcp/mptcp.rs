//! Multipath TCP, [RFC 8684](https://www.rfc-editor.org/rfc/rfc8684) section 3 and, as version 0,
//! [RFC 6824](https://www.rfc-editor.org/rfc/rfc6824).
//!
//! ```text
//!  0               8               16      20                     31
//! |     kind      |    length     |subtype|  by subtype ...        |
//! ```

use std::net::IpAddr;

use bitflags::bitflags;

pub(super) const MP_CAPABLE: u8 = 0; // RFC 8684, section 3.1
pub(super) const MP_JOIN: u8 = 1; // RFC 8684, section 3.2
pub(super) const DSS: u8 = 2; // RFC 8684, section 3.3
pub(super) const ADD_ADDR: u8 = 3; // RFC 8684, section 3.4.1
pub(super) const REMOVE_ADDR: u8 = 4; // RFC 8684, section 3.4.2
pub(super) const MP_PRIO: u8 = 5; // RFC 8684, section 3.3.8
pub(super) const MP_FAIL: u8 = 6; // RFC 8684, section 3.7
pub(super) const MP_FASTCLOSE: u8 = 7; // RFC 8684, section 3.5
pub(super) const MP_TCPRST: u8 = 8; // RFC 8684, section 3.6

/// One option of Multipath TCP. Which fields are there follows from its length, which is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MptcpOption<'a> {
    /// Starts a connection. SYN: no key in version 1, the sender's in version 0; SYN/ACK: the
    /// sender's; ACK: both; with the first data in version 1, its length and maybe its checksum.
    Capable {
        version: u8,
        flags: MptcpCapableFlags,
        sender_key: Option<u64>,
        receiver_key: Option<u64>,
        data_length: Option<u16>,
        checksum: Option<u16>,
    },
    /// Adds a subflow: the SYN.
    JoinSyn { backup: bool, address_id: u8, receiver_token: u32, sender_random: u32 },
    /// Adds a subflow: the SYN/ACK. The leftmost 64 bits of the code.
    JoinSynAck { backup: bool, address_id: u8, sender_hmac: u64, sender_random: u32 },
    /// Adds a subflow: the third packet. The leftmost 160 bits of the code.
    JoinAck { sender_hmac: &'a [u8; 20] },
    /// Data sequence signal.
    DataSequence {
        flags: MptcpDataFlags,
        /// 32 or 64 bits, see the flags.
        data_ack: Option<u64>,
        mapping: Option<MptcpMapping>,
    },
    /// Announces an address; `echo` confirms that. The rightmost 64 bits of the code.
    AddAddress { echo: bool, address_id: u8, address: IpAddr, port: Option<u16>, hmac: Option<u64> },
    /// Withdraws addresses, one byte each, at least one.
    RemoveAddresses { address_ids: &'a [u8] },
    /// Changes the priority of a subflow; in version 0 maybe of another one.
    Priority { backup: bool, address_id: Option<u8> },
    /// Falls back to plain TCP from this byte on.
    Fail { data_sequence_number: u64 },
    /// Closes the connection at once.
    FastClose { receiver_key: u64 },
    /// Says why a subflow is reset.
    Reset { flags: MptcpResetFlags, reason: u8 },
    /// A subtype without a meaning here.
    Unknown { subtype: u8, data: &'a [u8] },
}

/// Where the payload of a segment belongs in the stream of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MptcpMapping {
    /// Number of the first byte in the connection, 32 or 64 bits, see the flags.
    pub data_sequence_number: u64,
    /// Number of the first byte in the subflow, counted from its SYN.
    pub subflow_sequence_number: u32,
    /// Bytes mapped; zero if all that follow are.
    pub length: u16,
    pub checksum: Option<u16>,
}

bitflags! {
    /// The flags of MP_CAPABLE.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MptcpCapableFlags: u8 {
        const CHECKSUM_REQUIRED = 0x80;
        const EXTENSIBILITY = 0x40;
        /// Since version 1: the receiver must not open subflows to this address and port.
        const NO_MORE_SUBFLOWS = 0x20;
        /// HMAC-SHA1 in version 0, HMAC-SHA256 in version 1.
        const HMAC = 0x01;
    }
}

bitflags! {
    /// The flags of DSS.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MptcpDataFlags: u8 {
        const DATA_ACK = 0x01;
        /// The acknowledgment has 64 bits.
        const LONG_DATA_ACK = 0x02;
        const MAPPING = 0x04;
        /// The data sequence number has 64 bits.
        const LONG_MAPPING = 0x08;
        const DATA_FIN = 0x10;
    }
}

bitflags! {
    /// The flags of MP_TCPRST.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MptcpResetFlags: u8 {
        /// It may be tried again.
        const TRANSIENT = 0x01;
        const W = 0x02;
        const V = 0x04;
        const U = 0x08;
    }
}

impl<'a> MptcpOption<'a> {
    /// Reads what stands behind the length, if there is as much as the subtype wants.
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        let (&first, mut rest) = data.split_first()?;
        let (subtype, nibble) = (first >> 4, first & 0x0f);
        let option = match subtype {
            MP_CAPABLE => capable(nibble, &mut rest)?,
            MP_JOIN => join(nibble & 1 != 0, &mut rest)?,
            DSS => data_sequence(&mut rest)?,
            ADD_ADDR => add_address(is_echo(nibble), &mut rest)?,
            REMOVE_ADDR => Self::RemoveAddresses { address_ids: take_all(&mut rest)? },
            MP_PRIO => Self::Priority { backup: nibble & 1 != 0, address_id: take_u8(&mut rest) },
            MP_FAIL => {
                let [_] = take(&mut rest)?;
                Self::Fail { data_sequence_number: take_u64(&mut rest)? }
            }
            MP_FASTCLOSE => {
                let [_] = take(&mut rest)?;
                Self::FastClose { receiver_key: take_u64(&mut rest)? }
            }
            MP_TCPRST => Self::Reset {
                flags: MptcpResetFlags::from_bits_retain(nibble),
                reason: take_u8(&mut rest)?,
            },
            _ => return Some(Self::Unknown { subtype, data: rest }),
        };
        rest.is_empty().then_some(option)
    }
}

fn capable(version: u8, rest: &mut &[u8]) -> Option<MptcpOption<'static>> {
    let flags = MptcpCapableFlags::from_bits_retain(take_u8(rest)?);
    let sender_key = take_u64(rest);
    let receiver_key = sender_key.and_then(|_| take_u64(rest));
    let data_length = receiver_key.and_then(|_| take_u16(rest));
    let checksum = data_length.and_then(|_| take_u16(rest));
    Some(MptcpOption::Capable { version, flags, sender_key, receiver_key, data_length, checksum })
}

/// The three packets of the handshake differ in length only.
fn join<'a>(backup: bool, rest: &mut &'a [u8]) -> Option<MptcpOption<'a>> {
    let address_id = take_u8(rest)?;
    Some(match rest.len() {
        8 => MptcpOption::JoinSyn {
            backup,
            address_id,
            receiver_token: take_u32(rest)?,
            sender_random: take_u32(rest)?,
        },
        12 => MptcpOption::JoinSynAck {
            backup,
            address_id,
            sender_hmac: take_u64(rest)?,
            sender_random: take_u32(rest)?,
        },
        _ => MptcpOption::JoinAck { sender_hmac: take_all(rest)?.try_into().ok()? },
    })
}

fn data_sequence(rest: &mut &[u8]) -> Option<MptcpOption<'static>> {
    let flags = MptcpDataFlags::from_bits_retain(take_u8(rest)?);
    let mut number = |long| {
        if flags.contains(long) { take_u64(rest) } else { take_u32(rest).map(u64::from) }
    };
    let mut data_ack = None;
    if flags.contains(MptcpDataFlags::DATA_ACK) {
        data_ack = Some(number(MptcpDataFlags::LONG_DATA_ACK)?);
    }
    let mut mapping = None;
    if flags.contains(MptcpDataFlags::MAPPING) {
        mapping = Some(MptcpMapping {
            data_sequence_number: number(MptcpDataFlags::LONG_MAPPING)?,
            subflow_sequence_number: take_u32(rest)?,
            length: take_u16(rest)?,
            checksum: take_u16(rest),
        });
    }
    Some(MptcpOption::DataSequence { flags, data_ack, mapping })
}

/// The lengths of the address, the port and the code add up to one that tells them apart.
fn add_address(echo: bool, rest: &mut &[u8]) -> Option<MptcpOption<'static>> {
    let address_id = take_u8(rest)?;
    let address = match rest.len() {
        ..16 => take::<4>(rest)?.into(),
        _ => take::<16>(rest)?.into(),
    };
    let port = if matches!(rest.len(), 2 | 10) { take_u16(rest) } else { None };
    Some(MptcpOption::AddAddress { echo, address_id, address, port, hmac: take_u64(rest) })
}

/// In version 0 the version of IP stands in the place of the flags of `ADD_ADDR`.
pub(super) fn is_ip_version(nibble: u8) -> bool {
    matches!(nibble, 4 | 6)
}

fn is_echo(nibble: u8) -> bool {
    nibble & 1 != 0 && !is_ip_version(nibble)
}

/// Takes bytes off the front, if there are enough.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (&chunk, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(chunk)
}

/// Takes all bytes, if there are any.
fn take_all<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let all = std::mem::take(rest);
    (!all.is_empty()).then_some(all)
}

fn take_u8(rest: &mut &[u8]) -> Option<u8> {
    take(rest).map(u8::from_be_bytes)
}

fn take_u16(rest: &mut &[u8]) -> Option<u16> {
    take(rest).map(u16::from_be_bytes)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_be_bytes)
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::tcp::options;
    use crate::{Field, TcpOption, TcpOptions};

    /// Reads the value of one option, and the fields that tshark 4.0.17 shows of it behind its
    /// length, as `name@place+length=value`; places count from the kind.
    #[track_caller]
    fn check(value: &[u8], expected: MptcpOption<'_>, expected_fields: &str) {
        let option = option(value);
        let found: Vec<_> = TcpOptions::new(&option).collect();
        assert_eq!(found, [Ok(TcpOption::Multipath(expected))]);
        let mut fields = Vec::new();
        options::fields(&option, 0, &mut |Field { name, value, bytes }: Field<'_>| {
            let name = name.trim_start_matches("tcp.options.mptcp.");
            fields.push(format!("{name}@{}+{}={value}", bytes.start, bytes.len()));
        });
        assert_eq!(fields[3..].join(" "), expected_fields);
    }

    #[track_caller]
    fn check_bad_length(value: &[u8]) {
        let option = option(value);
        let expected = TcpOption::BadLength { kind: 30, data: value };
        assert_eq!(TcpOptions::new(&option).collect::<Vec<_>>(), [Ok(expected)]);
    }

    fn option(value: &[u8]) -> Vec<u8> {
        let len = u8::try_from(value.len().saturating_add(2)).unwrap();
        [&[30, len], value].concat()
    }

    const KEY_1: u64 = 0x1111_1111_1111_1111;
    const KEY_2: u64 = 0x2222_2222_2222_2222;

    #[test]
    fn the_version_and_the_length_of_capable_say_what_is_there() {
        let capable = |version, flags, sender_key, receiver_key, data_length, checksum| {
            let flags = MptcpCapableFlags::from_bits_retain(flags);
            MptcpOption::Capable { version, flags, sender_key, receiver_key, data_length, checksum }
        };
        let flags_1 = "subtype@2+1=0 version@2+1=1 flags@3+1=1 checksumreq.flags@3+1=0 \
            extensibility.flag@3+1=0 nomoresubflows.flag@3+1=0 sha256.flag@3+1=1 reserved.flag@3+1=0";
        check(b"\x01\x01", capable(1, 1, None, None, None, None), flags_1);
        check(
            b"\x01\xff",
            capable(1, 0xff, None, None, None, None),
            "subtype@2+1=0 version@2+1=1 flags@3+1=255 checksumreq.flags@3+1=1 \
             extensibility.flag@3+1=1 nomoresubflows.flag@3+1=1 sha256.flag@3+1=1 reserved.flag@3+1=15",
        );
        // tshark -r mptcp-fclose.pcap -Y frame.number==3 (tcpdump's test captures)
        check(
            b"\x00\x81\x9b\x59\xbe\x3d\x69\x5e\x66\xa7",
            capable(0, 0x81, Some(11_194_187_519_776_155_303), None, None, None),
            "subtype@2+1=0 version@2+1=0 flags@3+1=129 checksumreq.flags@3+1=1 \
             extensibility.flag@3+1=0 sha1.flag@3+1=1 reserved.flag@3+1=0 \
             sendkey@4+8=11194187519776155303",
        );
        let keys = [[0x11; 8], [0x22; 8]].concat();
        check(
            &[b"\x01\x01", &keys[..]].concat(),
            capable(1, 1, Some(KEY_1), Some(KEY_2), None, None),
            &format!("{flags_1} sendkey@4+8={KEY_1} recvkey@12+8={KEY_2}"),
        );
        check(
            &[b"\x01\x01", &keys[..], b"\x01\x02"].concat(),
            capable(1, 1, Some(KEY_1), Some(KEY_2), Some(258), None),
            &format!("{flags_1} sendkey@4+8={KEY_1} recvkey@12+8={KEY_2} datalvllen@20+2=258"),
        );
        check(
            &[b"\x01\x01", &keys[..], b"\x01\x02\x03\x04"].concat(),
            capable(1, 1, Some(KEY_1), Some(KEY_2), Some(258), Some(772)),
            &format!(
                "{flags_1} sendkey@4+8={KEY_1} recvkey@12+8={KEY_2} datalvllen@20+2=258 \
                 checksum@22+2=772"
            ),
        );
    }

    #[test]
    fn the_length_of_join_says_which_packet_it_is() {
        check(
            b"\x11\x05\xaa\xbb\xcc\xdd\x01\x02\x03\x04",
            MptcpOption::JoinSyn {
                backup: true,
                address_id: 5,
                receiver_token: 0xaabb_ccdd,
                sender_random: 0x0102_0304,
            },
            "subtype@2+1=1 flags@2+1=17 backup.flag@2+1=1 addrid@3+1=5 recvtok@4+4=2864434397 \
             sendrand@8+4=16909060",
        );
        check(
            b"\x10\x06\x01\x02\x03\x04\x05\x06\x07\x08\xa1\xa2\xa3\xa4",
            MptcpOption::JoinSynAck {
                backup: false,
                address_id: 6,
                sender_hmac: 0x0102_0304_0506_0708,
                sender_random: 0xa1a2_a3a4,
            },
            "subtype@2+1=1 flags@2+1=16 backup.flag@2+1=0 addrid@3+1=6 \
             sendtrunchmac@4+8=72623859790382856 sendrand@12+4=2711790500",
        );
        check(
            b"\x10\0twenty bytes of hmac",
            MptcpOption::JoinAck { sender_hmac: b"twenty bytes of hmac" },
            "subtype@2+1=1 reserved@2+2=0 sendhmac@4+20=7477656e7479206279746573206f6620686d6163",
        );
    }

    #[test]
    fn the_flags_of_a_data_sequence_signal_say_what_is_there() {
        let signal = |flags, data_ack, mapping| MptcpOption::DataSequence {
            flags: MptcpDataFlags::from_bits_retain(flags),
            data_ack,
            mapping,
        };
        let mapping = |data_sequence_number, subflow_sequence_number, length, checksum| {
            Some(MptcpMapping { data_sequence_number, subflow_sequence_number, length, checksum })
        };
        check(
            b"\x20\0",
            signal(0, None, None),
            "subtype@2+1=2 flags@3+1=0 datafin.flag@3+1=0 dseqn8.flag@3+1=0 \
             dseqnpresent.flag@3+1=0 dataack8.flag@3+1=0 dataackpresent.flag@3+1=0",
        );
        check(
            b"\x20\x11\xaa\xbb\xcc\xdd",
            signal(0x11, Some(0xaabb_ccdd), None),
            "subtype@2+1=2 flags@3+1=17 datafin.flag@3+1=1 dseqn8.flag@3+1=0 \
             dseqnpresent.flag@3+1=0 dataack8.flag@3+1=0 dataackpresent.flag@3+1=1 \
             rawdataack@4+4=2864434397",
        );
        // tshark -r mptcp-aa-v1.pcap -Y frame.number==8 (tcpdump's test captures)
        check(
            b"\x20\x0f\xee\x83\xa6\x16\xc3\x87\x65\xd5\xa8\x96\xf3\xfe\x7a\x8d\xc0\x2e\
              \0\0\0\x01\0\x10",
            signal(
                0x0f,
                Some(17_186_763_219_675_866_581),
                mapping(12_148_165_319_181_844_526, 1, 16, None),
            ),
            "subtype@2+1=2 flags@3+1=15 datafin.flag@3+1=0 dseqn8.flag@3+1=1 \
             dseqnpresent.flag@3+1=1 dataack8.flag@3+1=1 dataackpresent.flag@3+1=1 \
             rawdataack@4+8=17186763219675866581 rawdataseqno@12+8=12148165319181844526 \
             subflowseqno@20+4=1 datalvllen@24+2=16",
        );
        // Frame 6 of mptcp-fclose.pcap; tshark leaves the checksum out, RFC 8684 section 3.3 has it.
        check(
            b"\x20\x05\xc9\xdc\x1c\x61\xb1\x71\x2f\xb6\0\0\0\x01\0\x01\x9e\x91",
            signal(0x05, Some(3_386_645_601), mapping(2_976_985_014, 1, 1, Some(0x9e91))),
            "subtype@2+1=2 flags@3+1=5 datafin.flag@3+1=0 dseqn8.flag@3+1=0 \
             dseqnpresent.flag@3+1=1 dataack8.flag@3+1=0 dataackpresent.flag@3+1=1 \
             rawdataack@4+4=3386645601 rawdataseqno@8+4=2976985014 subflowseqno@12+4=1 \
             datalvllen@16+2=1 checksum@18+2=40593",
        );
    }

    #[test]
    fn the_length_of_an_address_says_what_is_there() {
        let add = |echo, address: &str, port, hmac| {
            let address = address.parse().unwrap();
            MptcpOption::AddAddress { echo, address_id: 3, address, port, hmac }
        };
        let hmac = Some(0x0102_0304_0506_0708);
        check(
            b"\x30\x03\x0a\0\0\x01\x01\x02\x03\x04\x05\x06\x07\x08",
            add(false, "10.0.0.1", None, hmac),
            "subtype@2+1=3 echo@2+1=0 addrid@3+1=3 ipv4@4+4=10.0.0.1 \
             addaddrtrunchmac@8+8=72623859790382856",
        );
        check(
            b"\x31\x03\x0a\0\0\x01\x1f\x90",
            add(true, "10.0.0.1", Some(8080), None),
            "subtype@2+1=3 echo@2+1=1 addrid@3+1=3 ipv4@4+4=10.0.0.1 port@8+2=8080",
        );
        check(
            b"\x30\x03\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x1f\x90\x01\x02\x03\x04\x05\x06\x07\x08",
            add(false, "2001:db8::1", Some(8080), hmac),
            "subtype@2+1=3 echo@2+1=0 addrid@3+1=3 ipv6@4+16=2001:db8::1 port@20+2=8080 \
             addaddrtrunchmac@22+8=72623859790382856",
        );
        // Version 0 has the version of IP where version 1 has flags.
        check(
            b"\x34\x03\x0a\0\0\x01",
            add(false, "10.0.0.1", None, None),
            "subtype@2+1=3 ipver@2+1=4 addrid@3+1=3 ipv4@4+4=10.0.0.1",
        );
    }

    #[test]
    fn the_other_subtypes_are_read() {
        check(
            b"\x40\x01\x02\x03",
            MptcpOption::RemoveAddresses { address_ids: &[1, 2, 3] },
            "subtype@2+1=4 mptcp.rm_addr.count@2+1=3 addrid@3+1=1 addrid@4+1=2 addrid@5+1=3",
        );
        check(
            b"\x51",
            MptcpOption::Priority { backup: true, address_id: None },
            "subtype@2+1=5 flags@2+1=81 backup.flag@2+1=1",
        );
        check(
            b"\x50\x03",
            MptcpOption::Priority { backup: false, address_id: Some(3) },
            "subtype@2+1=5 flags@2+1=80 backup.flag@2+1=0 addrid@3+1=3",
        );
        check(
            b"\x60\xff\x11\x11\x11\x11\x11\x11\x11\x11",
            MptcpOption::Fail { data_sequence_number: KEY_1 },
            "subtype@2+1=6 reserved@2+2=255 rawdataseqno@4+8=1229782938247303441",
        );
        check(
            b"\x7f\xff\x11\x11\x11\x11\x11\x11\x11\x11",
            MptcpOption::FastClose { receiver_key: KEY_1 },
            "subtype@2+1=7 reserved@2+2=4095 recvkey@4+8=1229782938247303441",
        );
        check(
            b"\x81\x03",
            MptcpOption::Reset { flags: MptcpResetFlags::TRANSIENT, reason: 3 },
            "subtype@2+1=8 flags@2+1=129 flag_U.flag@2+1=0 flag_V.flag@2+1=0 flag_W.flag@2+1=0 \
             flag_T.flag@2+1=1 rst_reason@3+1=3",
        );
        check(b"\x90\x01", MptcpOption::Unknown { subtype: 9, data: &[1] }, "subtype@2+1=9");
    }

    #[test]
    fn other_lengths_are_bad() {
        check_bad_length(b"");
        // Every length of each subtype that the tests above do not read.
        let whole: &[(u8, &[usize])] = &[
            (0x00, &[2, 10, 18, 20, 22]),
            (0x10, &[10, 14, 22]),
            (0x20, &[2]),
            (0x30, &[6, 8, 14, 16, 18, 20, 26, 28]),
            (0x50, &[1, 2]),
            (0x60, &[10]),
            (0x70, &[10]),
            (0x80, &[2]),
        ];
        for &(first, lengths) in whole {
            for len in (1..=38).filter(|len| !lengths.contains(len)) {
                let mut value = vec![0; len];
                value[0] = first;
                check_bad_length(&value);
            }
        }
        check_bad_length(b"\x40");
        check_bad_length(b"\x20\x01\xaa\xbb\xcc");
        check_bad_length(b"\x20\x0c\x11\x11\x11\x11\x11\x11\x11\x11\x0a\x0b\x0c\x0d");
        check_bad_length(b"\x20\x05\xaa\xbb");
    }
}
