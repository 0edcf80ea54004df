//! When a token ends, in the forms that hosts write it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

/// The time from now to `expires_on`; none if it has passed or is not understood.
pub fn until(expires_on: &Value, now: Timestamp) -> Option<Duration> {
    let ends = match (number(expires_on), expires_on) {
        (Some(seconds), _) => Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?,
        (None, Value::String(text)) => date(text)?,
        _ => return None,
    };
    ends.duration_since(now).try_into().ok()
}

/// A number that may stand in quotes.
pub fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    }
}

/// The dates of the oldest protocol, month first: by 12 hours with AM and PM, or by 24.
fn date(text: &str) -> Option<Timestamp> {
    FORMS.iter().find_map(|form| strtime::parse(form, text.trim()).ok()?.to_timestamp().ok())
}

/// As App Service's version 2017-09-01 writes them.
const FORMS: [&str; 2] = ["%m/%d/%Y %I:%M:%S %p %:z", "%m/%d/%Y %H:%M:%S %:z"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_end_is_a_number_a_text_or_either_of_two_dates() {
        let now = Timestamp::from_second(1_506_484_173).expect("in range");
        for (ends, left) in [
            (json!(1_506_487_773), Some(3_600)),
            (json!("1506487773"), Some(3_600)),
            (json!("09/27/2017 04:49:33 +00:00"), Some(3_600)),
            (json!("09/27/2017 16:49:33 +00:00"), Some(46_800)),
            (json!("9/27/2017 4:49:33 AM +00:00"), Some(3_600)),
            (json!("09/27/2017 4:49:33 PM +00:00"), Some(46_800)),
            (json!("09/26/2017 04:49:33 +00:00"), None),
            (json!(1), None),
            (json!(u64::MAX), None),
            (json!(-1), None),
            (json!(""), None),
            (json!("soon"), None),
            (json!(null), None),
        ] {
            assert_eq!(until(&ends, now).map(|left| left.as_secs()), left, "{ends}");
        }
    }
}
