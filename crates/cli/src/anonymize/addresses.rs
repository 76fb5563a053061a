//! Addresses of IP, replaced so that those with a prefix in common have one of the same length
//! afterwards: Crypto-PAn, of J. Xu, J. Fan, M. Ammar and S. Moon, "Prefix-Preserving IP Address
//! Anonymization", 2002.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};

/// Addresses whose replacement is remembered; then all are forgotten, so that a scan of the whole
/// Internet does not fill the memory.
const MAX_REMEMBERED: usize = 1 << 20;
const V4_BITS: u32 = 32;
const V6_BITS: u32 = 128;

/// A prefix that stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    /// Its bits, from the highest on.
    bits: u128,
    length: u32,
    is_v4: bool,
    /// Whether the bits behind it stay too.
    keeps_all: bool,
}

impl Prefix {
    /// Of the addresses that mean the same everywhere.
    pub(super) fn usual() -> Vec<Self> {
        let kept = [
            "0.0.0.0/32",
            "127.0.0.0/8",
            "224.0.0.0/4",
            "255.255.255.255/32",
            "::/127",
            "ff00::/8",
        ];
        // A known prefix, in front of bits that say who it is.
        let hidden = ["169.254.0.0/16", "fe80::/64", "::ffff:0:0/96", "ff02::1:ff00:0/104"];
        let parse = |keeps_all| {
            move |text: &&str| Self::parse(text).ok().map(|prefix| Self { keeps_all, ..prefix })
        };
        kept.iter().filter_map(parse(true)).chain(hidden.iter().filter_map(parse(false))).collect()
    }

    /// Reads `10.0.0.0/8`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text}: a prefix is 10.0.0.0/8 or 2001:db8::/32");
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let (bits, width) = bits_of(address);
        let length = length.parse().ok().filter(|length| *length <= width).ok_or_else(wrong)?;
        let bits = bits & high(length);
        Ok(Self { bits, length, is_v4: address.is_ipv4(), keeps_all: true })
    }

    /// Whether the first `length` bits of an address are those of the prefix.
    fn starts_like(&self, bits: u128, length: u32) -> bool {
        (self.bits ^ bits) & high(length) == 0
    }
}

/// The first bits set.
fn high(length: u32) -> u128 {
    u128::MAX.checked_shl(V6_BITS.saturating_sub(length)).unwrap_or_default()
}

/// The bits of an address from the highest on, and how many there are.
fn bits_of(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, V4_BITS),
        IpAddr::V6(address) => (address.into(), V6_BITS),
    }
}

/// What replaces addresses.
pub(super) struct Addresses {
    cipher: Aes128,
    pad: u128,
    kept: Vec<Prefix>,
    remembered: HashMap<IpAddr, IpAddr>,
}

impl Addresses {
    /// Under a key, of which the first half encrypts and the second fills up.
    pub(super) fn new(key: &[u8; 32], kept: Vec<Prefix>) -> Self {
        let (secret, pad) = key.split_at(16);
        let half = |half: &[u8]| half.first_chunk::<16>().copied().unwrap_or_default();
        let cipher = Aes128::new(&half(secret).into());
        let mut pad = Block::from(half(pad));
        cipher.encrypt_block(&mut pad);
        let pad = u128::from_be_bytes(pad.into());
        Self { cipher, pad, kept, remembered: HashMap::new() }
    }

    /// What replaces an address of version 4.
    pub(super) fn v4(&mut self, address: Ipv4Addr) -> Ipv4Addr {
        match self.replace(address.into()) {
            IpAddr::V4(address) => address,
            IpAddr::V6(_) => address,
        }
    }

    /// What replaces an address of version 6.
    pub(super) fn v6(&mut self, address: Ipv6Addr) -> Ipv6Addr {
        match self.replace(address.into()) {
            IpAddr::V6(address) => address,
            IpAddr::V4(_) => address,
        }
    }

    fn replace(&mut self, address: IpAddr) -> IpAddr {
        if let Some(&known) = self.remembered.get(&address) {
            return known;
        }
        let (bits, width) = bits_of(address);
        let turned = bits ^ self.flips(bits, width) & !self.still(bits, address.is_ipv4());
        let replaced = match address {
            IpAddr::V4(_) => {
                let [a, b, c, d, ..] = turned.to_be_bytes();
                IpAddr::V4([a, b, c, d].into())
            }
            IpAddr::V6(_) => IpAddr::V6(turned.into()),
        };
        if self.remembered.len() >= MAX_REMEMBERED {
            self.remembered.clear();
        }
        self.remembered.insert(address, replaced);
        replaced
    }

    /// The bits that are turned over: each by a number that the bits in front of it decide on.
    fn flips(&self, bits: u128, width: u32) -> u128 {
        let block = |length: u32| {
            let front = high(length);
            Block::from((bits & front | self.pad & !front).to_be_bytes())
        };
        let mut blocks: Vec<Block> = (0..width).map(block).collect();
        self.cipher.encrypt_blocks(&mut blocks);
        let first_bits = blocks.iter().zip((0..V6_BITS).rev()).map(|(block, place)| {
            let is_set = block.first().is_some_and(|byte| byte & 0x80 != 0);
            u128::from(is_set) << place
        });
        first_bits.fold(0, |all, bit| all | bit)
    }

