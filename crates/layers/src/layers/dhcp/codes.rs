//! Codes of options, the form of their data, and types of messages,
//! [IANA](https://www.iana.org/assignments/bootp-dhcp-parameters).

use std::fmt;

use crate::key::numbers;

/// The code of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DhcpOptionCode(pub u8);

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DhcpMessageType(pub u8);

numbers! { DhcpMessageType "type {}" {
    /// A client looks for servers.
    DISCOVER = 1 "Discover";
    /// A server offers an address.
    OFFER = 2 "Offer";
    /// A client asks for an address.
    REQUEST = 3 "Request";
    /// A client found the address in use.
    DECLINE = 4 "Decline";
    /// A server gives an address.
    ACK = 5 "ACK";
    /// A server refuses an address.
    NAK = 6 "NAK";
    /// A client gives its address back.
    RELEASE = 7 "Release";
    /// A client asks for options only.
    INFORM = 8 "Inform";
    /// A server makes a client ask again: RFC 3203.
    FORCERENEW = 9 "Force Renew";
    /// A relay asks who has an address: RFC 4388.
    LEASEQUERY = 10 "Lease Query";
    /// Nobody has the address.
    LEASEUNASSIGNED = 11 "Lease Unassigned";
    /// The server does not know.
    LEASEUNKNOWN = 12 "Lease Unknown";
    /// This client has the address.
    LEASEACTIVE = 13 "Lease Active";
}}

