//! What an engine has to know of a flow's key.

use std::hash::Hash;
use std::net::SocketAddr;

use rheos_layers::IpProtocol;

use rheos_flow::{FiveTupleKey, MacPairKey, TaggedKey};

/// The key of flows that parsers read: what is known of their ports.
pub trait SessionKey: Clone + Eq + Hash + Send + Sync + 'static {
    /// Both ends, in the order of [`Orientation::Forward`](rheos_core::Orientation), if the key has
    /// them: by their ports parsers are chosen, and announced connections are known.
    fn ends(&self) -> Option<[SocketAddr; 2]>;

    /// What IP carries, if the key tells: an announced flow is known by it, too.
    fn transport(&self) -> Option<IpProtocol> {
        None
    }
}

impl SessionKey for FiveTupleKey {
    fn ends(&self) -> Option<[SocketAddr; 2]> {
        Some([self.low(), self.high()])
    }

    fn transport(&self) -> Option<IpProtocol> {
        Some(self.protocol())
    }
}

impl SessionKey for MacPairKey {
    fn ends(&self) -> Option<[SocketAddr; 2]> {
        None
    }
}

impl<K: SessionKey, T: Clone + Eq + Hash + Send + Sync + 'static> SessionKey for TaggedKey<K, T> {
    fn ends(&self) -> Option<[SocketAddr; 2]> {
        self.key.ends()
    }

    fn transport(&self) -> Option<IpProtocol> {
        self.key.transport()
    }
}
