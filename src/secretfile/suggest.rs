//! "Did you mean": the known word that is nearest to an unknown one.

/// Longer words are not compared: the cost grows with the product of the lengths.
const MAX_CHARS: usize = 64;

/// How many separators may be too many or missing.
const SEPARATORS: usize = 4;

/// More candidates than this are not compared, for the same reason.
pub const MAX_CANDIDATES: usize = 256;

/// The nearest known word, if one is near enough to be meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    if length == 0 || length > MAX_CHARS {
        return None;
    }
    let plain = plain(word);
    let most = 1 + length / 4;
    known
        .into_iter()
        .take(MAX_CANDIDATES)
        // A different length alone is that many steps.
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= most + SEPARATORS)
        .map(|candidate| (distance(&plain, word, candidate), candidate))
        // Two names of one letter have nothing in common.
        .filter(|(distance, _)| *distance <= most && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The way out for an unknown word: the nearest known one, else all of them.
pub fn help(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// Words that differ in case and separators alone are one step apart.
fn distance(plain_word: &str, word: &str, candidate: &str) -> usize {
    if plain(candidate) == *plain_word {
        return 1;
    }
    strsim::damerau_levenshtein(word, candidate)
}

fn plain(word: &str) -> String {
    word.replace(['_', '-', ' '], "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        let known = ["length", "lower", "number", "special"];
        assert_eq!(nearest("lenght", known), Some("length"));
        assert_eq!(nearest("Special", known), Some("special"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn case_and_separators_hardly_count() {
        assert_eq!(nearest("rotationPeriod", ["rotation_period"]), Some("rotation_period"));
        assert_eq!(nearest("key-vault", ["key_vault", "file"]), Some("key_vault"));
    }

    #[test]
    fn without_a_near_word_the_help_lists_them_all() {
        assert_eq!(help("zzz", &["a", "b"]), "known here: a, b");
    }
}
