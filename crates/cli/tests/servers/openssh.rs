//! SSH of openssh's server and client: what rheos reads is what `ssh -vv` says.

use serde_json::Value;

use crate::common::succeeds;
use crate::lab::{Lab, SERVER, Said, digest};
use crate::rows::{rows, word, words};

/// What the client is told besides.
const CASES: [&str; 4] = [
    "",
    // A cipher that needs a MAC of its own, and bytes that are packed.
    "-c aes256-ctr -m hmac-sha2-512 -o Compression=yes -o KexAlgorithms=curve25519-sha256",
    "-c aes128-gcm@openssh.com -o KexAlgorithms=ecdh-sha2-nistp256 -o HostKeyAlgorithms=ecdsa-sha2-nistp256",
    // Nothing that both know: the server ends it.
    "-o KexAlgorithms=diffie-hellman-group14-sha1",
];

/// What a client says of a side's offer, in the order of the message.
const LISTS: [&str; 8] = [
    "KEX algorithms: ",
    "host key algorithms: ",
    "ciphers ctos: ",
    "ciphers stoc: ",
    "MACs ctos: ",
    "MACs stoc: ",
    "compression ctos: ",
    "compression stoc: ",
];

/// What `ssh -vv` has said.
struct Told(String);

impl Told {
    fn behind(&self, words: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(words))
    }

    /// The lists of a side, behind the line that begins them.
    fn offer(&self, title: &str) -> [String; 8] {
        let (_, rest) = self.0.split_once(title).unwrap();
        LISTS.map(|list| {
            let list = format!("debug2: {list}");
            rest.lines().find_map(|line| line.strip_prefix(&list)).unwrap().to_owned()
        })
    }

    /// By <https://github.com/salesforce/hassh>, of what goes to the server and of what comes.
    fn hassh(&self) -> [String; 2] {
        let [kex, _, cipher, _, mac, _, compression, _] =
            self.offer("local client KEXINIT proposal");
        let client = [kex, cipher, mac, compression].join(";");
        let [kex, _, _, cipher, _, mac, _, compression] =
            self.offer("peer server KEXINIT proposal");
        [client, [kex, cipher, mac, compression].join(";")].map(|text| digest("md5sum", &text))
    }
}

#[test]
fn connections_are_what_the_client_says() {
    let needed = ["sshd", "ssh", "ssh-keygen", "sh", "mount", "md5sum"];
    let Some(mut lab) = Lab::new("ssh", &needed) else { return };
    for (name, kind) in [("host", "ed25519"), ("other", "ecdsa"), ("user", "ed25519")] {
        std::fs::remove_file(lab.path(name)).ok();
        lab.ask("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", name]);
    }
    let sshd = crate::namespace::find("sshd").unwrap();
    // Its folder in /run is made in a /run that only this program has.
    let script = format!(
        "mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec {} -D -e -f /dev/null -h {} -h {} \
         -o AuthorizedKeysFile={} -o StrictModes=no -o UsePAM=no -o PermitRootLogin=yes \
         -o PidFile=none -o VersionAddendum=tested",
        sshd.display(),
        lab.path("host"),
        lab.path("other"),
        lab.path("user.pub"),
    );
    lab.serve_as("sshd", "sh", &["-c", &script], 22);
    lab.capture();
    let said: Vec<Said> = CASES
        .iter()
        .map(|case| {
            let line = format!(
                "-vv -F /dev/null -i user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
                 -o UserKnownHostsFile=/dev/null -o BatchMode=yes {case} root@{SERVER} true"
            );
            lab.run("ssh", &line.split_whitespace().collect::<Vec<_>>())
        })
        .collect();
    let capture = lab.captured();
    let rows = rows("ssh", &capture);
    assert_eq!(rows.len(), CASES.len());
    for ((case, said), row) in CASES.iter().zip(&said).zip(&rows) {
        let is_refused = case.contains("group14");
        assert_eq!(said.code, Some(if is_refused { 255 } else { 0 }), "{case}: {said:?}");
        let told = Told(said.stderr.clone());
        check(case, &told, row, is_refused);
    }
    check_fingerprints(&capture, &rows);
}

fn check(case: &str, told: &Told, row: &Value, is_refused: bool) {
    let client = told.behind("debug1: Local version string ").unwrap();
    let server =
        told.behind("debug1: Remote protocol version 2.0, remote software version ").unwrap();
    let expected = ["2".to_owned(), client.to_owned(), format!("SSH-2.0-{server}")];
    assert_eq!(words(row, ["version", "client", "server"]), expected, "{case}");
    assert_eq!(words(row, ["hassh", "hasshServer"]), told.hassh(), "{case}");
    let chosen = ["kex_alg", "host_key_alg", "cipher_alg", "compression_alg", "mac_alg"];
    if is_refused {
        assert!(told.0.contains("no matching key exchange method found"), "{}", told.0);
        assert_eq!(word(row, "kex_alg"), "", "{row}");
        return;
    }
    // "chacha20-poly1305@openssh.com MAC: <implicit> compression: none"
    let rest = told.behind("debug1: kex: client->server cipher: ").unwrap();
    let (cipher, rest) = rest.split_once(" MAC: ").unwrap();
    let (mac, compression) = rest.split_once(" compression: ").unwrap();
    let kex = told.behind("debug1: kex: algorithm: ").unwrap();
    let key = told.behind("debug1: kex: host key algorithm: ").unwrap();
    // Where the cipher has one of its own, both agree on one all the same: RFC 4253, section 7.1.
    let offers = ["local client KEXINIT proposal", "peer server KEXINIT proposal"];
    let [client, server] = offers.map(|title| told.offer(title)[4].clone());
    let agreed =
        client.split(',').find(|mac| server.split(',').any(|other| other == *mac)).unwrap();
    let mac = if mac == "<implicit>" { agreed } else { mac };
    let expected = [kex, key, cipher, compression, mac].map(str::to_owned);
    assert_eq!(words(row, chosen), expected, "{case}");
}

/// `rheos fingerprints` has both sides of each connection, and no others.
fn check_fingerprints(capture: &str, connections: &[Value]) {
    let found: Vec<_> = rows("fingerprints", capture)
        .iter()
        .map(|row| words(row, ["kind", "fingerprint", "uid"]))
        .collect();
    let of = |row: &Value, kind: &str| [kind.to_owned(), word(row, kind), word(row, "uid")];
    let expected: Vec<_> = connections
        .iter()
        .flat_map(|row| ["hassh", "hasshServer"].map(|kind| of(row, kind)))
        .collect();
    assert_eq!(found, expected);
    assert!(succeeds(&["fingerprints", capture]).contains("hasshServer"));
}
