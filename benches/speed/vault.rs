//! The embedded vault in a process of its own, told by lines on its standard input what to do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use secretzero::clock::Clock;
use secretzero::emulator::{Control, Emulator, Limits, Options, Window};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The first argument of the process that serves.
pub const SERVE: &str = "--serve";

/// What the vault is told; each line of its standard input is one.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Every request waits so many milliseconds.
    Delay(u64),
    /// Throttle, or not.
    Limit(Option<Limiter>),
    /// So many secrets of somebody else in this vault (host).
    Strangers(String, usize),
    /// Nothing.
    Tell,
}

/// 300 new versions in 10 s.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limiter {
    /// Whether a window begins with each request.
    pub slides: bool,
    /// Whether a refusal says how long to wait.
    pub tells: bool,
}

/// How things stand after an order; the answer to each.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Standing {
    /// The vault's clock, in seconds since its start.
    pub clock: f64,
    /// How many answers had which status.
    pub statuses: BTreeMap<u16, u64>,
}

/// What the process says first.
#[derive(Debug, Serialize, Deserialize)]
struct Ready {
    address: String,
    ca: String,
}

/// A running vault; it ends with this.
pub struct Vault {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// `host:port`, for clients that use it as their proxy.
    pub address: String,
    /// The certificate to trust, PEM.
    pub ca: String,
}

impl Vault {
    /// Starts an empty one.
    pub fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().ok_or("no stdin")?;
        let mut answers = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let Ready { address, ca } = read(&mut answers)?;
        Ok(Self { child, orders, answers, address, ca })
    }

    /// Has an order carried out.
    pub fn tell(&mut self, order: &Order) -> Result<Standing> {
        writeln!(self.orders, "{}", serde_json::to_string(order)?)?;
        read(&mut self.answers)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read<T: for<'a> Deserialize<'a>>(from: &mut impl BufRead) -> Result<T> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// The process that serves, until nobody gives orders any more.
pub fn serve() -> Result<()> {
    let clock = Clock::system();
    let listen = ([127, 0, 0, 1], 0).into();
    let options = Options { listen, data: None, clock: clock.clone(), allow_remote: false };
    let emulator = Emulator::start(options)?;
    let ready = Ready { address: emulator.address().to_string(), ca: emulator.ca_pem().to_owned() };
    say(&ready)?;
    let control = emulator.control();
    for line in stdin().lines() {
        carry_out(&control, serde_json::from_str(&line?)?);
        let clock = clock.elapsed().as_secs_f64();
        say(&Standing { clock, statuses: control.statuses() })?;
    }
    Ok(())
}

fn carry_out(control: &Control, order: Order) {
    match order {
        Order::Delay(millis) => control.set_delay(Duration::from_millis(millis)),
        Order::Limit(limiter) => control.set_limits(limiter.map(limits)),
        Order::Strangers(host, count) => {
            for number in 0..count {
                let name = format!("a-stranger-{number}");
                control.put(&host, &name, "theirs", BTreeMap::new());
            }
        }
        Order::Tell => {}
    }
}

fn limits(limiter: Limiter) -> Limits {
    let kind = if limiter.slides { Window::Sliding } else { Window::Fixed };
    Limits { kind, retry_after: limiter.tells, ..Limits::default() }
}

fn say(what: &impl Serialize) -> Result<()> {
    let mut out = stdout();
    writeln!(out, "{}", serde_json::to_string(what)?)?;
    Ok(out.flush()?)
}