    /// The bits that stay: those of a kept prefix as far as the address is like it, and those behind
    /// it. Where several prefixes hold the address, the longest decides on what is behind.
    ///
    /// What a bit becomes depends on the bits in front of it alone, so that addresses with a prefix
    /// in common keep it, and no two become the same.
    fn still(&self, bits: u128, is_v4: bool) -> u128 {
        let mut still = 0;
        let mut holder: Option<&Prefix> = None;
        for prefix in self.kept.iter().filter(|prefix| prefix.is_v4 == is_v4) {
            let common = (prefix.bits ^ bits).leading_zeros().min(prefix.length);
            // The first bit that differs stays as well: it is what tells the two apart.
            still |= high(common.saturating_add(1).min(prefix.length));
            let is_inside = prefix.starts_like(bits, prefix.length);
            if is_inside && holder.is_none_or(|holder| prefix.length > holder.length) {
                holder = Some(prefix);
            }
        }
        match holder {
            Some(prefix) if prefix.keeps_all => u128::MAX,
            _ => still,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &[u8]) -> [u8; 32] {
        *bytes.first_chunk().unwrap()
    }

    /// Of the authors' `cryptopan.cpp` and its sample trace.
    const KEY: [u8; 32] = [
        21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131,
        121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
    ];

    #[track_caller]
    fn check(addresses: &mut Addresses, address: &str, expected: &str) {
        let replaced = addresses.replace(address.parse().unwrap());
        assert_eq!(replaced, expected.parse::<IpAddr>().unwrap(), "{address}");
    }

    #[test]
    fn the_sample_trace_of_the_authors_comes_out() {
        let mut addresses = Addresses::new(&KEY, Vec::new());
        for (address, expected) in [
            ("128.11.68.132", "135.242.180.132"),
            ("129.118.74.4", "134.136.186.123"),
            ("130.132.252.244", "133.68.164.234"),
            ("141.223.7.43", "141.167.8.160"),
            ("141.233.145.108", "141.129.237.235"),
            ("152.163.225.39", "151.140.114.167"),
            ("156.29.3.236", "147.225.12.42"),
            ("165.247.96.84", "162.9.99.234"),
            ("166.107.77.190", "160.132.178.185"),
            ("192.102.249.13", "252.138.62.131"),
        ] {
            check(&mut addresses, address, expected);
        }
    }

    #[test]
    fn version_6_is_that_of_other_implementations() {
        // The example of yacryptopan's README.
        let mut addresses = Addresses::new(&key(b"32-char-str-for-AES-key-and-pad."), Vec::new());
        check(&mut addresses, "192.0.2.1", "192.0.125.244");
        // The test vectors that the implementations in C++, Go and Rust share.
        let mut addresses = Addresses::new(&KEY, Vec::new());
        for (address, expected) in [
            ("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"),
            ("::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838"),
            ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"),
            ("2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"),
        ] {
            check(&mut addresses, address, expected);
        }
    }

    #[test]
    fn addresses_of_no_host_stay() {
        let mut addresses = Addresses::new(&KEY, Prefix::usual());
        for address in
            ["0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.255", "::", "::1", "ff02::fb"]
        {
            check(&mut addresses, address, address);
        }
        for (address, start) in [("169.254.7.7", "169.254."), ("fe80::1", "fe80::")] {
            let replaced = addresses.replace(address.parse().unwrap()).to_string();
            assert!(replaced.starts_with(start) && replaced != address, "{replaced}");
        }
        let node = addresses.v6("ff02::1:ff12:3456".parse().unwrap()).to_string();
        assert!(node.starts_with("ff02::1:ff") && node != "ff02::1:ff12:3456", "{node}");
    }

    #[test]
    fn prefixes_in_common_are_kept_and_no_two_addresses_become_one() {
        let mut kept = Prefix::usual();
        kept.push(Prefix::parse("10.1.0.0/16").unwrap());
        let mut addresses = Addresses::new(&KEY, kept);
        // Every 2^16 + 2^8 + 1 addresses, all over the space.
        let all: Vec<u32> = (0..60_000_u32).map(|n| n.wrapping_mul(65_793)).collect();
        let replaced: Vec<u32> = all.iter().map(|&a| addresses.v4(a.into()).into()).collect();
        for (pair, turned) in all.windows(2).zip(replaced.windows(2)) {
            let (before, after) = (pair[0] ^ pair[1], turned[0] ^ turned[1]);
            assert_eq!(before.leading_zeros(), after.leading_zeros(), "{pair:?}");
        }
        let mut sorted = replaced;
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len());
        check(&mut addresses, "10.1.2.3", "10.1.2.3");
    }

    #[test]
    fn what_is_no_prefix_is_said() {
        for text in ["10.0.0.0", "10.0.0.0/33", "10/8", "::/129", "x/1"] {
            assert!(Prefix::parse(text).is_err(), "{text}");
        }
    }
}
