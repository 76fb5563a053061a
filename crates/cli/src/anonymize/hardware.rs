//! Hardware addresses, replaced by others.

use std::net::Ipv6Addr;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};
use sha2::{Digest, Sha256};

use super::addresses::Addresses;

/// The bits of the first byte that say whether it is a group, and whether a vendor gave it.
const KIND: u8 = 3;
/// The bit of a group.
const GROUP: u8 = 1;
/// What the key for hardware addresses is made from, beside the key for all.
const PURPOSE: &[u8] = b"rheos hardware addresses";

/// What replaces hardware addresses.
pub(super) struct Hardware {
    cipher: Aes128,
    keeps_vendors: bool,
}

impl Hardware {
    pub(super) fn new(key: &[u8; 32], keeps_vendors: bool) -> Self {
        let digest = Sha256::new().chain_update(PURPOSE).chain_update(key).finalize();
        let secret = digest.first_chunk::<16>().copied().unwrap_or_default();
        Self { cipher: Aes128::new(&secret.into()), keeps_vendors }
    }

    /// What replaces an address. Groups stay, but those of single nodes, whose last bytes are those
    /// of an IPv6 address, which has another.
    pub(super) fn replace(&self, address: [u8; 6], addresses: &mut Addresses) -> [u8; 6] {
        let [first, second, third, fourth, fifth, sixth] = address;
        if let [0x33, 0x33, 0xff, ..] = address {
            let mut node = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0).octets();
            if let Some(end) = node.last_chunk_mut::<3>() {
                *end = [fourth, fifth, sixth];
            }
            let node = addresses.v6(node.into()).octets();
            let [fourth, fifth, sixth] = node.last_chunk().copied().unwrap_or_default();
            return [first, second, third, fourth, fifth, sixth];
        }
        if first & GROUP != 0 || address == [0; 6] {
            return address;
        }
        let mut block = Block::default();
        block.iter_mut().zip(address).for_each(|(to, byte)| *to = byte);
        self.cipher.encrypt_block(&mut block);
        let bytes: [u8; 16] = block.into();
        let [a, b, c, d, e, g, ..] = bytes;
        if self.keeps_vendors {
            return [first, second, third, d, e, g];
        }
        [a & !KIND | first & KIND, b, c, d, e, g]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymize::addresses::Prefix;

    const KEY: [u8; 32] = [7; 32];

    fn replace(address: [u8; 6], keeps_vendors: bool) -> [u8; 6] {
        let mut addresses = Addresses::new(&KEY, Prefix::usual());
        Hardware::new(&KEY, keeps_vendors).replace(address, &mut addresses)
    }

    #[test]
    fn groups_stay_and_hosts_become_others_of_their_kind() {
        for group in [[0xff; 6], [1, 0, 0x5e, 0, 0, 0xfb], [0x33, 0x33, 0, 0, 0, 1], [0; 6]] {
            assert_eq!(replace(group, false), group);
        }
        for host in [[0, 0x1b, 0x21, 1, 2, 3], [2, 0, 0, 0, 0, 1]] {
            let other = replace(host, false);
            assert!(other != host && other[0] & KIND == host[0] & KIND);
            assert_eq!(other, replace(host, false));
            let of_vendor = replace(host, true);
            assert!(of_vendor[..3] == host[..3] && of_vendor[3..] != host[3..]);
        }
    }

    #[test]
    fn the_group_of_a_node_follows_its_address() {
        let mut addresses = Addresses::new(&KEY, Prefix::usual());
        let node = addresses.v6("ff02::1:ff12:3456".parse().unwrap()).octets();
        let group = replace([0x33, 0x33, 0xff, 0x12, 0x34, 0x56], false);
        assert_eq!((&group[..3], &group[3..]), (&[0x33, 0x33, 0xff][..], &node[13..]));
    }
}