#[allow(missing_docs, reason = "the names of RFC 2132 and its kin")]
impl DhcpOptionCode {
    pub const PAD: Self = Self(0);
    pub const SUBNET_MASK: Self = Self(1);
    pub const TIME_OFFSET: Self = Self(2);
    pub const ROUTER: Self = Self(3);
    pub const TIME_SERVER: Self = Self(4);
    pub const NAME_SERVER: Self = Self(5);
    pub const DOMAIN_NAME_SERVER: Self = Self(6);
    pub const LOG_SERVER: Self = Self(7);
    pub const QUOTES_SERVER: Self = Self(8);
    pub const LPR_SERVER: Self = Self(9);
    pub const IMPRESS_SERVER: Self = Self(10);
    pub const RESOURCE_LOCATION_SERVER: Self = Self(11);
    pub const HOST_NAME: Self = Self(12);
    pub const BOOT_FILE_SIZE: Self = Self(13);
    pub const MERIT_DUMP_FILE: Self = Self(14);
    pub const DOMAIN_NAME: Self = Self(15);
    pub const SWAP_SERVER: Self = Self(16);
    pub const ROOT_PATH: Self = Self(17);
    pub const EXTENSIONS_PATH: Self = Self(18);
    pub const IP_FORWARDING: Self = Self(19);
    pub const NON_LOCAL_SOURCE_ROUTING: Self = Self(20);
    pub const POLICY_FILTER: Self = Self(21);
    pub const MAXIMUM_DATAGRAM_REASSEMBLY_SIZE: Self = Self(22);
    pub const DEFAULT_IP_TTL: Self = Self(23);
    pub const PATH_MTU_AGING_TIMEOUT: Self = Self(24);
    pub const PATH_MTU_PLATEAU_TABLE: Self = Self(25);
    pub const INTERFACE_MTU: Self = Self(26);
    pub const ALL_SUBNETS_ARE_LOCAL: Self = Self(27);
    pub const BROADCAST_ADDRESS: Self = Self(28);
    pub const PERFORM_MASK_DISCOVERY: Self = Self(29);
    pub const MASK_SUPPLIER: Self = Self(30);
    pub const PERFORM_ROUTER_DISCOVERY: Self = Self(31);
    pub const ROUTER_SOLICITATION_ADDRESS: Self = Self(32);
    pub const STATIC_ROUTE: Self = Self(33);
    pub const TRAILER_ENCAPSULATION: Self = Self(34);
    pub const ARP_CACHE_TIMEOUT: Self = Self(35);
    pub const ETHERNET_ENCAPSULATION: Self = Self(36);
    pub const TCP_DEFAULT_TTL: Self = Self(37);
    pub const TCP_KEEPALIVE_INTERVAL: Self = Self(38);
    pub const TCP_KEEPALIVE_GARBAGE: Self = Self(39);
    pub const NIS_DOMAIN: Self = Self(40);
    pub const NIS_SERVERS: Self = Self(41);
    pub const NTP_SERVERS: Self = Self(42);
    pub const VENDOR_SPECIFIC: Self = Self(43);
    pub const NETBIOS_NAME_SERVER: Self = Self(44);
    pub const NETBIOS_DATAGRAM_SERVER: Self = Self(45);
    pub const NETBIOS_NODE_TYPE: Self = Self(46);
    pub const NETBIOS_SCOPE: Self = Self(47);
    pub const X_WINDOW_FONT_SERVER: Self = Self(48);
    pub const X_WINDOW_DISPLAY_MANAGER: Self = Self(49);
    pub const REQUESTED_IP_ADDRESS: Self = Self(50);
    pub const IP_ADDRESS_LEASE_TIME: Self = Self(51);
    pub const OVERLOAD: Self = Self(52);
    pub const MESSAGE_TYPE: Self = Self(53);
    pub const SERVER_IDENTIFIER: Self = Self(54);
    pub const PARAMETER_REQUEST_LIST: Self = Self(55);
    pub const MESSAGE: Self = Self(56);
    pub const MAXIMUM_MESSAGE_SIZE: Self = Self(57);
    pub const RENEWAL_TIME: Self = Self(58);
    pub const REBINDING_TIME: Self = Self(59);
    pub const VENDOR_CLASS_IDENTIFIER: Self = Self(60);
    pub const CLIENT_IDENTIFIER: Self = Self(61);
    pub const NIS_PLUS_DOMAIN: Self = Self(64);
    pub const NIS_PLUS_SERVERS: Self = Self(65);
    pub const TFTP_SERVER_NAME: Self = Self(66);
    pub const BOOTFILE_NAME: Self = Self(67);
    pub const MOBILE_IP_HOME_AGENT: Self = Self(68);
    pub const SMTP_SERVER: Self = Self(69);
    pub const POP3_SERVER: Self = Self(70);
    pub const NNTP_SERVER: Self = Self(71);
    pub const WWW_SERVER: Self = Self(72);
    pub const FINGER_SERVER: Self = Self(73);
    pub const IRC_SERVER: Self = Self(74);
    pub const STREETTALK_SERVER: Self = Self(75);
    pub const STREETTALK_DIRECTORY_ASSISTANCE_SERVER: Self = Self(76);
    pub const USER_CLASS: Self = Self(77);
    pub const SLP_DIRECTORY_AGENT: Self = Self(78);
    pub const SLP_SERVICE_SCOPE: Self = Self(79);
    pub const RAPID_COMMIT: Self = Self(80);
    pub const CLIENT_FQDN: Self = Self(81);
    pub const RELAY_AGENT_INFORMATION: Self = Self(82);
    pub const NDS_SERVERS: Self = Self(85);
    pub const NDS_TREE_NAME: Self = Self(86);
    pub const NDS_CONTEXT: Self = Self(87);
    pub const AUTHENTICATION: Self = Self(90);
    pub const CLIENT_LAST_TRANSACTION_TIME: Self = Self(91);
    pub const ASSOCIATED_IP: Self = Self(92);
    pub const CLIENT_SYSTEM_ARCHITECTURE: Self = Self(93);
    pub const CLIENT_NETWORK_INTERFACE: Self = Self(94);
    pub const CLIENT_UUID: Self = Self(97);
    pub const TZ_POSIX: Self = Self(100);
    pub const TZ_DATABASE: Self = Self(101);
    pub const IPV6_ONLY_PREFERRED: Self = Self(108);
    pub const NETINFO_PARENT_SERVER_ADDRESS: Self = Self(112);
    pub const NETINFO_PARENT_SERVER_TAG: Self = Self(113);
    pub const CAPTIVE_PORTAL: Self = Self(114);
    pub const AUTO_CONFIGURE: Self = Self(116);
    pub const NAME_SERVICE_SEARCH: Self = Self(117);
    pub const SUBNET_SELECTION: Self = Self(118);
    pub const DOMAIN_SEARCH: Self = Self(119);
    pub const SIP_SERVERS: Self = Self(120);
    pub const CLASSLESS_STATIC_ROUTE: Self = Self(121);
    pub const VENDOR_IDENTIFYING_CLASS: Self = Self(124);
    pub const VENDOR_IDENTIFYING_INFORMATION: Self = Self(125);
    pub const PANA_AGENT: Self = Self(136);
    pub const CAPWAP_ACCESS_CONTROLLER: Self = Self(138);
    pub const FORCERENEW_NONCE: Self = Self(145);
    pub const TFTP_SERVER_ADDRESS: Self = Self(150);
    pub const BASE_TIME: Self = Self(152);
    pub const START_TIME_OF_STATE: Self = Self(153);
    pub const QUERY_START_TIME: Self = Self(154);
    pub const QUERY_END_TIME: Self = Self(155);
    pub const DHCP_STATE: Self = Self(156);
    pub const DATA_SOURCE: Self = Self(157);
    pub const MUD_URL: Self = Self(161);
    pub const PXE_CONFIGURATION_FILE: Self = Self(209);
    pub const PXE_PATH_PREFIX: Self = Self(210);
    pub const CLASSLESS_STATIC_ROUTE_MICROSOFT: Self = Self(249);
    pub const PROXY_AUTODISCOVERY: Self = Self(252);
    pub const END: Self = Self(255);
}

