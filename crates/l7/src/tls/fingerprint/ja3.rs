//! JA3 and JA3S, as <https://github.com/salesforce/ja3> defines them.

use md5::{Digest, Md5};

use super::join;
use crate::hex;
use crate::tls::{ClientHello, ServerHello, is_grease};

impl ClientHello {
    /// What [`ja3`](Self::ja3) is the MD5 of: version, cipher suites, extensions, groups and point
    /// formats in decimal, in the order of the hello and without GREASE.
    pub fn ja3_text(&self) -> String {
        let formats = self.ec_point_formats.iter().map(|format| u16::from(*format));
        [
            self.legacy_version.0.to_string(),
            decimal(self.cipher_suites.iter().map(|suite| suite.0)),
            decimal(self.extensions().map(|(extension_type, _)| extension_type.0)),
            decimal(self.supported_groups.iter().map(|group| group.0)),
            join(formats, '-', |format| format.to_string()),
        ]
        .join(",")
    }

    /// The JA3 fingerprint: 32 digits in hexadecimal.
    pub fn ja3(&self) -> String {
        hex(&Md5::digest(self.ja3_text()))
    }
}

impl ServerHello {
    /// What [`ja3s`](Self::ja3s) is the MD5 of: version, cipher suite and extensions in decimal, in
    /// the order of the hello and without GREASE.
    pub fn ja3s_text(&self) -> String {
        [
            self.legacy_version.0.to_string(),
            self.cipher_suite.0.to_string(),
            decimal(self.extensions().map(|(extension_type, _)| extension_type.0)),
        ]
        .join(",")
    }

    /// The JA3S fingerprint: 32 digits in hexadecimal.
    pub fn ja3s(&self) -> String {
        hex(&Md5::digest(self.ja3s_text()))
    }
}

fn decimal(numbers: impl Iterator<Item = u16>) -> String {
    join(numbers.filter(|number| !is_grease(*number)), '-', |number| number.to_string())
}
