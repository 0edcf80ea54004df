//! What a client says before TLS: as to a proxy, `CONNECT host:443`.

use std::io;
use std::net::TcpStream;

use super::broken::{Broken, Refusal};
use super::disturbed::disturb;
use super::render::render;
use super::wire::Wire;
use crate::emulator::azure::Azure;
use crate::emulator::fault::CONNECT;
use crate::emulator::hosts;
use crate::emulator::record::Seen;

/// Opens the tunnel, which ends here as well, and returns the host that it leads to.
pub fn open(socket: &TcpStream, azure: &Azure) -> Result<String, Broken> {
    let mut wire = Wire::new(socket);
    match ask(&mut wire) {
        Ok(host) => {
            let fault = azure.early_fault(&Seen::step(CONNECT, &host));
            let is_last = disturb(fault, azure, &mut wire, OPEN)?;
            wire.write(OPEN)?;
            if is_last {
                return Err(Broken::Gone);
            }
            wire.into_stream()?;
            Ok(host)
        }
        Err(Broken::Refused(refusal)) => {
            wire.write(&render(&refusal.reply(), "", true))?;
            // The client reads the refusal only once the connection ends on our side.
            socket.shutdown(std::net::Shutdown::Write)?;
            wire.ignore_the_rest();
            Err(Broken::Gone)
        }
        Err(gone) => Err(gone),
    }
}

/// The host that the client names.
fn ask<S: io::Read + io::Write>(wire: &mut Wire<S>) -> Result<String, Broken> {
    let head = wire.head()?.ok_or(Broken::Gone)?;
    if head.method != "CONNECT" {
        return Err(NO_TUNNEL.into());
    }
    target(&head.target).ok_or(FOREIGN.into())
}

/// The host, if a tunnel may lead there.
fn target(authority: &str) -> Option<String> {
    let (host, port) = hosts::without_port(authority);
    let host = host.to_ascii_lowercase();
    (port == Some("443") && hosts::may_connect(&host)).then_some(host)
}

/// The tunnel is there.
const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
/// Plain HTTP.
const NO_TUNNEL: Refusal = Refusal::new(
    400,
    "this is an HTTPS proxy for Key Vault and Microsoft's sign-in: name it in HTTPS_PROXY, or speak TLS",
);
/// Another host or port.
const FOREIGN: Refusal = Refusal::new(
    403,
    "tunnels lead to Key Vault and to Microsoft's sign-in on port 443, and nowhere else",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnels_target_is_a_known_host_on_the_port_of_https() {
        assert_eq!(target("A.vault.azure.net:443").as_deref(), Some("a.vault.azure.net"));
        for other in ["a.vault.azure.net", "a.vault.azure.net:22", "example.net:443", ":443", ""] {
            assert_eq!(target(other), None, "{other}");
        }
    }
}