/// The form of the data of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An address.
    Address,
    /// Addresses.
    Addresses,
    /// Pairs of addresses.
    AddressPairs,
    /// Text.
    Text,
    /// A byte, 0 or 1.
    Flag,
    /// A number of one byte.
    Number8,
    /// A number of two bytes.
    Number16,
    /// A number of four bytes.
    Number32,
    /// A number of four bytes with a sign.
    Signed32,
    /// Numbers of two bytes.
    Numbers16,
}

/// Options of a simple form by their codes, and the names of their fields; of a pair of addresses
/// the second has the second name.
#[rustfmt::skip] // a line an option, to be read as a table
pub(super) const SIMPLE: &[(DhcpOptionCode, Form, [&str; 2])] = &[
    (DhcpOptionCode::SUBNET_MASK, Form::Address, ["dhcp.option.subnet_mask", ""]),
    (DhcpOptionCode::TIME_OFFSET, Form::Signed32, ["dhcp.option.time_offset", ""]),
    (DhcpOptionCode::ROUTER, Form::Addresses, ["dhcp.option.router", ""]),
    (DhcpOptionCode::TIME_SERVER, Form::Addresses, ["dhcp.option.time_server", ""]),
    (DhcpOptionCode::NAME_SERVER, Form::Addresses, ["dhcp.option.name_server", ""]),
    (DhcpOptionCode::DOMAIN_NAME_SERVER, Form::Addresses, ["dhcp.option.domain_name_server", ""]),
    (DhcpOptionCode::LOG_SERVER, Form::Addresses, ["dhcp.option.log_server", ""]),
    (DhcpOptionCode::QUOTES_SERVER, Form::Addresses, ["dhcp.option.quotes_server", ""]),
    (DhcpOptionCode::LPR_SERVER, Form::Addresses, ["dhcp.option.lpr_server", ""]),
    (DhcpOptionCode::IMPRESS_SERVER, Form::Addresses, ["dhcp.option.impress_server", ""]),
    (DhcpOptionCode::RESOURCE_LOCATION_SERVER, Form::Addresses, ["dhcp.option.resource_location_server", ""]),
    (DhcpOptionCode::HOST_NAME, Form::Text, ["dhcp.option.hostname", ""]),
    (DhcpOptionCode::BOOT_FILE_SIZE, Form::Number16, ["dhcp.option.boot_file_size", ""]),
    (DhcpOptionCode::MERIT_DUMP_FILE, Form::Text, ["dhcp.option.merit_dump_file", ""]),
    (DhcpOptionCode::DOMAIN_NAME, Form::Text, ["dhcp.option.domain_name", ""]),
    (DhcpOptionCode::SWAP_SERVER, Form::Address, ["dhcp.option.swap_server", ""]),
    (DhcpOptionCode::ROOT_PATH, Form::Text, ["dhcp.option.root_path", ""]),
    (DhcpOptionCode::EXTENSIONS_PATH, Form::Text, ["dhcp.option.extension_path", ""]),
    (DhcpOptionCode::IP_FORWARDING, Form::Flag, ["dhcp.option.ip_forwarding", ""]),
    (DhcpOptionCode::NON_LOCAL_SOURCE_ROUTING, Form::Flag, ["dhcp.option.non_local_source_routing", ""]),
    (DhcpOptionCode::POLICY_FILTER, Form::AddressPairs, ["dhcp.option.policy_filter.ip", "dhcp.option.policy_filter.subnet_mask"]),
    (DhcpOptionCode::MAXIMUM_DATAGRAM_REASSEMBLY_SIZE, Form::Number16, ["dhcp.option.max_datagram_reassembly_size", ""]),
    (DhcpOptionCode::DEFAULT_IP_TTL, Form::Number8, ["dhcp.option.default_ip_ttl", ""]),
    (DhcpOptionCode::PATH_MTU_AGING_TIMEOUT, Form::Number32, ["dhcp.option.path_mtu_aging_timeout", ""]),
    (DhcpOptionCode::PATH_MTU_PLATEAU_TABLE, Form::Numbers16, ["dhcp.option.path_mtu_plateau_table_item", ""]),
    (DhcpOptionCode::INTERFACE_MTU, Form::Number16, ["dhcp.option.interface_mtu", ""]),
    (DhcpOptionCode::ALL_SUBNETS_ARE_LOCAL, Form::Flag, ["dhcp.option.all_subnets_are_local", ""]),
    (DhcpOptionCode::BROADCAST_ADDRESS, Form::Address, ["dhcp.option.broadcast_address", ""]),
    (DhcpOptionCode::PERFORM_MASK_DISCOVERY, Form::Flag, ["dhcp.option.perform_mask_discovery", ""]),
    (DhcpOptionCode::MASK_SUPPLIER, Form::Flag, ["dhcp.option.mask_supplier", ""]),
    (DhcpOptionCode::PERFORM_ROUTER_DISCOVERY, Form::Flag, ["dhcp.option.perform_router_discover", ""]),
    (DhcpOptionCode::ROUTER_SOLICITATION_ADDRESS, Form::Address, ["dhcp.option.router_solicitation_address", ""]),
    (DhcpOptionCode::STATIC_ROUTE, Form::AddressPairs, ["dhcp.option.static_route.ip", "dhcp.option.static_route.router"]),
    (DhcpOptionCode::TRAILER_ENCAPSULATION, Form::Flag, ["dhcp.option.trailer_encapsulation", ""]),
    (DhcpOptionCode::ARP_CACHE_TIMEOUT, Form::Number32, ["dhcp.option.arp_cache_timeout", ""]),
    (DhcpOptionCode::ETHERNET_ENCAPSULATION, Form::Flag, ["dhcp.option.ethernet_encapsulation", ""]),
    (DhcpOptionCode::TCP_DEFAULT_TTL, Form::Number8, ["dhcp.option.tcp_default_ttl", ""]),
    (DhcpOptionCode::TCP_KEEPALIVE_INTERVAL, Form::Number32, ["dhcp.option.tcp_keepalive_interval", ""]),
    (DhcpOptionCode::TCP_KEEPALIVE_GARBAGE, Form::Flag, ["dhcp.option.tcp_keepalive_garbage", ""]),
    (DhcpOptionCode::NIS_DOMAIN, Form::Text, ["dhcp.option.nis_domain", ""]),
    (DhcpOptionCode::NIS_SERVERS, Form::Addresses, ["dhcp.option.nis_server", ""]),
    (DhcpOptionCode::NTP_SERVERS, Form::Addresses, ["dhcp.option.ntp_server", ""]),
    (DhcpOptionCode::NETBIOS_NAME_SERVER, Form::Addresses, ["dhcp.option.netbios_over_tcpip_name_server", ""]),
    (DhcpOptionCode::NETBIOS_DATAGRAM_SERVER, Form::Addresses, ["dhcp.option.netbios_over_tcpip_dd_name_server", ""]),
    (DhcpOptionCode::NETBIOS_NODE_TYPE, Form::Number8, ["dhcp.option.netbios_over_tcpip_node_type", ""]),
    (DhcpOptionCode::NETBIOS_SCOPE, Form::Text, ["dhcp.option.netbios_over_tcpip_scope", ""]),
    (DhcpOptionCode::X_WINDOW_FONT_SERVER, Form::Addresses, ["dhcp.option.xwindows_system_font_server", ""]),
    (DhcpOptionCode::X_WINDOW_DISPLAY_MANAGER, Form::Addresses, ["dhcp.option.xwindows_system_display_manager", ""]),
    (DhcpOptionCode::REQUESTED_IP_ADDRESS, Form::Address, ["dhcp.option.requested_ip_address", ""]),
    (DhcpOptionCode::IP_ADDRESS_LEASE_TIME, Form::Number32, ["dhcp.option.ip_address_lease_time", ""]),
    (DhcpOptionCode::OVERLOAD, Form::Number8, ["dhcp.option.option_overload", ""]),
    (DhcpOptionCode::SERVER_IDENTIFIER, Form::Address, ["dhcp.option.dhcp_server_id", ""]),
    (DhcpOptionCode::MESSAGE, Form::Text, ["dhcp.option.message", ""]),
    (DhcpOptionCode::MAXIMUM_MESSAGE_SIZE, Form::Number16, ["dhcp.option.dhcp_max_message_size", ""]),
    (DhcpOptionCode::RENEWAL_TIME, Form::Number32, ["dhcp.option.renewal_time_value", ""]),
    (DhcpOptionCode::REBINDING_TIME, Form::Number32, ["dhcp.option.rebinding_time_value", ""]),
    (DhcpOptionCode::VENDOR_CLASS_IDENTIFIER, Form::Text, ["dhcp.option.vendor_class_id", ""]),
    (DhcpOptionCode::NIS_PLUS_DOMAIN, Form::Text, ["dhcp.option.nis_plus_domain", ""]),
    (DhcpOptionCode::NIS_PLUS_SERVERS, Form::Addresses, ["dhcp.option.nis_plus_server", ""]),
    (DhcpOptionCode::TFTP_SERVER_NAME, Form::Text, ["dhcp.option.tftp_server_name", ""]),
    (DhcpOptionCode::BOOTFILE_NAME, Form::Text, ["dhcp.option.bootfile_name", ""]),
    (DhcpOptionCode::MOBILE_IP_HOME_AGENT, Form::Addresses, ["dhcp.option.mobile_ip_home_agent", ""]),
    (DhcpOptionCode::SMTP_SERVER, Form::Addresses, ["dhcp.option.smtp_server", ""]),
    (DhcpOptionCode::POP3_SERVER, Form::Addresses, ["dhcp.option.pop3_server", ""]),
    (DhcpOptionCode::NNTP_SERVER, Form::Addresses, ["dhcp.option.nntp_server", ""]),
    (DhcpOptionCode::WWW_SERVER, Form::Addresses, ["dhcp.option.default_www_server", ""]),
    (DhcpOptionCode::FINGER_SERVER, Form::Addresses, ["dhcp.option.default_finger_server", ""]),
    (DhcpOptionCode::IRC_SERVER, Form::Addresses, ["dhcp.option.default_irc_server", ""]),
    (DhcpOptionCode::STREETTALK_SERVER, Form::Addresses, ["dhcp.option.streettalk_server", ""]),
    (DhcpOptionCode::STREETTALK_DIRECTORY_ASSISTANCE_SERVER, Form::Addresses, ["dhcp.option.streettalk_da_server", ""]),
    (DhcpOptionCode::NDS_SERVERS, Form::Addresses, ["dhcp.option.novell_dss.ip", ""]),
    (DhcpOptionCode::NDS_TREE_NAME, Form::Text, ["dhcp.option.novell_ds_tree_name", ""]),
    (DhcpOptionCode::NDS_CONTEXT, Form::Text, ["dhcp.option.novell_ds_context", ""]),
    (DhcpOptionCode::CLIENT_LAST_TRANSACTION_TIME, Form::Number32, ["dhcp.option.client_last_transaction_time", ""]),
    (DhcpOptionCode::ASSOCIATED_IP, Form::Addresses, ["dhcp.option.associated_ip_option", ""]),
    (DhcpOptionCode::CLIENT_SYSTEM_ARCHITECTURE, Form::Numbers16, ["dhcp.option.client_system_architecture", ""]),
    (DhcpOptionCode::TZ_POSIX, Form::Text, ["dhcp.option.tz_pcode", ""]),
    (DhcpOptionCode::TZ_DATABASE, Form::Text, ["dhcp.option.tz_tcode", ""]),
    (DhcpOptionCode::NETINFO_PARENT_SERVER_ADDRESS, Form::Addresses, ["dhcp.option.netinfo_parent_server_address", ""]),
    (DhcpOptionCode::NETINFO_PARENT_SERVER_TAG, Form::Text, ["dhcp.option.netinfo_parent_server_tag", ""]),
    (DhcpOptionCode::CAPTIVE_PORTAL, Form::Text, ["dhcp.option.captive_portal", ""]),
    (DhcpOptionCode::AUTO_CONFIGURE, Form::Number8, ["dhcp.option.dhcp_auto_configuration", ""]),
    (DhcpOptionCode::NAME_SERVICE_SEARCH, Form::Numbers16, ["dhcp.option.dhcp_name_service_search_option", ""]),
    (DhcpOptionCode::SUBNET_SELECTION, Form::Address, ["dhcp.option.subnet_selection_option", ""]),
    (DhcpOptionCode::PANA_AGENT, Form::Addresses, ["dhcp.option.pana_agent", ""]),
    (DhcpOptionCode::CAPWAP_ACCESS_CONTROLLER, Form::Addresses, ["dhcp.option.capwap_access_controller", ""]),
    (DhcpOptionCode::TFTP_SERVER_ADDRESS, Form::Addresses, ["dhcp.option.tftp_server_address", ""]),
    (DhcpOptionCode::BASE_TIME, Form::Number32, ["dhcp.option.bulk_lease.base_time", ""]),
    (DhcpOptionCode::START_TIME_OF_STATE, Form::Number32, ["dhcp.option.bulk_lease.start_time_of_state", ""]),
    (DhcpOptionCode::QUERY_START_TIME, Form::Number32, ["dhcp.option.bulk_lease.query_start_time", ""]),
    (DhcpOptionCode::QUERY_END_TIME, Form::Number32, ["dhcp.option.bulk_lease.query_end_time", ""]),
    (DhcpOptionCode::DHCP_STATE, Form::Number8, ["dhcp.option.bulk_lease.dhcp_state", ""]),
    (DhcpOptionCode::DATA_SOURCE, Form::Number8, ["dhcp.option.bulk_lease.data_source", ""]),
    (DhcpOptionCode::MUD_URL, Form::Text, ["dhcp.option.mudurl", ""]),
    (DhcpOptionCode::PXE_CONFIGURATION_FILE, Form::Text, ["dhcp.option.pxe_config_file", ""]),
    (DhcpOptionCode::PXE_PATH_PREFIX, Form::Text, ["dhcp.option.pxe_path_prefix", ""]),
    (DhcpOptionCode::PROXY_AUTODISCOVERY, Form::Text, ["dhcp.option.private_proxy_autodiscovery", ""]),
];

/// The form of the data of an option, and the names of its fields, if it is a simple one.
pub(super) fn simple(code: DhcpOptionCode) -> Option<(Form, [&'static str; 2])> {
    let place = SIMPLE.binary_search_by_key(&code, |(code, ..)| *code).ok()?;
    SIMPLE.get(place).map(|(_, form, names)| (*form, *names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(SIMPLE.is_sorted_by_key(|(code, ..)| *code));
    }
}
