//! Numbers of `DHCPv6` with the names that Wireshark gives them,
//! [IANA](https://www.iana.org/assignments/dhcpv6-parameters).

use std::fmt;

use crate::key::numbers;

/// The code of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dhcpv6OptionCode(pub u16);

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dhcpv6MessageType(pub u8);

numbers! { Dhcpv6OptionCode "DHCP option {}" {
    /// `Client Identifier`.
    CLIENTID = 1 "Client Identifier";
    /// `Server Identifier`.
    SERVERID = 2 "Server Identifier";
    /// `Identity Association for Non-temporary Address`.
    IA_NA = 3 "Identity Association for Non-temporary Address";
    /// `Identity Association for Temporary Address`.
    IA_TA = 4 "Identity Association for Temporary Address";
    /// `IA Address`.
    IAADDR = 5 "IA Address";
    /// `Option Request`.
    ORO = 6 "Option Request";
    /// `Preference`.
    PREFERENCE = 7 "Preference";
    /// `Elapsed time`.
    ELAPSED_TIME = 8 "Elapsed time";
    /// `Relay Message`.
    RELAY_MSG = 9 "Relay Message";
    /// `Authentication`.
    AUTH = 11 "Authentication";
    /// `Server unicast`.
    UNICAST = 12 "Server unicast";
    /// `Status code`.
    STATUS_CODE = 13 "Status code";
    /// `Rapid Commit`.
    RAPID_COMMIT = 14 "Rapid Commit";
    /// `User Class`.
    USER_CLASS = 15 "User Class";
    /// `Vendor Class`.
    VENDOR_CLASS = 16 "Vendor Class";
    /// `Vendor-specific Information`.
    VENDOR_OPTS = 17 "Vendor-specific Information";
    /// `Interface-Id`.
    INTERFACE_ID = 18 "Interface-Id";
    /// `Reconfigure Message`.
    RECONF_MSG = 19 "Reconfigure Message";
    /// `Reconfigure Accept`.
    RECONF_ACCEPT = 20 "Reconfigure Accept";
    /// `SIP Server Domain Name List`.
    SIP_SERVER_D = 21 "SIP Server Domain Name List";
    /// `SIP Servers IPv6 Address List`.
    SIP_SERVER_A = 22 "SIP Servers IPv6 Address List";
    /// `DNS recursive name server`.
    DNS_SERVERS = 23 "DNS recursive name server";
    /// `Domain Search List`.
    DOMAIN_LIST = 24 "Domain Search List";
    /// `Identity Association for Prefix Delegation`.
    IA_PD = 25 "Identity Association for Prefix Delegation";
    /// `IA Prefix`.
    IAPREFIX = 26 "IA Prefix";
    /// `Network Information Server`.
    NIS_SERVERS = 27 "Network Information Server";
    /// `Network Information Server V2`.
    NISP_SERVERS = 28 "Network Information Server V2";
    /// `Network Information Server Domain Name`.
    NIS_DOMAIN_NAME = 29 "Network Information Server Domain Name";
    /// `Network Information Server V2 Domain Name`.
    NISP_DOMAIN_NAME = 30 "Network Information Server V2 Domain Name";
    /// `Simple Network Time Protocol Server`.
    SNTP_SERVERS = 31 "Simple Network Time Protocol Server";
    /// `Lifetime`.
    INFORMATION_REFRESH_TIME = 32 "Lifetime";
    /// `BCMCS Server Domain`.
    BCMCS_SERVER_D = 33 "BCMCS Server Domain";
    /// `BCMCS Servers IPv6 Address List`.
    BCMCS_SERVER_A = 34 "BCMCS Servers IPv6 Address List";
    /// `Geoconf Civic Address`.
    GEOCONF_CIVIC = 36 "Geoconf Civic Address";
    /// `Remote Identifier`.
    REMOTE_ID = 37 "Remote Identifier";
    /// `Subscriber Identifier`.
    SUBSCRIBER_ID = 38 "Subscriber Identifier";
    /// `Client Fully Qualified Domain Name`.
    CLIENT_FQDN = 39 "Client Fully Qualified Domain Name";
    /// `PANA Agents IPv6 Address List`.
    PANA_AGENT = 40 "PANA Agents IPv6 Address List";
    /// `Time Zone`.
    NEW_POSIX_TIMEZONE = 41 "Time Zone";
    /// `Time Zone Database`.
    NEW_TZDB_TIMEZONE = 42 "Time Zone Database";
    /// `Echo Request Option`.
    ERO = 43 "Echo Request Option";
    /// `Leasequery Query`.
    LQ_QUERY = 44 "Leasequery Query";
    /// `Leasequery Client Data`.
    CLIENT_DATA = 45 "Leasequery Client Data";
    /// `Client Last Transaction Time`.
    CLT_TIME = 46 "Client Last Transaction Time";
    /// `Leasequery Relay Data`.
    LQ_RELAY_DATA = 47 "Leasequery Relay Data";
    /// `Leasequery Client Link Address List`.
    LQ_CLIENT_LINK = 48 "Leasequery Client Link Address List";
    /// `Home Network Identifier FQDN`.
    HOME_NETWORK_IDENTIFIER_FQDN = 49 "Home Network Identifier FQDN";
    /// `Visited Home Network Information`.
    VISITED_HOME_NETWORK_INFORMATION = 50 "Visited Home Network Information";
    /// `LoST Server`.
    LOST_SERVER = 51 "LoST Server";
    /// `CAPWAP Access Controllers`.
    CAPWAP_ACCESS_CONTROLLERS = 52 "CAPWAP Access Controllers";
    /// `Relay-ID`.
    RELAY_ID = 53 "Relay-ID";
    /// `NTP Server`.
    NTP_SERVER = 56 "NTP Server";
    /// `Access Network Domain Name`.
    ACCESS_NETWORK_DOMAIN_NAME = 57 "Access Network Domain Name";
    /// `SIP User Agent Configuration Service Domains`.
    SIP_USER_AGENT_CONFIGURATION_SERVICE_DOMAINS = 58 "SIP User Agent Configuration Service Domains";
    /// `Boot File URL`.
    BOOTFILE_URL = 59 "Boot File URL";
    /// `Boot File Parameters`.
    BOOTFILE_PARAM = 60 "Boot File Parameters";
    /// `Client System Architecture Type`.
    CLIENT_ARCH_TYPE = 61 "Client System Architecture Type";
    /// `Client Network Interface Identifier`.
    NII = 62 "Client Network Interface Identifier";
    /// `Geolocation`.
    GEOLOCATION = 63 "Geolocation";
    /// `Dual-Stack Lite AFTR Name`.
    AFTR_NAME = 64 "Dual-Stack Lite AFTR Name";
    /// `ERP Local Domain Name`.
    ERP_LOCAL_DOMAIN_NAME = 65 "ERP Local Domain Name";
    /// `Relay-Supplied Options`.
    RSOO = 66 "Relay-Supplied Options";
    /// `Prefix Exclude`.
    PREFIX_EXCLUDE = 67 "Prefix Exclude";
    /// `Virtual Subnet Selection`.
    VSS = 68 "Virtual Subnet Selection";
    /// `Identified Home Network Information`.
    IDENTIFIED_HOME_NETWORK_INFORMATION = 69 "Identified Home Network Information";
    /// `RDNSS Selection`.
    RDNSS_SELECTION = 74 "RDNSS Selection";
    /// `Kerberos Principal Name`.
    KERBEROS_PRINCIPAL_NAME = 75 "Kerberos Principal Name";
    /// `Client Link-Layer Address`.
    CLIENT_LINKLAYER_ADDR = 79 "Client Link-Layer Address";
    /// `SOL_MAX_RT`.
    SOL_MAX_RT = 82 "SOL_MAX_RT";
    /// `INF_MAX_RT`.
    INF_MAX_RT = 83 "INF_MAX_RT";
    /// `PCP Server`.
    PCP_SERVER = 86 "PCP Server";
    /// `DHCPv4 Message`.
    DHCPV4_MESSAGE = 87 "DHCPv4 Message";
    /// `DHCP 4o6 Servers Address`.
    DHCP_4O6_SERVERS_ADDRESS = 88 "DHCP 4o6 Servers Address";
    /// `S46 Rule`.
    S46_RULE = 89 "S46 Rule";
    /// `S46 BR`.
    S46_BR = 90 "S46 BR";
    /// `S46 DMR`.
    S46_DMR = 91 "S46 DMR";
    /// `S46 IPv4/IPv6 Address Binding`.
    S46_IPV4_IPV6_ADDRESS_BINDING = 92 "S46 IPv4/IPv6 Address Binding";
    /// `S46 Port Parameters`.
    S46_PORT_PARAMETERS = 93 "S46 Port Parameters";
    /// `S46 MAP-E Container`.
    S46_CONT_MAPE = 94 "S46 MAP-E Container";
    /// `S46 MAP-T Container`.
    S46_MAP_T_CONTAINER = 95 "S46 MAP-T Container";
    /// `S46 Lightweight 4over6 Container`.
    S46_LIGHTWEIGHT_4OVER6_CONTAINER = 96 "S46 Lightweight 4over6 Container";
    /// `4rd Options`.
    OPTION_4RD_OPTIONS = 97 "4rd Options";
    /// `Captive Portal`.
    CAPTIVE_PORTAL = 103 "Captive Portal";
    /// RFC 8520.
    MUD_URL = 112 "Manufacturer Usage Description";
    /// RFC 8357.
    RELAY_PORT = 135 "Relay Source Port";
}}

