//! Whether the checksums of a packet are right.

use crate::{
    Checksum, ChecksumStatus, Field, FieldSink, LayerClass, LayerType, Malformed, Packet, Span,
};

/// Fields of checksums, and of what each is worth. Where Wireshark says that in words only, it is
/// the name of the checksum with `.status` behind it, as Wireshark makes such names.
const STATUS: [(&str, &str); 24] = [
    ("cdp.checksum", "cdp.checksum.status"),
    ("dnp3.hdr.CRC", "dnp.hdr.CRC.status"),
    ("eigrp.checksum", "eigrp.checksum.status"),
    ("fpp.crc32", "fpp.checksum.status"),
    ("fpp.mcrc32", "fpp.checksum.status"),
    ("gre.checksum", "gre.checksum.status"),
    ("icmp.checksum", "icmp.checksum.status"),
    ("icmpv6.checksum", "icmpv6.checksum.status"),
    ("igmp.checksum", "igmp.checksum.status"),
    ("ip.checksum", "ip.checksum.status"),
    ("ipmi.header.crc", "ipmi.header.crc.status"),
    ("isis.csnp.checksum", "isis.csnp.checksum.status"),
    ("isis.hello.checksum", "isis.hello.checksum.status"),
    ("isis.lsp.checksum", "isis.lsp.checksum.status"),
    ("mip6.csum", "mip6.csum.status"),
    ("ospf.checksum", "ospf.checksum.status"),
    ("pim.cksum", "pim.cksum.status"),
    ("rsvp.message_checksum", "rsvp.message_checksum.status"),
    ("sctp.checksum", "sctp.checksum.status"),
    ("tcp.checksum", "tcp.checksum.status"),
    ("udld.checksum", "udld.checksum.status"),
    ("udp.checksum", "udp.checksum.status"),
    ("vrrp.checksum", "vrrp.checksum.status"),
    ("wpan.fcs", "wpan.fcs.status"),
];

/// A packet whose checksums are verified where its fields are shown, such as in JSON.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'p>(pub &'p Packet<'p>);

/// The checksum of one layer of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerChecksum {
    /// The layer.
    pub span: Span,
    /// The checksum, unless what it covers is not all there or cannot be known.
    pub checksum: Option<Checksum>,
}

impl LayerChecksum {
    /// What it is worth.
    pub fn status(&self) -> ChecksumStatus {
        self.checksum.as_ref().map_or(ChecksumStatus::Unverified, Checksum::status)
    }

    /// Whether receivers throw the packet away for it, as [`Checksum::is_wrong`] says.
    pub fn is_wrong(&self) -> bool {
        self.checksum.as_ref().is_some_and(Checksum::is_wrong)
    }
}

impl Packet<'_> {
    /// Works out the checksum of each layer that has one, outermost first, those of a quoted packet
    /// last. Checksums that an ICMP extension or an integrity check has are not among them.
    ///
    /// ```
    /// # use rheos_layers::*;
    /// # let mut bytes = Vec::new();
    /// # let udp = UdpHeader { destination_port: 53.into(), ..Default::default() };
    /// # let layers: [&dyn Encode; 3] =
    /// #     [&EthernetHeader::default(), &Ipv4Header::default(), &udp];
    /// # serialize_layers(&mut bytes, Fix::all(), &layers, b"hello")?;
    /// # bytes[45] ^= 1;
    /// let decoder = Decoder::default();
    /// let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    /// let found: Vec<_> = packet.verify_checksums().map(|c| (c.span.layer, c.status())).collect();
    /// assert_eq!(
    ///     found,
    ///     [(LayerType::IPV4, ChecksumStatus::Good), (LayerType::UDP, ChecksumStatus::Bad)]
    /// );
    /// # Ok::<(), EncodeError>(())
    /// ```
    pub fn verify_checksums(&self) -> impl Iterator<Item = LayerChecksum> {
        self.layers().iter().filter_map(|span| self.checksum_of(span))
    }

    /// Works out the checksums by which a packet comes to its host: of the outermost IP, of what that carries, and of
    /// what is around it. Those in tunnels, of what an ICMP error quotes and of what programs say are not among them;
    /// of a packet without IP, all but those are.
    pub fn verify_outermost(&self) -> impl Iterator<Item = LayerChecksum> {
        self.verify_down_to(self.own_layers().iter().position(is_ip))
    }

    /// The same of the innermost IP and the tunnels around it.
    pub fn verify_innermost(&self) -> impl Iterator<Item = LayerChecksum> {
        self.verify_down_to(self.own_layers().iter().rposition(is_ip))
    }

    /// Works out the checksums of layers down to what the IP in a place carries.
    fn verify_down_to(&self, ip: Option<usize>) -> impl Iterator<Item = LayerChecksum> {
        let spans = self.own_layers();
        let parts = ip.and_then(|ip| spans.split_at_checked(ip.saturating_add(1)));
        let (to_ip, behind) = parts.unwrap_or((spans, &[]));
        let is_extension = |span: &&Span| {
            LayerClass::IPV6_EXTENSION.contains(span.layer) || span.layer == LayerType::AH
        };
        let carried = behind.iter().find(|span| !is_extension(span));
        to_ip.iter().chain(carried).filter_map(|span| self.checksum_of(span))
    }

    /// Verifies the checksum of the outermost header of IP, by which hosts drop packets before they look further;
    /// that of version 6 has none.
    pub fn verify_ip_header(&self) -> Option<LayerChecksum> {
        self.checksum_of(self.own_layers().iter().find(|span| is_ip(span))?)
    }

    fn checksum_of(&self, span: &Span) -> Option<LayerChecksum> {
        let checksum = self.protocol(span)?.checksum?(self.bytes_of(span), &self.outer(span));
        Some(LayerChecksum { span: *span, checksum })
    }

    /// Reports every field of a layer, and behind a checksum what it is worth, as the number of its
    /// [`ChecksumStatus`] under Wireshark's name: `ip.checksum.status`.
    pub fn verified_fields(&self, span: &Span, sink: &mut dyn FieldSink) {
        let status = self.checksum_of(span).map(|checksum| checksum.status());
        self.visit(span, &mut |layer| {
            layer.fields(&mut WithStatus { sink, status });
        });
    }
}

