//! Elements, written.

use zerocopy::IntoBytes;

use super::element::{EXTENSION, MICROSOFT, VENDOR};
use super::{Rsn, WlanElement, WlanMultiLink};
use crate::EncodeError;

impl WlanElement<'_> {
    /// Appends the element: the inverse of the iterator.
    ///
    /// # Errors
    ///
    /// The data is longer than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Ssid(data) => put(0, &[data], out),
            Self::SupportedRates(data) => put(1, &[data], out),
            Self::DsParameterSet(channel) => put(3, &[&[channel]], out),
            Self::Tim { dtim_count, dtim_period, bitmap_control, bitmap } => {
                put(5, &[&[dtim_count, dtim_period, bitmap_control], bitmap], out)
            }
            Self::Country { country, constraints } => put(7, &[country, constraints], out),
            Self::ChallengeText(data) => put(16, &[data], out),
            Self::ChannelSwitch { mode, new_channel, count } => {
                put(37, &[&[mode, new_channel, count]], out)
            }
            Self::Erp(flags) => put(42, &[&[flags]], out),
            Self::HtCapabilities(capabilities) => put(45, &[capabilities.as_bytes()], out),
            Self::Rsn(Rsn(data)) => put(48, &[data], out),
            Self::ExtendedSupportedRates(data) => put(50, &[data], out),
            Self::ExtendedChannelSwitch { mode, operating_class, new_channel, count } => {
                put(60, &[&[mode, operating_class, new_channel, count]], out)
            }
            Self::HtOperation(operation) => put(61, &[operation.as_bytes()], out),
            Self::BssLoad { stations, channel_utilization, admission_capacity } => {
                let [a, b] = [stations, admission_capacity].map(u16::to_le_bytes);
                put(11, &[&a, &[channel_utilization], &b], out)
            }
            Self::PowerConstraint(constraint) => put(32, &[&[constraint]], out),
            Self::PowerCapability { minimum: one, maximum: other }
            | Self::TpcReport { transmit_power: one, link_margin: other } => {
                let is_report = matches!(self, Self::TpcReport { .. });
                let id = if is_report { 35 } else { 33 };
                put(id, &[&[one.cast_unsigned(), other.cast_unsigned()]], out)
            }
            Self::SupportedChannels(channels) => put(36, &[channels.as_flattened()], out),
            Self::Quiet { count, period, duration, offset } => {
                let [duration, offset] = [duration, offset].map(u16::to_le_bytes);
                put(40, &[&[count, period], &duration, &offset], out)
            }
            Self::MobilityDomain { id, capabilities } => {
                put(54, &[&id.to_le_bytes(), &[capabilities]], out)
            }
            Self::SupportedOperatingClasses { current, others } => {
                put(59, &[&[current], others], out)
            }
            Self::RmEnabledCapabilities(capabilities) => put(70, &[capabilities], out),
            Self::Coexistence(coexistence) => put(72, &[&[coexistence]], out),
            Self::BssMaxIdlePeriod { period, options } => {
                put(90, &[&period.to_le_bytes(), &[options]], out)
            }
            Self::Interworking { options, rest } => put(107, &[&[options], rest], out),
            Self::RoamingConsortium { more, lengths, organizations } => {
                put(111, &[&[more, lengths], organizations], out)
            }
            Self::MeshConfiguration(configuration) => put(113, &[configuration], out),
            Self::TransmitPowerEnvelope { information, powers } => {
                put(195, &[&[information], powers], out)
            }
            Self::OperatingMode(mode) => put(199, &[&[mode]], out),
            Self::ReducedNeighborReport(report) => put(201, &[report], out),
            Self::MeshId(data) => put(114, &[data], out),
            Self::ExtendedCapabilities(data) => put(127, &[data], out),
            Self::VhtCapabilities(capabilities) => put(191, &[capabilities.as_bytes()], out),
            Self::VhtOperation(operation) => put(192, &[operation.as_bytes()], out),
            Self::HeCapabilities(data) => put(EXTENSION, &[&[35], data], out),
            Self::HeOperation(data) => put(EXTENSION, &[&[36], data], out),
            Self::EhtOperation { parameters, basic_mcs_set, information } => {
                put(EXTENSION, &[&[106, parameters], basic_mcs_set, information], out)
            }
            Self::MultiLink(WlanMultiLink { control, common, profiles }) => {
                let len = common.len().saturating_add(1);
                let (layer, field) = ("wlan", "common information length");
                let error = EncodeError::TooLarge { layer, field, value: len as u64 };
                let len = u8::try_from(len).map_err(|_| error)?;
                put(EXTENSION, &[&[107], &control.to_le_bytes(), &[len], common, profiles], out)
            }
            Self::EhtCapabilities { medium_access, physical, schemes } => {
                let medium_access = medium_access.to_le_bytes();
                put(EXTENSION, &[&[108], &medium_access, physical, schemes], out)
            }
            Self::Wpa(Rsn(data)) => put(VENDOR, &[&MICROSOFT, &[1], data], out),
            Self::Wmm(data) => put(VENDOR, &[&MICROSOFT, &[2], data], out),
            Self::Wps(data) => put(VENDOR, &[&MICROSOFT, &[4], data], out),
            Self::Vendor { organization, data } => put(VENDOR, &[&organization, data], out),
            Self::Extended { id, data } => put(EXTENSION, &[&[id], data], out),
            Self::Unknown { id, data } => put(id, &[data], out),
        }
    }
}

fn put(id: u8, parts: &[&[u8]], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    let (layer, field) = ("wlan", "element length");
    let error = EncodeError::TooLarge { layer, field, value: len as u64 };
    out.extend([id, u8::try_from(len).map_err(|_| error)?]);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}
