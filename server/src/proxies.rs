//! Whose word counts for how a request first arrived: proxies in front, which speak HTTPS for the server and know
//! who asked them.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// Peers whose `X-Forwarded-Proto` and `X-Forwarded-For` are believed; nobody's unless it is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrustedProxies {
    everybody: bool,
    /// Whoever may open the server's Unix socket.
    unix_socket: bool,
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// A list as uvicorn's `--forwarded-allow-ips` takes it: addresses and networks (`10.0.0.0/8`) with commas
    /// between, `*` for everybody; here also `unix` for the Unix socket. An error names the word that is none.
    pub(crate) fn parse(list: &str) -> Result<Self, String> {
        let mut proxies = Self::default();
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "*" => proxies.everybody = true,
                "unix" => proxies.unix_socket = true,
                _ => proxies.networks.push(network(word)?),
            }
        }
        Ok(proxies)
    }

    /// `peer` is the other end of the connection, `None` for the Unix socket.
    pub(crate) fn trusts(&self, peer: Option<IpAddr>) -> bool {
        match peer {
            _ if self.everybody => true,
            None => self.unix_socket,
            // A socket that listens for both kinds shows an IPv4 address within an IPv6 one.
            Some(peer) => self.networks.iter().any(|network| network.contains(&peer.to_canonical())),
        }
    }

    /// Who asks: the peer, or behind trusted proxies the address that the first of them saw. Each proxy adds its
    /// own peer to the end of `X-Forwarded-For`, so what stands before the first address that is not trusted was
    /// written by anybody.
    pub(crate) fn client(&self, peer: Option<IpAddr>, forwarded_for: Option<&str>) -> Option<IpAddr> {
        let mut client = peer.map(|peer| peer.to_canonical());
        // Where everybody is trusted, the last word is all that was not written by just anybody.
        let most = if self.everybody { 1 } else { usize::MAX };
        for word in forwarded_for.unwrap_or_default().rsplit(',').take(most) {
            if !self.trusts(client) {
                break;
            }
            let Some(before) = address(word.trim()) else { break };
            client = Some(before);
        }
        client
    }
}

/// `192.0.2.1`, `2001:db8::1`, either with a port.
fn address(word: &str) -> Option<IpAddr> {
    let address = word.parse().ok().or_else(|| word.parse().ok().map(|address: SocketAddr| address.ip()));
    address
        .or_else(|| word.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|address: IpAddr| address.to_canonical())
}

fn network(word: &str) -> Result<IpNet, String> {
    let wrong = |error: &dyn Display| format!("{word} is no address or network such as 10.0.0.0/8 ({error})");
    if word.contains('/') {
        return word.parse().map_err(|error| wrong(&error));
    }
    word.parse::<IpAddr>().map(IpNet::from).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(list: &str, peer: Option<&str>, trusted: bool) {
        let peer = peer.map(|peer| peer.parse().unwrap());
        assert_eq!(TrustedProxies::parse(list).unwrap().trusts(peer), trusted, "{list} {peer:?}");
    }

    #[test]
    fn nobody_is_trusted_unless_named() {
        check("", Some("127.0.0.1"), false);
        check("", None, false);
        check("127.0.0.1", None, false);
    }

    #[test]
    fn addresses_networks_and_the_socket_can_be_named() {
        check("127.0.0.1, 10.0.0.0/8", Some("127.0.0.1"), true);
        check("127.0.0.1, 10.0.0.0/8", Some("10.9.8.7"), true);
        check("127.0.0.1, 10.0.0.0/8", Some("11.0.0.1"), false);
        check("10.0.0.0/8", Some("::ffff:10.0.0.1"), true);
        check("::1", Some("::1"), true);
        check("unix", None, true);
        check("*", None, true);
        check("*", Some("8.8.8.8"), true);
    }

    fn client(list: &str, peer: Option<&str>, forwarded: &str, client: Option<&str>) {
        let address = |text: &str| text.parse().unwrap();
        let found = TrustedProxies::parse(list).unwrap().client(peer.map(address), Some(forwarded));
        assert_eq!(found, client.map(address), "{list} {peer:?} {forwarded}");
    }

    #[test]
    fn strangers_do_not_choose_their_address() {
        client("", Some("192.0.2.7"), "198.51.100.1", Some("192.0.2.7"));
        client("10.0.0.0/8", Some("192.0.2.7"), "198.51.100.1", Some("192.0.2.7"));
        client("10.0.0.0/8", Some("10.0.0.1"), "198.51.100.1, 192.0.2.7", Some("192.0.2.7"));
        client("10.0.0.0/8", Some("10.0.0.1"), "198.51.100.1, 192.0.2.7, 10.0.0.2", Some("192.0.2.7"));
    }

    #[test]
    fn a_trusted_proxy_says_who_asks() {
        client("10.0.0.1", Some("10.0.0.1"), "198.51.100.1", Some("198.51.100.1"));
        client("10.0.0.1", Some("::ffff:10.0.0.1"), "[2001:db8::1]:4711", Some("2001:db8::1"));
        client("10.0.0.1", Some("10.0.0.1"), "198.51.100.1:4711", Some("198.51.100.1"));
        client("unix", None, "198.51.100.1", Some("198.51.100.1"));
        client("*", Some("10.0.0.1"), "198.51.100.1, 192.0.2.7", Some("192.0.2.7"));
        client("10.0.0.1", Some("10.0.0.1"), "unknown", Some("10.0.0.1"));
        client("10.0.0.1", Some("10.0.0.1"), "", Some("10.0.0.1"));
        client("unix", None, "unknown", None);
    }

    #[test]
    fn what_is_no_address_is_named() {
        for word in ["proxy.example", "10.0.0.0/99", "300.1.1.1"] {
            assert!(TrustedProxies::parse(&format!("::1,{word}")).unwrap_err().starts_with(word));
        }
    }
}
