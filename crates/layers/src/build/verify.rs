//! Whether the checksums of a packet are right.

use crate::{Checksum, ChecksumStatus, Packet, Span};

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
}