fn is_ip(span: &Span) -> bool {
    LayerClass::IP_NETWORK.contains(span.layer)
}

/// Hands fields on, and behind a checksum what it is worth.
struct WithStatus<'s> {
    sink: &'s mut dyn FieldSink,
    status: Option<ChecksumStatus>,
}

impl FieldSink for WithStatus<'_> {
    fn field(&mut self, Field { name, value, bytes }: Field<'_>) {
        self.sink.value(name, value, bytes.clone());
        let found = STATUS.iter().find(|(checksum, _)| *checksum == name);
        if let (Some((_, name)), Some(status)) = (found, self.status) {
            self.sink.number(name, status as u8, bytes);
        }
    }

    fn fault(&mut self, cause: Malformed, place: usize) {
        self.sink.fault(cause, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, LinkType, hex};

    /// What the innermost layer says of its checksum.
    #[track_caller]
    fn check(frame: &str, status: &str, expected: (ChecksumStatus, u32)) {
        let (decoder, bytes) = (Decoder::default(), hex(frame).unwrap());
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        let last = packet.verify_checksums().last().unwrap();
        assert_eq!((last.status(), last.checksum.unwrap().computed), expected);
        let mut found = Vec::new();
        packet.verified_fields(&last.span, &mut |field: Field<'_>| {
            if field.name.ends_with(".status") {
                found.push(format!("{}={:?}", field.name, field.value));
            }
        });
        let expected = format!("{status}=Number({})", expected.0 as u8);
        assert_eq!(found, [expected]);
    }

    #[test]
    fn what_a_checksum_is_worth_is_a_field_where_wireshark_says_it_in_words() {
        // tshark -V: Checksum: 0x0001 [incorrect, should be 0xfc9e].
        let ospf = "0000000000000000000000000800450000400000000040597a66000000000000000002\
            01002c0000000000000000CCCC00000000000000000000ffffff00000a0201000000280000000000000000";
        let bad = ospf.replace("CCCC", "0001");
        check(&bad, "ospf.checksum.status", (ChecksumStatus::Bad, 0xfc9e));
        let good = ospf.replace("CCCC", "fc9e");
        check(&good, "ospf.checksum.status", (ChecksumStatus::Good, 0xfc9e));
        // RFC 6275, section 6.1.1: a binding refresh request between two unspecified addresses.
        let mobility = "00000000000000000000000086dd6000000000088740000000000000000000000000000000\
            00000000000000000000000000000000003b000000CCCC0000";
        // 0x3b00 + 8 + 135 are 0x3b8f: its complement.
        let bad = mobility.replace("CCCC", "0001");
        check(&bad, "mip6.csum.status", (ChecksumStatus::Bad, 0xc470));
        let good = mobility.replace("CCCC", "c470");
        check(&good, "mip6.csum.status", (ChecksumStatus::Good, 0xc470));
    }
}
