//! Kinds and flags of frames, IEEE Std 802.11 table 9-1.

use std::fmt;

use bitflags::bitflags;

bitflags! {
    /// The flags of a frame.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct WlanFlags: u8 {
        /// To the distribution system: to an access point.
        const TO_DS = 0x01;
        /// From the distribution system: from an access point.
        const FROM_DS = 0x02;
        const MORE_FRAGMENTS = 0x04;
        const RETRY = 0x08;
        const POWER_MANAGEMENT = 0x10;
        const MORE_DATA = 0x20;
        const PROTECTED = 0x40;
        /// HT control is there, in management frames and those with QoS.
        const ORDER = 0x80;
    }
}

/// Type and subtype of a frame, `type << 4 | subtype`. Any value of 6 bits is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WlanFrameType(pub u8);

crate::key::numbers! {
    WlanFrameType "frame type {:#04x}" {
        /// gopacket: `Dot11MgmtAssociationReq`.
        ASSOCIATION_REQUEST = 0x00 "association request";
        /// gopacket: `Dot11MgmtAssociationResp`.
        ASSOCIATION_RESPONSE = 0x01 "association response";
        /// gopacket: `Dot11MgmtReassociationReq`.
        REASSOCIATION_REQUEST = 0x02 "reassociation request";
        /// gopacket: `Dot11MgmtReassociationResp`.
        REASSOCIATION_RESPONSE = 0x03 "reassociation response";
        /// gopacket: `Dot11MgmtProbeReq`.
        PROBE_REQUEST = 0x04 "probe request";
        /// gopacket: `Dot11MgmtProbeResp`.
        PROBE_RESPONSE = 0x05 "probe response";
        /// gopacket: `Dot11MgmtMeasurementPilot`.
        MEASUREMENT_PILOT = 0x06 "measurement pilot";
        /// Reserved; Aruba's own. gopacket: `Dot11MgmtArubaWLAN`.
        ARUBA = 0x07 "Aruba management";
        /// gopacket: `Dot11MgmtBeacon`.
        BEACON = 0x08 "beacon";
        /// gopacket: `Dot11MgmtATIM`.
        ATIM = 0x09 "ATIM";
        /// gopacket: `Dot11MgmtDisassociation`.
        DISASSOCIATION = 0x0a "disassociation";
        /// gopacket: `Dot11MgmtAuthentication`.
        AUTHENTICATION = 0x0b "authentication";
        /// gopacket: `Dot11MgmtDeauthentication`.
        DEAUTHENTICATION = 0x0c "deauthentication";
        /// gopacket: `Dot11MgmtAction`.
        ACTION = 0x0d "action";
        /// gopacket: `Dot11MgmtActionNoAck`.
        ACTION_NO_ACK = 0x0e "action without acknowledgment";
        /// Asks several stations to send at once.
        TRIGGER = 0x12 "trigger";
        /// Asks for what a station measured of the channel.
        BEAMFORMING_REPORT_POLL = 0x14 "beamforming report poll";
        /// Announces a frame without data, to measure the channel by.
        NDP_ANNOUNCEMENT = 0x15 "NDP announcement";
        /// The flags are a part of the subtype.
        CONTROL_EXTENSION = 0x16 "control extension";
        /// Another control frame, with HT control added.
        CONTROL_WRAPPER = 0x17 "control wrapper";
        /// gopacket: `Dot11CtrlBlockAckReq`.
        BLOCK_ACK_REQUEST = 0x18 "block ack request";
        /// gopacket: `Dot11CtrlBlockAck`.
        BLOCK_ACK = 0x19 "block ack";
        /// gopacket: `Dot11CtrlPowersavePoll`.
        PS_POLL = 0x1a "PS-Poll";
        /// gopacket: `Dot11CtrlRTS`.
        RTS = 0x1b "RTS";
        /// gopacket: `Dot11CtrlCTS`.
        CTS = 0x1c "CTS";
        /// gopacket: `Dot11CtrlAck`.
        ACK = 0x1d "ack";
        /// gopacket: `Dot11CtrlCFEnd`.
        CF_END = 0x1e "CF-End";
        /// gopacket: `Dot11CtrlCFEndAck`.
        CF_END_ACK = 0x1f "CF-End and CF-Ack";
        /// gopacket: `Dot11Data`.
        DATA = 0x20 "data";
        /// gopacket: `Dot11DataCFAck`.
        DATA_CF_ACK = 0x21 "data and CF-Ack";
        /// gopacket: `Dot11DataCFPoll`.
        DATA_CF_POLL = 0x22 "data and CF-Poll";
        /// gopacket: `Dot11DataCFAckPoll`.
        DATA_CF_ACK_POLL = 0x23 "data, CF-Ack and CF-Poll";
        /// gopacket: `Dot11DataNull`.
        NULL = 0x24 "no data";
        /// gopacket: `Dot11DataCFAckNoData`.
        CF_ACK = 0x25 "CF-Ack";
        /// gopacket: `Dot11DataCFPollNoData`.
        CF_POLL = 0x26 "CF-Poll";
        /// gopacket: `Dot11DataCFAckPollNoData`.
        CF_ACK_POLL = 0x27 "CF-Ack and CF-Poll";
        /// gopacket: `Dot11DataQOSData`.
        QOS_DATA = 0x28 "QoS data";
        /// gopacket: `Dot11DataQOSDataCFAck`.
        QOS_DATA_CF_ACK = 0x29 "QoS data and CF-Ack";
        /// gopacket: `Dot11DataQOSDataCFPoll`.
        QOS_DATA_CF_POLL = 0x2a "QoS data and CF-Poll";
        /// gopacket: `Dot11DataQOSDataCFAckPoll`.
        QOS_DATA_CF_ACK_POLL = 0x2b "QoS data, CF-Ack and CF-Poll";
        /// gopacket: `Dot11DataQOSNull`.
        QOS_NULL = 0x2c "QoS, no data";
        /// gopacket: `Dot11DataQOSCFPollNoData`.
        QOS_CF_POLL = 0x2e "QoS CF-Poll";
        /// gopacket: `Dot11DataQOSCFAckPollNoData`.
        QOS_CF_ACK_POLL = 0x2f "QoS CF-Ack and CF-Poll";
        /// Of directional multi-gigabit stations.
        DMG_BEACON = 0x30 "DMG beacon";
        /// Of sub-1-GHz stations.
        S1G_BEACON = 0x31 "S1G beacon";
    }
}

