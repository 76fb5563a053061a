//! Fields of the extensions of hellos.

use super::algorithm;
use crate::field_reader::FieldReader;

/// Whose extensions they are: some have another form then.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    ClientHello,
    ServerHello,
}

/// Reports the extensions of a hello, if there are any.
pub(super) fn list(of: Of, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = reader.u16("tls.handshake.extensions_length")?;
    let mut list = reader.part(len.into());
    while !list.is_empty() {
        let kind = list.u16("tls.handshake.extension.type")?;
        let len = list.u16("tls.handshake.extension.len")?;
        extension(kind, of, &mut list.part(len.into()));
    }
    Some(())
}

fn extension(kind: u16, of: Of, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let client = of == Of::ClientHello;
    match kind {
        0 => server_name(reader),
        1 => reader.u8("tls.handshake.max_fragment_length").map(drop),
        5 if client => status_request(reader),
        10 => {
            reader.u16("tls.handshake.extensions_supported_groups_length")?;
            words("tls.handshake.extensions_supported_group", reader)
        }
        11 => {
            reader.u8("tls.handshake.extensions_ec_point_formats_length")?;
            octets("tls.handshake.extensions_ec_point_format", reader)
        }
        13 | 34 | 50 if client => {
            reader.u16("tls.handshake.sig_hash_alg_len")?;
            while !reader.is_empty() {
                algorithm(reader)?;
            }
            Some(())
        }
        14 => {
            let len = reader.u16("dtls.use_srtp.protection_profiles_length")?;
            words("dtls.use_srtp.protection_profile", &mut reader.part(len.into()));
            let len = reader.u8("dtls.use_srtp.mki_length")?;
            if len > 0 {
                reader.bytes("dtls.use_srtp.mki", len.into())?;
            }
            Some(())
        }
        15 => reader.u8("tls.handshake.extension.heartbeat.mode").map(drop),
        16 => {
            reader.u16("tls.handshake.extensions_alpn_len")?;
            let names =
                ("tls.handshake.extensions_alpn_str_len", "tls.handshake.extensions_alpn_str");
            strings(names, reader)
        }
        17 if client => {
            reader.u16("tls.handshake.extensions_status_request_list_len")?;
            while !reader.is_empty() {
                reader.u8("tls.handshake.extensions_status_request_type")?;
                let len = reader.u16("tls.handshake.extensions_status_request_len")?;
                responders(&mut reader.part(len.into()));
            }
            Some(())
        }
        18 if !client => timestamps(reader),
        19 | 20 if client => {
            reader.u8("tls.handshake.cert_type.types_len")?;
            octets("tls.handshake.cert_type.type", reader)
        }
        19 | 20 => reader.u8("tls.handshake.cert_type.type").map(drop),
        21 => {
            reader.rest_as("tls.handshake.extensions_padding_data");
            Some(())
        }
        27 => {
            reader.u8("tls.compress_certificate.algorithms_length")?;
            words("tls.compress_certificate.algorithm", reader)
        }
        _ => later_extension(kind, client, reader),
    }
}

/// The rest of them, which came with version 1.3 or are of one vendor.
fn later_extension(kind: u16, client: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        28 => reader.u16("tls.record_size_limit").map(drop),
        41 => pre_shared_key(client, reader),
        // Those that are empty, among them the answer to a request for a status, and the
        // parameters of QUIC: Wireshark shows nothing then.
        5 | 18 | 22 | 23 | 42 | 57 | 0xffa5 => Some(()),
        43 if client => {
            reader.u8("tls.handshake.extensions.supported_versions_len")?;
            words("tls.handshake.extensions.supported_version", reader)
        }
        43 => reader.u16("tls.handshake.extensions.supported_version").map(drop),
        44 => {
            let len = reader.u16("tls.handshake.extensions.cookie_len")?;
            reader.bytes("tls.handshake.extensions.cookie", len.into()).map(drop)
        }
        45 => {
            reader.u8("tls.extension.psk_ke_modes_length")?;
            octets("tls.extension.psk_ke_mode", reader)
        }
        51 => key_share(client, reader),
        53 | 54 => {
            let len = reader.u8("tls.connection_id_length")?;
            if len > 0 {
                reader.bytes("tls.connection_id", len.into())?;
            }
            Some(())
        }
        13172 => {
            let names = ("tls.handshake.extensions_npn_str_len", "tls.handshake.extensions_npn");
            strings(names, reader)
        }
        17513 => {
            reader.u16("tls.handshake.extensions_alps_len")?;
            let names = (
                "tls.handshake.extensions_alps_alpn_str_len",
                "tls.handshake.extensions_alps_alpn_str",
            );
            strings(names, reader)
        }
        0xff01 => {
            let len = reader.u8("tls.handshake.extensions_reneg_info_len")?;
            if len > 0 {
                reader.bytes("tls.handshake.extensions_reneg_info", len.into())?;
            }
            Some(())
        }
        _ => {
            let len = reader.rest().len();
            reader.bytes("tls.handshake.extension.data", len).map(drop)
        }
    }
}

