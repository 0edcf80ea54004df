//! What goes wrong on purpose in a step of a connection, before its first request.

use std::io::{Read, Write};

use super::broken::Broken;
use super::render::render;
use super::wire::Wire;
use crate::emulator::azure::Azure;
use crate::emulator::fault::Fault;
use crate::emulator::message::Reply;

/// Does it to the client, whom `usual` would tell that the step is done. True: the step is still done, and is
/// the last one.
pub fn disturb<S: Read + Write>(
    fault: Option<Fault>,
    azure: &Azure,
    wire: &mut Wire<S>,
    usual: &[u8],
) -> Result<bool, Broken> {
    match fault {
        None => Ok(false),
        Some(Fault::ResetAfter) => Ok(true),
        Some(Fault::Delay(time) | Fault::Pause(time)) => {
            azure.clock.stall(time);
            Ok(false)
        }
        Some(Fault::Answer { status, headers, body }) => {
            let reply = Reply { status, headers, body: body.into_bytes() };
            wire.write(&render(&reply, "", true))?;
            Err(Broken::Gone)
        }
        Some(Fault::Truncate) => {
            wire.write(usual.get(..usual.len() / 2).unwrap_or_default())?;
            Err(Broken::Gone)
        }
        Some(Fault::ResetBefore | Fault::ResetDuring | Fault::Shape(_)) => Err(Broken::Gone),
    }
}
