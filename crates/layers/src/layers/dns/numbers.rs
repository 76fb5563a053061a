//! Numbers of DNS, [IANA](https://www.iana.org/assignments/dns-parameters).

use std::fmt;

use crate::key::numbers;

/// The type of a record, or of the records that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsType(pub u16);

/// The class of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsClass(pub u16);

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsOpcode(pub u8);

/// How an answer went, without the upper bits that EDNS adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsRcode(pub u8);

numbers! { DnsType "TYPE{}" {
    /// Address.
    A = 1 "A";
    /// Name server.
    NS = 2 "NS";
    /// Mail destination, obsolete.
    MD = 3 "MD";
    /// Mail forwarder, obsolete.
    MF = 4 "MF";
    /// Canonical name.
    CNAME = 5 "CNAME";
    /// Start of authority.
    SOA = 6 "SOA";
    /// Mailbox.
    MB = 7 "MB";
    /// Mail group.
    MG = 8 "MG";
    /// Mailbox renamed.
    MR = 9 "MR";
    /// Anything.
    NULL = 10 "NULL";
    /// Well-known services.
    WKS = 11 "WKS";
    /// Name of an address.
    PTR = 12 "PTR";
    /// Host information.
    HINFO = 13 "HINFO";
    /// Mailbox information.
    MINFO = 14 "MINFO";
    /// Mail exchange.
    MX = 15 "MX";
    /// Text.
    TXT = 16 "TXT";
    /// Responsible person.
    RP = 17 "RP";
    /// AFS database.
    AFSDB = 18 "AFSDB";
    /// X.25 address.
    X25 = 19 "X25";
    /// ISDN address.
    ISDN = 20 "ISDN";
    /// Route through.
    RT = 21 "RT";
    /// NSAP address.
    NSAP = 22 "NSAP";
    /// Name of an NSAP address.
    NSAP_PTR = 23 "NSAP-PTR";
    /// Signature, obsolete.
    SIG = 24 "SIG";
    /// Key, obsolete.
    KEY = 25 "KEY";
    /// X.400 mapping.
    PX = 26 "PX";
    /// Geographical position.
    GPOS = 27 "GPOS";
    /// IPv6 address.
    AAAA = 28 "AAAA";
    /// Location.
    LOC = 29 "LOC";
    /// Next name, obsolete.
    NXT = 30 "NXT";
    /// Service.
    SRV = 33 "SRV";
    /// Naming authority pointer.
    NAPTR = 35 "NAPTR";
    /// Key exchanger.
    KX = 36 "KX";
    /// Certificate.
    CERT = 37 "CERT";
    /// IPv6 address, obsolete.
    A6 = 38 "A6";
    /// Redirection of a subtree.
    DNAME = 39 "DNAME";
    /// EDNS.
    OPT = 41 "OPT";
    /// Address prefixes.
    APL = 42 "APL";
    /// Delegation signer.
    DS = 43 "DS";
    /// Fingerprint of an SSH key.
    SSHFP = 44 "SSHFP";
    /// Key of `IPsec`.
    IPSECKEY = 45 "IPSECKEY";
    /// Signature.
    RRSIG = 46 "RRSIG";
    /// Next name.
    NSEC = 47 "NSEC";
    /// Key.
    DNSKEY = 48 "DNSKEY";
    /// DHCP client.
    DHCID = 49 "DHCID";
    /// Next hashed name.
    NSEC3 = 50 "NSEC3";
    /// Parameters of hashed names.
    NSEC3PARAM = 51 "NSEC3PARAM";
    /// TLS certificate.
    TLSA = 52 "TLSA";
    /// S/MIME certificate.
    SMIMEA = 53 "SMIMEA";
    /// Host identity.
    HIP = 55 "HIP";
    /// DS of a child.
    CDS = 59 "CDS";
    /// DNSKEY of a child.
    CDNSKEY = 60 "CDNSKEY";
    /// Key of `OpenPGP`.
    OPENPGPKEY = 61 "OPENPGPKEY";
    /// Synchronization with a child.
    CSYNC = 62 "CSYNC";
    /// Digest of a zone.
    ZONEMD = 63 "ZONEMD";
    /// Service binding.
    SVCB = 64 "SVCB";
    /// Service binding of HTTPS.
    HTTPS = 65 "HTTPS";
    /// Sender policy, obsolete.
    SPF = 99 "SPF";
    /// ILNP node.
    NID = 104 "NID";
    /// ILNP locator of 32 bits.
    L32 = 105 "L32";
    /// ILNP locator of 64 bits.
    L64 = 106 "L64";
    /// ILNP locator by name.
    LP = 107 "LP";
    /// Hardware address of 48 bits.
    EUI48 = 108 "EUI48";
    /// Hardware address of 64 bits.
    EUI64 = 109 "EUI64";
    /// Transaction key.
    TKEY = 249 "TKEY";
    /// Transaction signature.
    TSIG = 250 "TSIG";
    /// Incremental transfer.
    IXFR = 251 "IXFR";
    /// Transfer of a zone.
    AXFR = 252 "AXFR";
    /// Records of all types.
    ANY = 255 "ANY";
    /// Resource identifier.
    URI = 256 "URI";
    /// Certification authority authorization.
    CAA = 257 "CAA";
    /// DNSSEC lookaside, obsolete.
    DLV = 32769 "DLV";
    /// WINS forward lookup.
    WINS = 65281 "WINS";
    /// WINS reverse lookup.
    WINS_R = 65282 "WINS-R";
    /// Another name of an address, of a draft that was given up.
    ANAME = 65305 "ANAME";
}}

numbers! { DnsClass "CLASS{}" {
    /// Internet.
    IN = 1 "IN";
    /// Chaosnet.
    CH = 3 "CH";
    /// Hesiod.
    HS = 4 "HS";
    /// No class: RFC 2136.
    NONE = 254 "NONE";
    /// Every class.
    ANY = 255 "ANY";
}}

numbers! { DnsOpcode "opcode {}" {
    /// A question, or the answer.
    QUERY = 0 "query";
    /// A question backwards, obsolete.
    IQUERY = 1 "inverse query";
    /// Asks for the status of a server.
    STATUS = 2 "status";
    /// Tells that a zone has changed: RFC 1996.
    NOTIFY = 4 "notify";
    /// Changes a zone: RFC 2136.
    UPDATE = 5 "update";
    /// Stateful operations: RFC 8490.
    DSO = 6 "DSO";
}}

numbers! { DnsRcode "rcode {}" {
    /// No error.
    NO_ERROR = 0 "no error";
    /// The question makes no sense to the server.
    FORMAT_ERROR = 1 "format error";
    /// The server failed.
    SERVER_FAILURE = 2 "server failure";
    /// There is no such name.
    NAME_ERROR = 3 "no such name";
    /// The server does not know how.
    NOT_IMPLEMENTED = 4 "not implemented";
    /// The server does not want to.
    REFUSED = 5 "refused";
    /// A name exists that must not: RFC 2136.
    YXDOMAIN = 6 "name exists";
    /// Records exist that must not: RFC 2136.
    YXRRSET = 7 "records exist";
    /// Records do not exist that must: RFC 2136.
    NXRRSET = 8 "no such records";
    /// The server is no authority, or the sender is not allowed to.
    NOT_AUTH = 9 "not authoritative";
    /// A name is not in the zone: RFC 2136.
    NOT_ZONE = 10 "not in the zone";
}}
