//! When an assertion is good, and by whose clock.

use jiff::Timestamp;

use super::jwt::Claims;

/// When the assertion is good, and how far this machine's clock is off.
pub fn explain(claims: &Claims, here: Timestamp, there: Option<Timestamp>) -> Vec<String> {
    let now = there.unwrap_or(here);
    let mut lines = Vec::new();
    let off = here.as_second() - now.as_second();
    if off.abs() >= OFF {
        let way = if off > 0 { "ahead of" } else { "behind" };
        let off = duration(off.unsigned_abs());
        lines.push(format!("this machine's clock is {off} {way} Entra's: set it"));
    }
    let at = |second: i64| Timestamp::from_second(second).ok();
    if let Some(ended) = claims.expires.and_then(at).filter(|ended| *ended <= now) {
        lines.push(format!("the token ended at {ended:.0}, and Entra's clock says {now:.0}"));
    }
    if let Some(begins) = claims.not_before.and_then(at).filter(|begins| *begins > now) {
        lines.push(format!("the token begins at {begins:.0}, and Entra's clock says {now:.0}"));
    }
    lines
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// From this difference on a clock is called wrong; seconds. The way there and back takes some, too.
const OFF: i64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let claims = Claims { expires: Some(2_000), ..Claims::default() };
        let lines = explain(&claims, at(9_000), Some(at(1_000)));
        assert_eq!(lines, ["this machine's clock is 2 h 13 min ahead of Entra's: set it"]);
        let lines = explain(&claims, at(1_990), Some(at(2_050)));
        assert_eq!(
            lines,
            [
                "this machine's clock is 60 s behind Entra's: set it",
                "the token ended at 1970-01-01T00:33:20Z, and Entra's clock says \
                 1970-01-01T00:34:10Z",
            ]
        );
        let claims = Claims { not_before: Some(3_000), ..claims };
        assert_eq!(explain(&claims, at(1_500), None).len(), 1);
    }
}
