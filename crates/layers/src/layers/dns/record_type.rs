//! The type of a record, by its data.

use super::{DnsData, DnsType};

impl DnsData<'_> {
    /// The type of the record that holds this.
    pub fn record_type(&self) -> DnsType {
        match *self {
            Self::A(_) => DnsType::A,
            Self::Aaaa(_) => DnsType::AAAA,
            Self::Soa { .. } => DnsType::SOA,
            Self::Wks { .. } => DnsType::WKS,
            Self::Hinfo { .. } => DnsType::HINFO,
            Self::Px { .. } => DnsType::PX,
            Self::Loc { .. } => DnsType::LOC,
            Self::Nxt { .. } => DnsType::NXT,
            Self::Srv { .. } => DnsType::SRV,
            Self::Naptr { .. } => DnsType::NAPTR,
            Self::Cert { .. } => DnsType::CERT,
            Self::A6 { .. } => DnsType::A6,
            Self::Opt(_) => DnsType::OPT,
            Self::Apl(_) => DnsType::APL,
            Self::Sshfp { .. } => DnsType::SSHFP,
            Self::Ipseckey { .. } => DnsType::IPSECKEY,
            Self::Nsec { .. } => DnsType::NSEC,
            Self::Nsec3 { .. } => DnsType::NSEC3,
            Self::Nsec3param { .. } => DnsType::NSEC3PARAM,
            Self::Hip { .. } => DnsType::HIP,
            Self::Csync { .. } => DnsType::CSYNC,
            Self::Zonemd { .. } => DnsType::ZONEMD,
            Self::L32 { .. } => DnsType::L32,
            Self::Eui48(_) => DnsType::EUI48,
            Self::Eui64(_) => DnsType::EUI64,
            Self::Tkey { .. } => DnsType::TKEY,
            Self::Tsig { .. } => DnsType::TSIG,
            Self::Uri { .. } => DnsType::URI,
            Self::Caa { .. } => DnsType::CAA,
            Self::Wins { .. } => DnsType::WINS,
            Self::WinsReverse { .. } => DnsType::WINS_R,
            Self::Name { record_type, .. }
            | Self::Mailbox { record_type, .. }
            | Self::Exchange { record_type, .. }
            | Self::Text { record_type, .. }
            | Self::Rrsig { record_type, .. }
            | Self::Dnskey { record_type, .. }
            | Self::Ds { record_type, .. }
            | Self::Tlsa { record_type, .. }
            | Self::Svcb { record_type, .. }
            | Self::Ilnp64 { record_type, .. }
            | Self::Unknown { record_type, .. } => record_type,
        }
    }
}
