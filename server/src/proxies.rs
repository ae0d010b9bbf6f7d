//! Whose word counts for how a request first arrived: proxies in front that speak HTTPS for the server.

use std::fmt::Display;
use std::net::IpAddr;

use ipnet::IpNet;

/// Peers whose `X-Forwarded-Proto` is believed; nobody's unless it is said.
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

    #[test]
    fn what_is_no_address_is_named() {
        for word in ["proxy.example", "10.0.0.0/99", "300.1.1.1"] {
            assert!(TrustedProxies::parse(&format!("::1,{word}")).unwrap_err().starts_with(word));
        }
    }
}
