//! Types of extensions and what alerts are about, with their names.

use std::fmt;

use super::unnamed;

/// The type of an extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionType(pub u16);

/// What an alert is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertDescription(pub u8);

display! { ExtensionType AlertDescription }

names! { ExtensionType {
    /// Whom a client wants to speak to, RFC 6066.
    SERVER_NAME = 0 "server_name";
    /// RFC 6066.
    MAX_FRAGMENT_LENGTH = 1 "max_fragment_length";
    /// Whether a certificate is good, RFC 6066.
    STATUS_REQUEST = 5 "status_request";
    /// RFC 8422 and RFC 7919.
    SUPPORTED_GROUPS = 10 "supported_groups";
    /// RFC 8422.
    EC_POINT_FORMATS = 11 "ec_point_formats";
    /// RFC 8446.
    SIGNATURE_ALGORITHMS = 13 "signature_algorithms";
    /// RFC 5764.
    USE_SRTP = 14 "use_srtp";
    /// RFC 6520.
    HEARTBEAT = 15 "heartbeat";
    /// What is spoken inside, RFC 7301.
    APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 16 "application_layer_protocol_negotiation";
    /// RFC 6961.
    STATUS_REQUEST_V2 = 17 "status_request_v2";
    /// RFC 6962.
    SIGNED_CERTIFICATE_TIMESTAMP = 18 "signed_certificate_timestamp";
    /// RFC 7685.
    PADDING = 21 "padding";
    /// RFC 7366.
    ENCRYPT_THEN_MAC = 22 "encrypt_then_mac";
    /// RFC 7627.
    EXTENDED_MASTER_SECRET = 23 "extended_master_secret";
    /// RFC 8472.
    TOKEN_BINDING = 24 "token_binding";
    /// RFC 8879.
    COMPRESS_CERTIFICATE = 27 "compress_certificate";
    /// RFC 8449.
    RECORD_SIZE_LIMIT = 28 "record_size_limit";
    /// RFC 9345.
    DELEGATED_CREDENTIAL = 34 "delegated_credential";
    /// RFC 5077.
    SESSION_TICKET = 35 "session_ticket";
    /// RFC 8446.
    PRE_SHARED_KEY = 41 "pre_shared_key";
    /// RFC 8446.
    EARLY_DATA = 42 "early_data";
    /// RFC 8446.
    SUPPORTED_VERSIONS = 43 "supported_versions";
    /// RFC 8446.
    COOKIE = 44 "cookie";
    /// RFC 8446.
    PSK_KEY_EXCHANGE_MODES = 45 "psk_key_exchange_modes";
    /// RFC 8446.
    CERTIFICATE_AUTHORITIES = 47 "certificate_authorities";
    /// RFC 8446.
    OID_FILTERS = 48 "oid_filters";
    /// RFC 8446.
    POST_HANDSHAKE_AUTH = 49 "post_handshake_auth";
    /// RFC 8446.
    SIGNATURE_ALGORITHMS_CERT = 50 "signature_algorithms_cert";
    /// RFC 8446.
    KEY_SHARE = 51 "key_share";
    /// RFC 9146.
    CONNECTION_ID = 54 "connection_id";
    /// RFC 9001.
    QUIC_TRANSPORT_PARAMETERS = 57 "quic_transport_parameters";
    /// A draft.
    NEXT_PROTOCOL_NEGOTIATION = 13172 "next_protocol_negotiation";
    /// A draft.
    APPLICATION_SETTINGS_OLD = 17513 "application_settings_old";
    /// A draft.
    APPLICATION_SETTINGS = 17613 "application_settings";
    /// RFC 9849.
    ENCRYPTED_CLIENT_HELLO = 0xfe0d "encrypted_client_hello";
    /// The draft in front of it.
    ENCRYPTED_SERVER_NAME = 0xffce "encrypted_server_name";
    /// RFC 5746.
    RENEGOTIATION_INFO = 0xff01 "renegotiation_info";
} }

names! { AlertDescription {
    /// The sender ends its side.
    CLOSE_NOTIFY = 0 "close_notify";
    /// A message came that must not come now.
    UNEXPECTED_MESSAGE = 10 "unexpected_message";
    /// A record was changed.
    BAD_RECORD_MAC = 20 "bad_record_mac";
    /// The same, in old versions.
    DECRYPTION_FAILED = 21 "decryption_failed";
    /// A record was too long.
    RECORD_OVERFLOW = 22 "record_overflow";
    /// A record could not be unpacked.
    DECOMPRESSION_FAILURE = 30 "decompression_failure";
    /// There is nothing that both can do.
    HANDSHAKE_FAILURE = 40 "handshake_failure";
    /// A client has none, in SSL 3.
    NO_CERTIFICATE = 41 "no_certificate";
    /// A certificate is broken.
    BAD_CERTIFICATE = 42 "bad_certificate";
    /// A certificate is of a kind that is not known.
    UNSUPPORTED_CERTIFICATE = 43 "unsupported_certificate";
    /// A certificate was taken back.
    CERTIFICATE_REVOKED = 44 "certificate_revoked";
    /// A certificate is too old.
    CERTIFICATE_EXPIRED = 45 "certificate_expired";
    /// A certificate is not accepted for another reason.
    CERTIFICATE_UNKNOWN = 46 "certificate_unknown";
    /// A field has a value that it must not have.
    ILLEGAL_PARAMETER = 47 "illegal_parameter";
    /// Nobody who is trusted signed the certificate.
    UNKNOWN_CA = 48 "unknown_ca";
    /// The certificate is good, but its owner is not let in.
    ACCESS_DENIED = 49 "access_denied";
    /// A message is malformed.
    DECODE_ERROR = 50 "decode_error";
    /// A signature or the like does not hold.
    DECRYPT_ERROR = 51 "decrypt_error";
    /// Too good for export, in old versions.
    EXPORT_RESTRICTION = 60 "export_restriction";
    /// The version is not spoken.
    PROTOCOL_VERSION = 70 "protocol_version";
    /// The ciphers are too weak.
    INSUFFICIENT_SECURITY = 71 "insufficient_security";
    /// Something else.
    INTERNAL_ERROR = 80 "internal_error";
    /// The client could speak a newer version: RFC 7507.
    INAPPROPRIATE_FALLBACK = 86 "inappropriate_fallback";
    /// The user does not want it.
    USER_CANCELED = 90 "user_canceled";
    /// Not again, in old versions.
    NO_RENEGOTIATION = 100 "no_renegotiation";
    /// An extension is missing.
    MISSING_EXTENSION = 109 "missing_extension";
    /// An extension must not be here.
    UNSUPPORTED_EXTENSION = 110 "unsupported_extension";
    /// RFC 6066.
    CERTIFICATE_UNOBTAINABLE = 111 "certificate_unobtainable";
    /// The server does not know the name.
    UNRECOGNIZED_NAME = 112 "unrecognized_name";
    /// RFC 6066.
    BAD_CERTIFICATE_STATUS_RESPONSE = 113 "bad_certificate_status_response";
    /// RFC 6066.
    BAD_CERTIFICATE_HASH_VALUE = 114 "bad_certificate_hash_value";
    /// RFC 4279.
    UNKNOWN_PSK_IDENTITY = 115 "unknown_psk_identity";
    /// The client must have one.
    CERTIFICATE_REQUIRED = 116 "certificate_required";
    /// No protocol that both can speak: RFC 7301.
    NO_APPLICATION_PROTOCOL = 120 "no_application_protocol";
    /// RFC 9849.
    ECH_REQUIRED = 121 "ech_required";
} }
