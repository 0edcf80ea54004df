//! The versions of the API, and what each brought.

use super::refusal::Refusal;

/// From oldest to newest. 7.6-preview.2 came after 7.6 was cut, and has what 2025-06-01 has.
const KNOWN: [&str; 17] = [
    "2016-10-01",
    "7.0",
    "7.1",
    "7.2",
    "7.3",
    "7.4-preview.1",
    "7.4",
    "7.5",
    "7.6",
    FIRST_WITH_PREVIOUS_VERSION,
    "2025-06-01-preview",
    "2025-07-01",
    "2026-01-01-preview",
    "2026-03-01-preview",
    LATEST,
    "2026-05-01-preview",
    "2026-07-01-preview",
];

/// The first to tell which version a certificate's secret replaced.
const FIRST_WITH_PREVIOUS_VERSION: &str = "7.6-preview.2";

/// The newest that is no preview.
const LATEST: &str = "2026-04-01";

/// One that the service knows.
#[derive(Clone, Copy)]
pub struct ApiVersion(usize);

impl ApiVersion {
    /// There is no default.
    ///
    /// # Errors
    ///
    /// It is missing or unknown.
    pub fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let text = text.filter(|text| !text.is_empty()).ok_or_else(Refusal::no_api_version)?;
        let place = KNOWN.iter().position(|known| known.eq_ignore_ascii_case(text));
        place.map(Self).ok_or_else(|| Refusal::unknown_api_version(text, LATEST))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        KNOWN[self.0]
    }

    /// Whether attributes have `recoverableDays`.
    pub fn has_recoverable_days(self) -> bool {
        self.is_at_least("7.1")
    }

    /// Whether bundles have `previousVersion`.
    pub fn has_previous_version(self) -> bool {
        self.is_at_least(FIRST_WITH_PREVIOUS_VERSION)
    }

    /// Whether it is that version or a later one.
    fn is_at_least(self, first: &str) -> bool {
        KNOWN[..=self.0].contains(&first)
    }
}