fn words(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u16(name)?;
    }
    Some(())
}

fn octets(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u8(name)?;
    }
    Some(())
}

/// Text behind one byte of length each: the names of both.
fn strings(names: (&'static str, &'static str), reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let len = reader.u8(names.0)?;
        reader.text(names.1, len.into())?;
    }
    Some(())
}

/// RFC 6066, section 3. A server confirms by an empty extension.
fn server_name(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("tls.handshake.extensions_server_name_list_len")?;
    while !reader.is_empty() {
        reader.u8("tls.handshake.extensions_server_name_type")?;
        let len = reader.u16("tls.handshake.extensions_server_name_len")?;
        reader.text("tls.handshake.extensions_server_name", len.into())?;
    }
    Some(())
}

/// RFC 6066, section 8.
fn status_request(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("tls.handshake.extensions_status_request_type")?;
    responders(reader)
}

fn responders(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = reader.u16("tls.handshake.extensions_status_request_responder_ids_len")?;
    reader.skip(len.into());
    let len = reader.u16("tls.handshake.extensions_status_request_exts_len")?;
    reader.skip(len.into());
    Some(())
}

/// Signed certificate timestamps, RFC 6962 section 3.2.
fn timestamps(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("tls.sct.scts_length")?;
    while !reader.is_empty() {
        let len = reader.u16("tls.sct.sct_length")?;
        let mut stamp = reader.part(len.into());
        stamp.u8("tls.sct.sct_version")?;
        stamp.bytes("tls.sct.sct_logid", 32)?;
        stamp.number("tls.sct.sct_timestamp", 8)?;
        let len = stamp.u16("tls.sct.sct_extensions_length")?;
        stamp.skip(len.into());
        algorithm(&mut stamp)?;
        let len = stamp.u16("tls.sct.sct_signature_length")?;
        stamp.bytes("tls.sct.sct_signature", len.into())?;
    }
    Some(())
}

/// RFC 8446, section 4.2.11.
fn pre_shared_key(client: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if !client {
        return reader.u16("tls.handshake.extensions.psk.identity.selected").map(drop);
    }
    let len = reader.u16("tls.handshake.extensions.psk.identities.length")?;
    let mut identities = reader.part(len.into());
    while !identities.is_empty() {
        let len = identities.u16("tls.handshake.extensions.psk.identity.identity_length")?;
        identities.bytes("tls.handshake.extensions.psk.identity.identity", len.into())?;
        identities.u32("tls.handshake.extensions.psk.identity.obfuscated_ticket_age")?;
    }
    reader.u16("tls.handshake.extensions.psk.binders_len").map(drop)
}

/// RFC 8446, section 4.2.8. A server that wants another share names its group only.
fn key_share(client: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if client {
        reader.u16("tls.handshake.extensions_key_share_client_length")?;
    } else if reader.rest().len() == size_of::<u16>() {
        return reader.u16("tls.handshake.extensions_key_share_selected_group").map(drop);
    }
    while !reader.is_empty() {
        reader.u16("tls.handshake.extensions_key_share_group")?;
        let len = reader.u16("tls.handshake.extensions_key_share_key_exchange_length")?;
        reader.bytes("tls.handshake.extensions_key_share_key_exchange", len.into())?;
    }
    Some(())
}
