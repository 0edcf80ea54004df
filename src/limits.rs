//! How long a run may take, and how long it waits for rights.

use std::time::Duration;

use clap::Args;

use crate::error::{Error, Result};

/// What a run may take.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Start nothing new once the run has taken this long, such as 90s, 10m or 1h
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub timeout: Duration,
    /// Where a role assignment is not seen yet, ask again for this long; it counts from the first refusal
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait_for_access: Option<Duration>,
}

impl LimitArgs {
    /// Refuses a wait that the run would be over before.
    pub fn check(&self) -> Result<()> {
        match self.wait_for_access {
            Some(wait) if wait >= self.timeout => {
                let (wait, timeout) = (wait.as_secs(), self.timeout.as_secs());
                let what = format!(
                    "`--wait-for-access` is {wait} s, and the whole run (`--timeout`) has {timeout} s"
                );
                Err(Error::usage(what).help("give `--timeout` more than the wait"))
            }
            _ => Ok(()),
        }
    }
}

/// Reads a whole number and its unit. Rotation periods have other units: there, `m` is a month.
fn duration(text: &str) -> std::result::Result<Duration, String> {
    let rule = "write a whole number and a unit: s, m (minutes) or h, such as 90s, 10m or 1h";
    let (digits, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(rule.to_owned()),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let count = is_number.then(|| digits.parse::<u64>().unwrap_or(u64::MAX)).ok_or(rule)?;
    match count.saturating_mul(seconds) {
        0 => Err(format!("it is zero; {rule}")),
        seconds if seconds > MOST => Err("it is longer than 24 h, the longest time".to_owned()),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

/// No job of a CI system runs longer; seconds.
const MOST: u64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_of_seconds_minutes_or_hours() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h", 3600), ("24h", 86_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "10",
            "0s",
            "1d",
            "1.5h",
            "-1s",
            "+1s",
            "25h",
            "1é",
            "9999999999999999999999h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wait_for_access_that_the_run_cannot_hold_is_refused() {
        let minute = Duration::from_secs(60);
        let limits = |wait| LimitArgs { timeout: minute, wait_for_access: wait };
        assert!(limits(None).check().is_ok() && limits(Some(minute / 2)).check().is_ok());
        let error = limits(Some(minute)).check().expect_err("as long as the run").to_string();
        assert!(error.contains("--wait-for-access") && error.contains("--timeout"), "{error}");
    }
}
