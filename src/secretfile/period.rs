//! Periods (`90d`) and dates (`2027-01-31`).

use jiff::{SignedDuration, Timestamp};

/// The longest period, in years of 365 days.
const MAX_YEARS: i64 = 100;

/// Hours of a unit: hours, days, weeks, months of 30 days, years of 365 days.
const UNITS: [(char, i64); 5] = [('h', 1), ('d', 24), ('w', 168), ('m', 720), ('y', 8760)];

/// Reads a count and a unit, such as `90d`; the error is the sentence for the user.
pub fn period(text: &str) -> Result<SignedDuration, String> {
    let rule = "write a whole number and a unit: h, d, w, m (30 days) or y (365 days), such as 90d";
    let unknown = || format!("`{text}` is not a period; {rule}");
    let unit = text.chars().last().ok_or_else(unknown)?;
    let (_, hours) = UNITS.iter().find(|row| row.0 == unit).ok_or_else(unknown)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(unknown());
    }
    let most = MAX_YEARS * 8760;
    let hours = digits.parse().ok().and_then(|count: i64| count.checked_mul(*hours));
    match hours.filter(|hours| *hours <= most) {
        None => Err(format!("`{text}` is longer than {MAX_YEARS} years, the longest period")),
        Some(0) => Err(format!("the period `{text}` is zero; {rule}")),
        Some(hours) => Ok(SignedDuration::from_hours(hours)),
    }
}

/// Reads a date (its start in UTC) or an RFC 3339 time; the error is the sentence for the user.
pub fn time(text: &str) -> Result<Timestamp, String> {
    let parsed = if text.len() == "2027-01-31".len() {
        format!("{text}T00:00:00Z").parse().ok()
    } else {
        text.parse().ok()
    };
    parsed
        .filter(|time: &Timestamp| time.as_second() > 0)
        .ok_or_else(|| format!("`{text}` is not a date; write 2027-01-31 or 2027-01-31T12:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_counts() {
        for (text, hours) in [("1h", 1), ("90d", 2160), ("2w", 336), ("1m", 720), ("1y", 8760)] {
            assert_eq!(period(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        assert!(period("100y").is_ok());
    }

    #[test]
    fn zero_and_everything_else_is_refused() {
        for text in [
            "",
            "0d",
            "0",
            "90",
            "d",
            "-1d",
            "+1d",
            "1.5d",
            "90 d",
            "90D",
            "1d12h",
            "٣d",
            "1é",
            "101y",
            "99999999999999999999d",
            "9999999999999999h",
        ] {
            assert!(period(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_days_or_times_with_a_zone() {
        assert_eq!(time("1970-01-02").map(|t| t.as_second()), Ok(86400));
        let zoned = time("2027-01-31T12:00:00+01:00").expect("RFC 3339");
        assert_eq!(zoned, "2027-01-31T11:00:00Z".parse().expect("RFC 3339"));
        for text in ["", "tomorrow", "2027-13-01", "2027-01-31T12:00:00", "1969-01-01"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
