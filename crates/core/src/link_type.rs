//! Link types, as the [tcpdump registry](https://www.tcpdump.org/linktypes.html) numbers them.

use std::fmt;

/// A link type (`LINKTYPE_…`): how the bytes of a packet start. Unknown numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// Declares the registry: a constant and a name for each number.
macro_rules! link_types {
    ($($number:literal $name:ident $title:literal;)+) => {
        #[allow(clippy::doc_markdown, reason = "the titles name products, not code")]
        impl LinkType {
            $(#[doc = $title] pub const $name: Self = Self($number);)+

            /// Every link type that has a name, by number.
            pub const KNOWN: &[Self] = &[$(Self::$name),+];

            /// The name in the registry, without `LINKTYPE_`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)+
                    _ => None,
                }
            }
        }
    };
}

impl fmt::Display for LinkType {
    /// Writes the name, or the number where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

// Complete up to 305, the newest number when this was written; 208 was never named.
link_types! {
    0 NULL "BSD loopback, in the byte order of its machine";
    1 ETHERNET "IEEE 802.3 Ethernet";
    2 EXP_ETHERNET "Xerox experimental Ethernet of 3 Mb/s";
    3 AX25 "AX.25";
    4 PRONET "Proteon ProNET token ring";
    5 CHAOS "MIT Chaosnet";
    6 IEEE802_5 "IEEE 802.5 token ring";
    7 ARCNET_BSD "ARCNET, as BSD captures it";
    8 SLIP "SLIP, behind a pseudo-header";
    9 PPP "PPP, with or without HDLC-like framing";
    10 FDDI "FDDI";
    50 PPP_HDLC "PPP in HDLC-like framing, or Cisco HDLC";
    51 PPP_ETHER "PPP over Ethernet, from its session header";
    99 SYMANTEC_FIREWALL "Symantec Enterprise Firewall";
    100 ATM_RFC1483 "ATM with LLC encapsulation, from the LLC header";
    101 RAW "IP, version 4 or 6 by its first bits";
    102 SLIP_BSDOS "SLIP, as BSD/OS captures it";
    103 PPP_BSDOS "PPP, as BSD/OS captures it";
    104 C_HDLC "Cisco HDLC";
    105 IEEE802_11 "IEEE 802.11 wireless LAN";
    106 ATM_CLIP "ATM classical IP, from the IP header";
    107 FRELAY "Frame Relay, from the address field";
    108 LOOP "OpenBSD loopback, in network byte order";
    109 ENC "OpenBSD IPsec encapsulation";
    110 LANE8023 "ATM LAN emulation of IEEE 802.3";
    111 HIPPI "NetBSD HIPPI";
    112 HDLC "NetBSD HDLC framing";
    113 LINUX_SLL "Linux cooked capture";
    114 LTALK "Apple LocalTalk";
    115 ECONET "Acorn Econet";
    116 IPFILTER "OpenBSD IP filter";
    117 PFLOG "OpenBSD packet filter log";
    118 CISCO_IOS "Cisco, for its own use";
    119 IEEE802_11_PRISM "IEEE 802.11 behind a Prism header";
    120 IEEE802_11_AIRONET "IEEE 802.11 behind a FreeBSD Aironet header";
    121 HHDLC "Siemens HiPath HDLC";
    122 IP_OVER_FC "IP over Fibre Channel, RFC 2625";
    123 SUNATM "ATM, as Sun devices capture it";
    124 RIO "RapidIO";
    125 PCI_EXP "PCI Express";
    126 AURORA "Xilinx Aurora";
    127 IEEE802_11_RADIOTAP "IEEE 802.11 behind a radiotap header";
    128 TZSP "Tazmen sniffer protocol";
    129 ARCNET_LINUX "ARCNET, as Linux captures it";
    130 JUNIPER_MLPPP "Juniper multilink PPP";
    131 JUNIPER_MLFR "Juniper multilink Frame Relay";
    132 JUNIPER_ES "Juniper encryption services";
    133 JUNIPER_GGSN "Juniper GPRS gateway";
    134 JUNIPER_MFR "Juniper multilink Frame Relay, FRF.16";
    135 JUNIPER_ATM2 "Juniper ATM2 interface card";
    136 JUNIPER_SERVICES "Juniper services";
    137 JUNIPER_ATM1 "Juniper ATM1 interface card";
    138 APPLE_IP_OVER_IEEE1394 "Apple IP over IEEE 1394";
    139 MTP2_WITH_PHDR "SS7 MTP level 2 behind a pseudo-header";
    140 MTP2 "SS7 MTP level 2";
    141 MTP3 "SS7 MTP level 3";
    142 SCCP "SS7 SCCP";
    143 DOCSIS "DOCSIS MAC frames";
    144 LINUX_IRDA "Infrared data, as Linux captures it";
    145 IBM_SP "IBM SP switch";
    146 IBM_SN "IBM Next Federation switch";
    147 USER0 "Private use";
    148 USER1 "Private use";
    149 USER2 "Private use";
    150 USER3 "Private use";
    151 USER4 "Private use";
    152 USER5 "Private use";
    153 USER6 "Private use";
    154 USER7 "Private use";
    155 USER8 "Private use";
    156 USER9 "Private use";
    157 USER10 "Private use";
    158 USER11 "Private use";
    159 USER12 "Private use";
    160 USER13 "Private use";
    161 USER14 "Private use";
    162 USER15 "Private use";
    163 IEEE802_11_AVS "IEEE 802.11 behind an AVS header";
    164 JUNIPER_MONITOR "Juniper monitoring";
    165 BACNET_MS_TP "BACnet MS/TP";
    166 PPP_PPPD "PPP with a direction for its address byte";
    167 JUNIPER_PPPOE "Juniper PPP over Ethernet";
    168 JUNIPER_PPPOE_ATM "Juniper PPP over Ethernet over ATM";
    169 GPRS_LLC "GPRS logical link control";
    170 GPF_T "Generic framing procedure, transparent";
    171 GPF_F "Generic framing procedure, by frames";
    172 GCOM_T1E1 "Gcom T1/E1 monitor";
    173 GCOM_SERIAL "Gcom serial monitor";
    174 JUNIPER_PIC_PEER "Juniper, between interface cards";
    175 ERF_ETH "Endace record of Ethernet";
    176 ERF_POS "Endace record of packet over SONET";
    177 LINUX_LAPD "ISDN LAPD, as Linux captures it";
    178 JUNIPER_ETHER "Juniper Ethernet";
    179 JUNIPER_PPP "Juniper PPP";
    180 JUNIPER_FRELAY "Juniper Frame Relay";
    181 JUNIPER_CHDLC "Juniper Cisco HDLC";
    182 MFR "Multilink Frame Relay, FRF.16";
    183 JUNIPER_VP "Juniper voice";
    184 A429 "ARINC 429";
    185 A653_ICM "ARINC 653 between partitions";
    186 USB_FREEBSD "USB behind a FreeBSD header";
    187 BLUETOOTH_HCI_H4 "Bluetooth HCI over a UART";
    188 IEEE802_16_MAC_CPS "IEEE 802.16 MAC common part";
    189 USB_LINUX "USB behind a Linux header of 48 bytes";
    190 CAN20B "CAN 2.0B";
    191 IEEE802_15_4_LINUX "IEEE 802.15.4, as Linux pads it";
    192 PPI "Any link type behind per-packet information";
    193 IEEE802_16_MAC_CPS_RADIO "IEEE 802.16 behind a radio header";
    194 JUNIPER_ISM "Juniper integrated services";
    195 IEEE802_15_4_WITHFCS "IEEE 802.15.4 with its checksum";
    196 SITA "Any link type behind a SITA header";
    197 ERF "Endace record";
    198 RAIF1 "Ethernet behind a header of u10 Networks";
    199 IPMB_KONTRON "IPMI bus behind a Kontron header";
    200 JUNIPER_ST "Juniper secure tunnel";
    201 BLUETOOTH_HCI_H4_WITH_PHDR "Bluetooth HCI behind a direction";
    202 AX25_KISS "AX.25 behind a KISS header";
    203 LAPD "ISDN LAPD";
    204 PPP_WITH_DIR "PPP behind a direction";
    205 C_HDLC_WITH_DIR "Cisco HDLC behind a direction";
    206 FRELAY_WITH_DIR "Frame Relay behind a direction";
    207 LAPB_WITH_DIR "X.25 LAPB behind a direction";
    209 I2C_LINUX "I2C behind a Linux header";
    210 FLEXRAY "FlexRay behind a pseudo-header";
    211 MOST "MOST bus";
    212 LIN "LIN bus behind a pseudo-header";
    213 X2E_SERIAL "X2E serial line";
    214 X2E_XORAYA "X2E data logger";
    215 IEEE802_15_4_NONASK_PHY "IEEE 802.15.4 from its preamble";
    216 LINUX_EVDEV "Linux input events";
    217 GSMTAP_UM "GSM air interface behind a GSMTAP header";
    218 GSMTAP_ABIS "GSM base station interface behind a GSMTAP header";
    219 MPLS "MPLS, from the label";
    220 USB_LINUX_MMAPPED "USB behind a Linux header of 64 bytes";
    221 DECT "DECT behind a pseudo-header";
    222 AOS "AOS space data link";
    223 WIHART "WirelessHART";
    224 FC_2 "Fibre Channel FC-2";
    225 FC_2_WITH_FRAME_DELIMS "Fibre Channel FC-2 between its delimiters";
    226 IPNET "IP behind a Solaris header";
    227 CAN_SOCKETCAN "CAN behind a Linux header";
    228 IPV4 "IPv4";
    229 IPV6 "IPv6";
    230 IEEE802_15_4_NOFCS "IEEE 802.15.4 without its checksum";
    231 DBUS "D-Bus messages";
    232 JUNIPER_VS "Juniper, for its own use";
    233 JUNIPER_SRX_E2E "Juniper SRX, end to end";
    234 JUNIPER_FIBRECHANNEL "Juniper Fibre Channel";
    235 DVB_CI "DVB common interface";
    236 MUX27010 "Variant of the multiplexer of 3GPP TS 27.010";
    237 STANAG_5066_D_PDU "STANAG 5066 data units";
    238 JUNIPER_ATM_CEMIC "Juniper ATM circuit emulation";
    239 NFLOG "Linux netfilter log";
    240 NETANALYZER "Ethernet behind a netANALYZER header";
    241 NETANALYZER_TRANSPARENT "Ethernet from its preamble behind a netANALYZER header";
    242 IPOIB "IP over InfiniBand";
    243 MPEG_2_TS "MPEG-2 transport stream";
    244 NG40 "UMTS behind a header of ng4T";
    245 NFC_LLCP "Near-field LLCP behind a pseudo-header";
    246 PFSYNC "OpenBSD packet filter state updates";
    247 INFINIBAND "InfiniBand, from the local routing header";
    248 SCTP "SCTP without IP";
    249 USBPCAP "USB behind a header of Windows";
    250 RTAC_SERIAL "Serial line behind an RTAC header";
    251 BLUETOOTH_LE_LL "Bluetooth Low Energy link layer";
    252 WIRESHARK_UPPER_PDU "Any protocol, as Wireshark exports it";
    253 NETLINK "Linux netlink";
    254 BLUETOOTH_LINUX_MONITOR "Bluetooth monitor of Linux";
    255 BLUETOOTH_BREDR_BB "Bluetooth baseband";
    256 BLUETOOTH_LE_LL_WITH_PHDR "Bluetooth Low Energy behind a pseudo-header";
    257 PROFIBUS_DL "PROFIBUS data link";
    258 PKTAP "Any link type behind an Apple header";
    259 EPON "Ethernet over a passive optical network";
    260 IPMI_HPM_2 "IPMI trace";
    261 ZWAVE_R1_R2 "Z-Wave, profiles R1 and R2";
    262 ZWAVE_R3 "Z-Wave, profile R3";
    263 WATTSTOPPER_DLM "Digital lighting management";
    264 ISO_14443 "Contactless smartcards, ISO 14443";
    265 RDS "Radio data system";
    266 USB_DARWIN "USB behind a macOS header";
    267 OPENFLOW "OpenBSD switch, OpenFlow";
    268 SDLC "IBM SDLC";
    269 TI_LLN_SNIFFER "Texas Instruments sniffer";
    270 LORATAP "LoRa behind a pseudo-header";
    271 VSOCK "Sockets between host and guest";
    272 NORDIC_BLE "Bluetooth Low Energy, as Nordic captures it";
    273 DOCSIS31_XRA31 "DOCSIS 3.1 behind a pseudo-header";
    274 ETHERNET_MPACKET "Ethernet frames that can be preempted, IEEE 802.3br";
    275 DISPLAYPORT_AUX "DisplayPort auxiliary channel";
    276 LINUX_SLL2 "Linux cooked capture, version 2";
    277 SERCOS_MONITOR "Sercos monitor";
    278 OPENVIZSLA "USB, as OpenVizsla captures it";
    279 EBHSCR "Elektrobit capture and replay";
    280 VPP_DISPATCH "Graph dispatch trace of VPP";
    281 DSA_TAG_BRCM "Ethernet with a Broadcom switch tag inside";
    282 DSA_TAG_BRCM_PREPEND "Ethernet behind a Broadcom switch tag";
    283 IEEE802_15_4_TAP "IEEE 802.15.4 behind a TLV header";
    284 DSA_TAG_DSA "Ethernet with a Marvell switch tag inside";
    285 DSA_TAG_EDSA "Ethernet with a Marvell EtherType switch tag inside";
    286 ELEE "Lawful intercept, ELEE";
    287 Z_WAVE_SERIAL "Z-Wave chip on a serial line";
    288 USB_2_0 "USB 2.0 or earlier, speed unknown";
    289 ATSC_ALP "ATSC 3.0 link layer";
    290 ETW "Windows event trace";
    291 NETANALYZER_NG "Ethernet behind a netANALYZER NG header";
    292 ZBOSS_NCP "Zigbee network processor on a serial line";
    293 USB_2_0_LOW_SPEED "USB at low speed";
    294 USB_2_0_FULL_SPEED "USB at full speed";
    295 USB_2_0_HIGH_SPEED "USB at high speed";
    296 AUERSWALD_LOG "Auerswald logger";
    297 ZWAVE_TAP "Z-Wave behind a TLV header";
    298 SILABS_DEBUG_CHANNEL "Silicon Labs debug channel";
    299 FIRA_UCI "Ultra-wideband controller interface";
    300 MDB "Vending machine bus";
    301 DECT_NR "DECT-2020 New Radio MAC layer";
    302 EDK2_MM "Requests to EDK II management mode";
    303 DEBUG_ONLY "Bytes without structure, for debugging";
    304 DECT_NR_TAP "DECT-2020 New Radio behind a pseudo-header";
    305 ETW2 "Windows event trace, version 2";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_those_of_the_registry() {
        let registry = [
            (0, "NULL"),
            (9, "PPP"),
            (50, "PPP_HDLC"),
            (101, "RAW"),
            (105, "IEEE802_11"),
            (108, "LOOP"),
            (113, "LINUX_SLL"),
            (117, "PFLOG"),
            (127, "IEEE802_11_RADIOTAP"),
            (162, "USER15"),
            (192, "PPI"),
            (195, "IEEE802_15_4_WITHFCS"),
            (227, "CAN_SOCKETCAN"),
            (239, "NFLOG"),
            (248, "SCTP"),
            (276, "LINUX_SLL2"),
            (299, "FIRA_UCI"),
        ];
        for (number, name) in registry {
            assert_eq!(LinkType(number).to_string(), name);
        }
    }

    #[test]
    fn each_name_belongs_to_one_number() {
        let names: Vec<_> = (0..=u16::MAX).filter_map(|number| LinkType(number).name()).collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert_eq!(names.len(), LinkType::KNOWN.len());
    }

    #[test]
    fn numbers_rise_down_the_table() {
        assert!(LinkType::KNOWN.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_number_without_a_name_prints_as_itself() {
        assert_eq!(LinkType(208).to_string(), "208");
        assert_eq!(LinkType(u16::MAX).to_string(), "65535");
    }
}