numbers! { Dhcpv6MessageType "type {}" {
    /// `Solicit`.
    SOLICIT = 1 "Solicit";
    /// `Advertise`.
    ADVERTISE = 2 "Advertise";
    /// `Request`.
    REQUEST = 3 "Request";
    /// `Confirm`.
    CONFIRM = 4 "Confirm";
    /// `Renew`.
    RENEW = 5 "Renew";
    /// `Rebind`.
    REBIND = 6 "Rebind";
    /// `Reply`.
    REPLY = 7 "Reply";
    /// `Release`.
    RELEASE = 8 "Release";
    /// `Decline`.
    DECLINE = 9 "Decline";
    /// `Reconfigure`.
    RECONFIGURE = 10 "Reconfigure";
    /// `Information-request`.
    INFORMATION_REQUEST = 11 "Information-request";
    /// `Relay-forw`.
    RELAY_FORW = 12 "Relay-forw";
    /// `Relay-reply`.
    RELAY_REPL = 13 "Relay-reply";
    /// `Leasequery`.
    LEASEQUERY = 14 "Leasequery";
    /// `Leasequery-reply`.
    LEASEQUERY_REPLY = 15 "Leasequery-reply";
    /// `Leasequery-done`.
    LEASEQUERY_DONE = 16 "Leasequery-done";
    /// `Leasequery-data`.
    LEASEQUERY_DATA = 17 "Leasequery-data";
    /// `Reconfigure-request`.
    RECONFIGURE_REQUEST = 18 "Reconfigure-request";
    /// `Reconfigure-reply`.
    RECONFIGURE_REPLY = 19 "Reconfigure-reply";
    /// `DHCPV4_QUERY`.
    DHCPV4_QUERY = 20 "Dhcpv4_Query";
    /// `DHCPV4_RESPONSE`.
    DHCPV4_RESPONSE = 21 "Dhcpv4_Response";
}}
