//! Whether the checksums of a packet are right.

use crate::{Checksum, ChecksumStatus, Field, FieldSink, Packet, Span};

/// Wireshark's fields of checksums, and of what each is worth. It has none for the others.
const STATUS: [(&str, &str); 15] = [
    ("cdp.checksum", "cdp.checksum.status"),
    ("eigrp.checksum", "eigrp.checksum.status"),
    ("gre.checksum", "gre.checksum.status"),
    ("icmp.checksum", "icmp.checksum.status"),
    ("icmpv6.checksum", "icmpv6.checksum.status"),
    ("igmp.checksum", "igmp.checksum.status"),
    ("ip.checksum", "ip.checksum.status"),
    ("isis.csnp.checksum", "isis.csnp.checksum.status"),
    ("isis.hello.checksum", "isis.hello.checksum.status"),
    ("isis.lsp.checksum", "isis.lsp.checksum.status"),
    ("pim.cksum", "pim.cksum.status"),
    ("sctp.checksum", "sctp.checksum.status"),
    ("tcp.checksum", "tcp.checksum.status"),
    ("udp.checksum", "udp.checksum.status"),
    ("vrrp.checksum", "vrrp.checksum.status"),
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
        self.layers().iter().filter_map(|span| {
            let checksum_of = self.protocol(span)?.checksum?;
            let checksum = checksum_of(self.bytes_of(span), &self.outer(span));
            Some(LayerChecksum { span: *span, checksum })
        })
    }

    /// Reports every field of a layer, and behind a checksum what it is worth, as the number of its
    /// [`ChecksumStatus`] under Wireshark's name: `ip.checksum.status`.
    pub fn verified_fields(&self, span: &Span, sink: &mut dyn FieldSink) {
        let checksum_of = self.protocol(span).and_then(|protocol| protocol.checksum);
        let status = checksum_of.map(|checksum_of| {
            let checksum = checksum_of(self.bytes_of(span), &self.outer(span));
            LayerChecksum { span: *span, checksum }.status()
        });
        self.visit(span, &mut |layer| {
            layer.fields(&mut |Field { name, value, bytes }: Field<'_>| {
                sink.value(name, value, bytes.clone());
                let found = STATUS.iter().find(|(checksum, _)| *checksum == name);
                if let (Some((_, name)), Some(status)) = (found, status) {
                    sink.number(name, status as u8, bytes);
                }
            });
        });
    }
}