impl WlanFrameType {
    /// What the frame control says.
    pub(super) fn of(frame_control: u16) -> Self {
        let [first, _] = frame_control.to_le_bytes();
        Self((first >> 2 & 3) << 4 | first >> 4)
    }

    /// The bits of the frame control.
    pub(super) fn bits(self) -> u16 {
        u16::from(self.0 >> 4 & 3) << 2 | u16::from(self.0 & 0xf) << 4
    }

    /// The type, 2 bits.
    fn kind(self) -> u8 {
        self.0 >> 4 & 3
    }

    /// Whether it is about the network itself.
    pub fn is_management(self) -> bool {
        self.kind() == 0
    }

    /// Whether it is about the medium.
    pub fn is_control(self) -> bool {
        self.kind() == 1
    }

    /// Whether it is for those who use the network, with data or without.
    pub fn is_data(self) -> bool {
        self.kind() == 2
    }

    /// Whether it is of the fourth type.
    pub fn is_extension(self) -> bool {
        self.kind() == 3
    }

    /// Whether it is a data frame with `QoS` control.
    pub fn has_qos(self) -> bool {
        self.is_data() && self.0 & 8 != 0
    }

    /// Whether it is a data frame that carries data.
    pub fn has_body(self) -> bool {
        self.is_data() && self.0 & 4 == 0
    }

    /// Whether a contention-free period's coordinator polls by it.
    pub fn is_poll(self) -> bool {
        self.is_data() && self.0 & 2 != 0
    }

    /// Whether it is a control frame that says who sent it.
    pub fn has_transmitter(self) -> bool {
        matches!(
            self,
            Self::TRIGGER
                | Self::BEAMFORMING_REPORT_POLL
                | Self::NDP_ANNOUNCEMENT
                | Self::BLOCK_ACK_REQUEST
                | Self::BLOCK_ACK
                | Self::PS_POLL
                | Self::RTS
                | Self::CF_END
                | Self::CF_END_ACK
        )
    }
}
