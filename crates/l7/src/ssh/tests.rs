//! Conversations, and what is said of them.

use rheos_core::{Side, Timestamp};

use super::{KexInit, SshConfig, SshMessage, SshParser};
use crate::kit::{Conversation, check_split_invariance, messages};
use crate::session::SessionState;

fn string(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// A packet with four bytes of padding.
fn packet(payload: &[u8]) -> Vec<u8> {
    string([&[4], payload, &[0; 4]].concat())
}

fn kex_init(lists: [&str; 10]) -> Vec<u8> {
    let lists = lists.map(string).concat();
    packet(&[&[20], &[7; 16][..], &lists, &[0; 5]].concat())
}

/// The first of the examples in the README of HASSH, Cyberduck 6.7.1.
const CYBERDUCK: [&str; 4] = [
    "curve25519-sha256@libssh.org,diffie-hellman-group-exchange-sha256,ecdh-sha2-nistp521,\
     ecdh-sha2-nistp384,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha1,\
     diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group14-sha256,\
     diffie-hellman-group15-sha512,diffie-hellman-group16-sha512,diffie-hellman-group17-sha512,\
     diffie-hellman-group18-sha512,diffie-hellman-group14-sha256@ssh.com,\
     diffie-hellman-group15-sha256,diffie-hellman-group15-sha256@ssh.com,\
     diffie-hellman-group15-sha384@ssh.com,diffie-hellman-group16-sha256,\
     diffie-hellman-group16-sha384@ssh.com,diffie-hellman-group16-sha512@ssh.com,\
     diffie-hellman-group18-sha512@ssh.com",
    "aes128-cbc,aes128-ctr,aes192-cbc,aes192-ctr,aes256-cbc,aes256-ctr,blowfish-cbc,blowfish-ctr,\
     cast128-cbc,cast128-ctr,idea-cbc,idea-ctr,serpent128-cbc,serpent128-ctr,serpent192-cbc,\
     serpent192-ctr,serpent256-cbc,serpent256-ctr,3des-cbc,3des-ctr,twofish128-cbc,twofish128-ctr,\
     twofish192-cbc,twofish192-ctr,twofish256-cbc,twofish256-ctr,twofish-cbc,arcfour,arcfour128,\
     arcfour256",
    "hmac-sha1,hmac-sha1-96,hmac-md5,hmac-md5-96,hmac-sha2-256,hmac-sha2-512",
    "zlib@openssh.com,zlib,none",
];

fn offers(found: &[SshMessage]) -> Vec<&KexInit> {
    fn offer(message: &SshMessage) -> Option<&KexInit> {
        if let SshMessage::KexInit(offer) = message { Some(offer) } else { None }
    }
    found.iter().filter_map(offer).collect()
}

#[test]
fn the_published_fingerprint_of_a_client() {
    let [kex, cipher, mac, compression] = CYBERDUCK;
    let lists = [kex, "ssh-rsa", cipher, "x", mac, "y", compression, "z", "", ""];
    let bytes =
        [&b"SSH-2.0-Cyberduck/6.7.1.28683 (Mac OS X/10.13.6)\r\n"[..], &kex_init(lists)].concat();
    let (found, _) = messages(SshParser::default(), &*bytes);
    let offers = offers(&found);
    assert_eq!(offers[0].hassh(), "8a8ae540028bf433cd68356c1b9e8d5b");
    assert_eq!(offers[0].cookie, [7; 16]);
    assert_eq!(offers[0].hassh_server_algorithms(), format!("{kex};x;y;z"));
}

// tshark -r zeek/ssh__single-conn.pcap -T fields -e ssh.kex.hassh -e ssh.kex.hassh_algorithms
#[test]
fn the_fingerprint_of_a_client_by_tshark() {
    let kex = "diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1";
    let cipher = "aes128-cbc,3des-cbc,blowfish-cbc,cast128-cbc,arcfour,aes192-cbc,aes256-cbc,\
        rijndael-cbc@lysator.liu.se,aes128-ctr,aes192-ctr,aes256-ctr";
    let mac =
        "hmac-md5,hmac-sha1,hmac-ripemd160,hmac-ripemd160@openssh.com,hmac-sha1-96,hmac-md5-96";
    let lists =
        [kex, "", cipher, cipher, mac, mac, "none,zlib", "none,zlib", "", ""].map(str::to_owned);
    let (side, timestamp) = (Side::Initiator, Timestamp::default());
    let offer =
        KexInit { side, timestamp, cookie: [0; 16], lists, first_kex_packet_follows: false };
    assert_eq!(offer.hassh(), "c4fd9343cba76d12f0dd523fbe7c4da1");
}

/// A whole beginning of a connection.
fn conversation() -> Conversation {
    let key = string([string("ssh-ed25519"), string([1; 32])].concat());
    Conversation::default()
        .responder("welcome\r\nSSH-2.0-OpenSSH_9.6 Debian-1\r\n")
        .initiator("SSH-2.0-Go\n")
        .initiator(kex_init(["a,b", "k", "c1,c2", "c3", "m", "m", "none", "zlib", "", ""]))
        .responder(kex_init(["b,a", "k", "c2,c1", "x", "m", "m", "none", "zlib", "", ""]))
        .responder(packet(&[&[31], &*key].concat()))
        .initiator(packet(&[21]))
        .initiator("secret")
        .responder([packet(&[21]), b"secret".to_vec()].concat())
}

#[test]
fn a_connection_is_read_until_both_sides_encrypt() {
    check_split_invariance(&SshParser::default(), conversation());
    let (found, state) = messages(SshParser::default(), conversation());
    assert_eq!(state, SessionState::Done);
    let [
        SshMessage::Banner(server),
        SshMessage::Banner(client),
        SshMessage::KexInit(_),
        SshMessage::KexInit(_),
        SshMessage::Negotiated(both),
        SshMessage::HostKey(key),
        SshMessage::NewKeys { side: Side::Initiator, .. },
        SshMessage::NewKeys { side: Side::Responder, .. },
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (&*server.software, &*server.comments, &*server.version),
        ("OpenSSH_9.6", "Debian-1", "2.0")
    );
    assert_eq!((client.side, &*client.software), (Side::Initiator, "Go"));
    let chosen = both.algorithms.each_ref().map(|name| name.as_deref().unwrap_or("-"));
    assert_eq!(chosen, ["a", "k", "c1", "-", "m", "m", "none", "zlib"]);
    assert_eq!((&*key.algorithm, key.key.len()), ("ssh-ed25519", 51));
}

#[test]
fn a_group_of_the_servers_choice_is_no_key() {
    let number = string([0; 129]);
    let bytes = [b"SSH-2.0-a\r\n", &*packet(&[&[31], &*number, &*number].concat())].concat();
    assert_eq!(messages(SshParser::default(), &*bytes).0.len(), 1);
}

#[test]
fn the_first_version_is_not_read_behind_its_line() {
    let conversation =
        Conversation::default().responder("SSH-1.5-x\n").initiator("SSH-1.5-y\n\0\0\0\x01");
    check_split_invariance(&SshParser::default(), &conversation);
    let (found, state) = messages(SshParser::default(), &conversation);
    assert_eq!((found.len(), state), (2, SessionState::Done));
}

#[test]
fn what_is_not_ssh_fails() {
    let reason = |conversation: Conversation| {
        let parser = SshParser::new(SshConfig { max_packet: 100, ..SshConfig::default() });
        check_split_invariance(&parser, &conversation);
        match messages(parser, &conversation).1 {
            SessionState::Failed(failure) => failure.reason().to_owned(),
            state => format!("{state:?}"),
        }
    };
    let client = |bytes: &[u8]| Conversation::from(bytes);
    assert_eq!(reason(client(b"GET / HTTP/1.1\r\n")), "a side does not begin with SSH-");
    let lines = Conversation::default().responder("x\n".repeat(65));
    assert_eq!(reason(lines), "a side does not begin with SSH-");
    let long = format!("SSH-2.0-{}\n", "a".repeat(300));
    assert_eq!(reason(client(long.as_bytes())), "no end of the first line within 255 bytes");
    let packet = |bytes: &[u8]| client(&[b"SSH-2.0-a\n", bytes].concat());
    assert_eq!(reason(packet(&[0, 0, 0, 101])), "packet length 101 is not from 2 to 100");
    assert_eq!(reason(packet(&[0, 0, 0, 1])), "packet length 1 is not from 2 to 100");
    assert_eq!(
        reason(packet(&[0, 0, 0, 2, 9, 20])),
        "padding length 9 is above that of the packet"
    );
    let short = "key exchange lists end before their length";
    assert_eq!(reason(packet(&[0, 0, 0, 2, 0, 20])), short);
}
