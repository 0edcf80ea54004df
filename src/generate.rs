//! Generators of minted values: unbiased, from the operating system's random source.

use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::secret::SecretValue;

/// The most characters that a value may have; all of ours are one byte long, and 25,600 bytes are
/// what Key Vault takes.
const MAX_LENGTH: usize = 25_600;

/// The characters that are drawn for one password until it holds every class. The rarest settings
/// (three classes of one character, one of 32, length 4) need 1,954 texts on average, so that this
/// many characters fall short about once in 10^222 times: only a broken random source gets here.
const MAX_DRAWN: usize = 4_000_000;

/// The random bytes that are asked for at once.
const BUFFER: usize = 256;

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const NUMBER: &str = "0123456789";
const SPECIAL: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// How a minted value is made; every `Generator` is possible, because its constructor checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generator {
    /// Text with at least one character of each enabled class.
    Password(Password),
    /// Text over one alphabet.
    String(RandomString),
}

impl Generator {
    /// A new value. Every text that the settings admit is equally likely.
    ///
    /// # Errors
    ///
    /// Only when the operating system's random source fails.
    pub fn mint(&self) -> Result<SecretValue> {
        let mut source = SystemSource::new();
        let mut text = match self {
            Self::Password(password) => password.draw(&mut source),
            Self::String(string) => string.draw(&mut source),
        }?;
        Ok(SecretValue::new(std::mem::take(&mut *text)))
    }

    /// The options in one canonical line, for a target's DEFINITION.
    ///
    /// Settings with the same effect have the same line, however they are written; the line of given
    /// settings never changes, since it would make every secret look redefined.
    pub fn definition(&self) -> String {
        match self {
            Self::Password(password) => password.definition(),
            Self::String(string) => string.definition(),
        }
    }
}

/// The options of `random_password`, as the Secretfile has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordOptions {
    /// Characters in all.
    pub length: usize,
    /// Whether there are upper-case letters.
    pub upper: bool,
    /// Whether there are lower-case letters.
    pub lower: bool,
    /// Whether there are digits.
    pub number: bool,
    /// Whether there are special characters.
    pub special: bool,
    /// Which special characters; all 32 of ASCII if absent.
    pub special_characters: Option<String>,
    /// What must not occur.
    pub exclude_characters: String,
}

impl Default for PasswordOptions {
    fn default() -> Self {
        Self {
            length: 32,
            upper: true,
            lower: true,
            number: true,
            special: true,
            special_characters: None,
            exclude_characters: String::new(),
        }
    }
}

impl PasswordOptions {
    /// The enabled classes, each with its option and what the exclusions leave of it.
    fn classes(&self) -> Vec<Class> {
        let special = self.special_characters.as_deref().unwrap_or(SPECIAL);
        [
            (self.upper, "upper", UPPER),
            (self.lower, "lower", LOWER),
            (self.number, "number", NUMBER),
            (self.special, "special", special),
        ]
        .into_iter()
        .filter(|(enabled, ..)| *enabled)
        .map(|(_, option, characters)| Class::new(option, characters, &self.exclude_characters))
        .collect()
    }
}

/// An option that leaves no possible password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// The option as the Secretfile has it; `config` for several at once.
    pub option: &'static str,
    /// What is wrong, for the user.
    pub sentence: String,
}

impl Impossible {
    fn new(option: &'static str, sentence: String) -> Self {
        Self { option, sentence }
    }
}

/// The settings of `random_password`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    length: usize,
    classes: Vec<Class>,
}

/// Characters of which a password has at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Class {
    /// The option that enables it.
    option: &'static str,
    /// ASCII, sorted.
    characters: Vec<u8>,
}

impl Class {
    fn new(option: &'static str, characters: &str, excluded: &str) -> Self {
        let mut characters: Vec<u8> = characters
            .chars()
            .filter(|c| c.is_ascii() && !excluded.contains(*c))
            .map(|c| c as u8)
            .collect();
        characters.sort_unstable();
        Self { option, characters }
    }

    fn is_in(&self, text: &str) -> bool {
        text.bytes().any(|byte| self.characters.contains(&byte))
    }
}

impl Password {
    /// Checks the options; the error is everything that is wrong with them.
    pub fn new(options: PasswordOptions) -> std::result::Result<Self, Vec<Impossible>> {
        let classes = options.classes();
        let length = check_length(options.length)
            .and_then(|()| check_room(options.length, &classes))
            .map_err(|sentence| Impossible::new("length", sentence));
        let special = check_special_characters(options.special_characters.as_deref())
            .map_err(|sentence| Impossible::new("special_characters", sentence));
        let classes_left = check_classes(&options, &classes);
        let checks = [length, special, classes_left];
        let wrong: Vec<Impossible> =
            checks.into_iter().filter_map(std::result::Result::err).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self { length: options.length, classes })
    }

    /// Draws whole texts until one has every class.
    ///
    /// Throwing whole texts away keeps those that stay equally likely, so that no position favours a
    /// class, as it would if the classes' characters were placed first. See [`MAX_DRAWN`] for the cost.
    fn draw(&self, source: &mut impl Source) -> Result<Zeroizing<String>> {
        let alphabet = self.alphabet();
        for _ in 0..MAX_DRAWN / self.length {
            let text = draw_text(self.length, &alphabet, source)?;
            if self.classes.iter().all(|class| class.is_in(&text)) {
                return Ok(text);
            }
        }
        Err(no_randomness("it keeps repeating itself"))
    }

    fn alphabet(&self) -> Vec<u8> {
        let classes = self.classes.iter();
        classes.flat_map(|class| class.characters.iter().copied()).collect()
    }

    fn definition(&self) -> String {
        let mut line = format!("random_password {}", self.length);
        for class in &self.classes {
            let characters = String::from_utf8_lossy(&class.characters);
            line.push_str(&format!(" {}={characters}", class.option));
        }
        line
    }
}

/// The alphabets of `random_string`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Letters and digits.
    #[default]
    Alphanumeric,
    /// Letters.
    Alpha,
    /// Digits.
    Numeric,
    /// Digits and `a` to `f`.
    Hex,
    /// The standard alphabet of RFC 4648 section 4, without padding.
    Base64,
    /// The alphabet of RFC 4648 section 5, without padding.
    Base64Url,
}

impl Charset {
    /// The names as the Secretfile has them.
    pub const NAMES: [&'static str; 6] =
        ["alphanumeric", "alpha", "numeric", "hex", "base64", "base64url"];

    const ALL: [Self; 6] =
        [Self::Alphanumeric, Self::Alpha, Self::Numeric, Self::Hex, Self::Base64, Self::Base64Url];

    /// The charset of that name, which is one of [`Charset::NAMES`] in lower case.
    pub fn parse(name: &str) -> Option<Self> {
        let index = Self::NAMES.iter().position(|known| *known == name)?;
        Some(Self::ALL[index])
    }

    fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    fn alphabet(self) -> Vec<u8> {
        match self {
            Self::Alphanumeric => [UPPER, LOWER, NUMBER].concat(),
            Self::Alpha => [UPPER, LOWER].concat(),
            Self::Numeric => NUMBER.to_owned(),
            Self::Hex => [NUMBER, "abcdef"].concat(),
            Self::Base64 => [UPPER, LOWER, NUMBER, "+/"].concat(),
            Self::Base64Url => [UPPER, LOWER, NUMBER, "-_"].concat(),
        }
        .into_bytes()
    }

    /// What a length must be divisible by so that a text of it is the encoding of whole bytes.
    fn unit(self) -> usize {
        match self {
            Self::Hex => 2,
            Self::Base64 | Self::Base64Url => 4,
            Self::Alphanumeric | Self::Alpha | Self::Numeric => 1,
        }
    }
}

/// The settings of `random_string`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomString {
    length: usize,
    charset: Charset,
}

impl RandomString {
    /// Checks the length, in characters; the error is a sentence for the user.
    pub fn new(length: usize, charset: Charset) -> std::result::Result<Self, String> {
        check_length(length)?;
        Ok(Self { length, charset })
    }

    /// What is odd about the settings: a length at which the text does not decode.
    pub fn notice(&self) -> Option<String> {
        let (length, name, unit) = (self.length, self.charset.name(), self.charset.unit());
        let above = length.next_multiple_of(unit);
        (above != length).then(|| {
            format!(
                "{length} characters of {name} do not decode to whole bytes; use a length that is \
                 divisible by {unit}, such as {above}, if something is going to decode them"
            )
        })
    }

    fn draw(&self, source: &mut impl Source) -> Result<Zeroizing<String>> {
        draw_text(self.length, &self.charset.alphabet(), source)
    }

    fn definition(&self) -> String {
        format!("random_string {} {}", self.length, self.charset.name())
    }
}

fn check_length(length: usize) -> std::result::Result<(), String> {
    match length {
        0 => Err("the length must be at least 1".to_owned()),
        1..=MAX_LENGTH => Ok(()),
        _ => Err(format!("the length is {length}, but Key Vault takes at most {MAX_LENGTH} bytes")),
    }
}

fn check_special_characters(characters: Option<&str>) -> std::result::Result<(), String> {
    let characters = characters.unwrap_or_default();
    for (index, c) in characters.char_indices() {
        if !c.is_ascii_punctuation() {
            return Err(format!("special_characters has {c:?}, which is none of {SPECIAL}"));
        }
        if characters[..index].contains(c) {
            return Err(format!("special_characters has {c:?} twice"));
        }
    }
    Ok(())
}

fn check_classes(
    options: &PasswordOptions,
    classes: &[Class],
) -> std::result::Result<(), Impossible> {
    if classes.is_empty() {
        let sentence = "upper, lower, number and special are all false; enable one";
        return Err(Impossible::new("config", sentence.to_owned()));
    }
    let empty: Vec<&str> =
        classes.iter().filter(|class| class.characters.is_empty()).map(|c| c.option).collect();
    if empty.is_empty() {
        return Ok(());
    }
    let excluded = !options.exclude_characters.is_empty();
    let sentence = format!(
        "no character is left of the class {}; exclude fewer or set the class to false",
        empty.iter().map(|option| format!("`{option}`")).collect::<Vec<_>>().join(" and ")
    );
    Err(Impossible::new(
        if excluded { "exclude_characters" } else { "special_characters" },
        sentence,
    ))
}

fn check_room(length: usize, classes: &[Class]) -> std::result::Result<(), String> {
    if length < classes.len() {
        let count = classes.len();
        return Err(format!(
            "a password of length {length} has no room for one character of each of the {count} \
             enabled classes"
        ));
    }
    Ok(())
}

/// A text of which every character is drawn by itself.
fn draw_text(
    length: usize,
    alphabet: &[u8],
    source: &mut impl Source,
) -> Result<Zeroizing<String>> {
    // Room for all of it, so that no outgrown copy is left behind.
    let mut text = Zeroizing::new(String::with_capacity(length));
    for _ in 0..length {
        text.push(char::from(alphabet[draw_index(alphabet.len(), source)?]));
    }
    Ok(text)
}

/// A number below `count`, which is 1 to 256; every one is equally likely.
///
/// Bytes above the greatest multiple of `count` are drawn anew: their remainders would favour the
/// small numbers.
fn draw_index(count: usize, source: &mut impl Source) -> Result<usize> {
    let end = 256 - 256 % count;
    loop {
        let byte = usize::from(source.byte()?);
        if byte < end {
            return Ok(byte % count);
        }
    }
}

/// Where random bytes come from; tests have sources of their own, to prove what follows from them.
trait Source {
    /// The next byte.
    fn byte(&mut self) -> Result<u8>;
}

/// The operating system's random source, asked for a buffer at a time.
struct SystemSource {
    bytes: Zeroizing<[u8; BUFFER]>,
    used: usize,
}

impl SystemSource {
    fn new() -> Self {
        let bytes = Zeroizing::new([0; BUFFER]);
        let used = BUFFER;
        Self { bytes, used }
    }
}

impl Source for SystemSource {
    fn byte(&mut self) -> Result<u8> {
        if self.used == BUFFER {
            SysRng
                .try_fill_bytes(self.bytes.as_mut_slice())
                .map_err(|error| no_randomness(&error.to_string()))?;
            self.used = 0;
        }
        self.used += 1;
        Ok(self.bytes[self.used - 1])
    }
}

fn no_randomness(why: &str) -> Error {
    Error::of(
        ErrorCode::RandomSource,
        format!("the operating system's random source failed: {why}"),
    )
    .help("let the process call getrandom(2) or read /dev/urandom; nothing was generated")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::error::Kind;

    /// Gives these bytes, then fails.
    struct Fixed<'a>(&'a [u8]);

    impl Source for Fixed<'_> {
        fn byte(&mut self) -> Result<u8> {
            let (first, rest) = self.0.split_first().ok_or_else(|| no_randomness("end"))?;
            self.0 = rest;
            Ok(*first)
        }
    }

    fn password(
        change: impl FnOnce(&mut PasswordOptions),
    ) -> std::result::Result<Password, Vec<Impossible>> {
        let mut options = PasswordOptions::default();
        change(&mut options);
        Password::new(options)
    }

    /// Everything but the given characters of the classes that have them.
    fn all_but(kept: &str) -> String {
        let all = [UPPER, LOWER, NUMBER, SPECIAL].concat();
        all.chars().filter(|c| !kept.contains(*c)).collect()
    }

    fn only(length: usize, kept: &str) -> Password {
        let has = |class: &str| class.chars().any(|c| kept.contains(c));
        Password::new(PasswordOptions {
            length,
            upper: has(UPPER),
            lower: has(LOWER),
            number: has(NUMBER),
            special: has(SPECIAL),
            special_characters: None,
            exclude_characters: all_but(kept),
        })
        .unwrap()
    }

    /// The greatest chi-square that an unbiased source shows at a chance of 1e-12, by the
    /// approximation of Wilson and Hilferty.
    fn chi_square_limit(degrees: f64) -> f64 {
        let spread = 2.0 / (9.0 * degrees);
        degrees * (1.0 - spread + 7.03 * spread.sqrt()).powi(3)
    }

    fn chi_square(counts: &[u64], expected: f64) -> f64 {
        counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
    }

    #[test]
    fn over_all_bytes_every_index_comes_equally_often() {
        for count in 1..=256 {
            let mut hits = vec![0; count];
            for byte in 0..=u8::MAX {
                if let Ok(index) = draw_index(count, &mut Fixed(&[byte])) {
                    hits[index] += 1;
                }
            }
            assert!(hits.iter().all(|hit| *hit == 256 / count), "{count}");
        }
    }

    #[test]
    fn over_all_bytes_every_possible_password_comes_equally_often() {
        let password = only(3, "Ba");
        let mut hits = BTreeMap::new();
        for bytes in (0..1_u32 << 16).map(u32::to_be_bytes) {
            // More values of the third byte only repeat these: the alphabet has two characters.
            for third in [0, 1] {
                let bytes = [bytes[2], bytes[3], third];
                if let Ok(text) = password.draw(&mut Fixed(&bytes)) {
                    *hits.entry(text.to_string()).or_insert(0) += 1;
                }
            }
        }
        let possible = ["BBa", "BaB", "Baa", "aBB", "aBa", "aaB"];
        assert_eq!(hits, possible.map(|text| (text.to_owned(), 1 << 14)).into());
    }

    #[test]
    fn classes_of_different_sizes_do_not_bias_positions() {
        let password = only(2, "abc7");
        let mut hits = BTreeMap::new();
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                if let Ok(text) = password.draw(&mut Fixed(&[first, second])) {
                    *hits.entry(text.to_string()).or_insert(0) += 1;
                }
            }
        }
        let possible = ["7a", "7b", "7c", "a7", "b7", "c7"];
        assert_eq!(hits, possible.map(|text| (text.to_owned(), 1 << 12)).into());
    }

    #[test]
    fn a_password_that_lacks_a_class_is_drawn_anew() {
        let password = only(2, "a7");
        let text = password.draw(&mut Fixed(&[0, 0, 1, 1, 1, 0])).unwrap();
        assert_eq!(text.as_str(), "7a");
    }

    #[test]
    fn no_settings_need_many_tries() {
        let mut rarest = 1.0_f64;
        for sizes in [1, 26].into_iter().flat_map(|upper| {
            [0, 1, 26].into_iter().flat_map(move |lower| {
                [0, 1, 10].into_iter().flat_map(move |number| {
                    [0, 1, 32].map(|special| [upper, lower, number, special])
                })
            })
        }) {
            let enabled: Vec<f64> =
                sizes.into_iter().filter(|size| *size > 0).map(f64::from).collect();
            // At the shortest length each class has exactly one character, in any order.
            let orders: f64 = (1..=enabled.len()).map(|n| n as f64).product();
            let alphabet: f64 = enabled.iter().sum();
            let texts = alphabet.powi(enabled.len() as i32);
            rarest = rarest.min(orders * enabled.iter().product::<f64>() / texts);
        }
        assert_eq!((1.0 / rarest).round(), 1954.0);
        let password = only(4, &["aB5", SPECIAL].concat());
        for _ in 0..20 {
            assert_eq!(password.draw(&mut SystemSource::new()).unwrap().len(), 4);
        }
    }

    #[test]
    fn a_source_that_repeats_itself_is_an_error_and_no_hang() {
        struct Stuck;
        impl Source for Stuck {
            fn byte(&mut self) -> Result<u8> {
                Ok(0)
            }
        }
        let error = only(2, "a7").draw(&mut Stuck).unwrap_err();
        assert_eq!(error.kind, Kind::Internal);
        assert!(error.what.contains("keeps repeating"), "{error}");
    }

    #[test]
    fn a_source_that_fails_is_an_error_and_no_value() {
        let error = only(2, "a7").draw(&mut Fixed(&[0])).unwrap_err();
        assert!(error.what.contains("random source failed"), "{error}");
    }

    #[test]
    fn minted_characters_are_spread_evenly() {
        let texts = 2_000;
        for charset in Charset::ALL {
            let alphabet = charset.alphabet();
            let string = Generator::String(RandomString::new(100, charset).unwrap());
            let mut counts = vec![0; alphabet.len()];
            for _ in 0..texts {
                for byte in string.mint().unwrap().expose().bytes() {
                    counts[alphabet.iter().position(|c| *c == byte).unwrap()] += 1;
                }
            }
            let expected = f64::from(texts) * 100.0 / alphabet.len() as f64;
            let found = chi_square(&counts, expected);
            let limit = chi_square_limit(alphabet.len() as f64 - 1.0);
            assert!(found < limit, "{charset:?}: {found} of {limit}");
        }
    }

    #[test]
    fn every_password_that_is_admitted_is_minted_equally_often() {
        let generator = Generator::Password(only(3, "ab7"));
        let mut hits: BTreeMap<String, u64> = BTreeMap::new();
        for _ in 0..36_000 {
            *hits.entry(generator.mint().unwrap().expose().to_owned()).or_default() += 1;
        }
        // Of 27 texts 8 lack the digit and 1 lacks the letters.
        assert_eq!(hits.len(), 18);
        let counts: Vec<u64> = hits.into_values().collect();
        assert!(chi_square(&counts, 2_000.0) < chi_square_limit(17.0), "{counts:?}");
    }

    #[test]
    fn every_position_of_a_minted_password_has_every_class_equally_often() {
        let password =
            Password::new(PasswordOptions { length: 6, ..PasswordOptions::default() }).unwrap();
        let generator = Generator::Password(password.clone());
        let mut counts = vec![vec![0_u64; 6]; password.classes.len()];
        for _ in 0..20_000 {
            let value = generator.mint().unwrap();
            for (position, byte) in value.expose().bytes().enumerate() {
                let mut classes = password.classes.iter();
                let class = classes.position(|class| class.characters.contains(&byte));
                counts[class.unwrap()][position] += 1;
            }
        }
        for counts in counts {
            let expected = counts.iter().sum::<u64>() as f64 / 6.0;
            // Positions of one password depend on each other, which only narrows the spread: two of
            // them have a covariance of at least -p², where p is the chance of the class.
            assert!(chi_square(&counts, expected) < chi_square_limit(5.0), "{counts:?}");
        }
    }

    #[test]
    fn a_password_has_its_length_its_classes_and_nothing_excluded() {
        let generator = Generator::Password(
            password(|options| {
                options.length = 4;
                options.exclude_characters = "\"'@/\\`é".to_owned();
            })
            .unwrap(),
        );
        for _ in 0..500 {
            let value = generator.mint().unwrap();
            let text = value.expose();
            assert_eq!(text.len(), 4);
            assert!(text.chars().any(|c| c.is_ascii_uppercase()));
            assert!(text.chars().any(|c| c.is_ascii_lowercase()));
            assert!(text.chars().any(|c| c.is_ascii_digit()));
            assert!(text.chars().any(|c| c.is_ascii_punctuation()));
            assert!(!text.contains(['"', '\'', '@', '/', '\\', '`']));
        }
    }

    #[test]
    fn impossible_passwords_are_refused_with_the_reason() {
        type Change = fn(&mut PasswordOptions);
        let cases: [(Change, &str); 11] = [
            (|o| o.length = 0, "at least 1"),
            (|o| o.length = 25_601, "at most 25600 bytes"),
            (|o| o.length = 3, "no room for one character of each of the 4"),
            (
                |o| (o.upper, o.lower, o.number, o.special) = (false, false, false, false),
                "all false",
            ),
            (|o| o.exclude_characters = NUMBER.to_owned(), "left of the class `number`"),
            (
                |o| o.exclude_characters = [NUMBER, UPPER].concat(),
                "left of the class `upper` and `number`",
            ),
            (|o| o.special_characters = Some(String::new()), "left of the class `special`"),
            (|o| o.special_characters = Some("!a".into()), "has 'a'"),
            (|o| o.special_characters = Some("! ".into()), "has ' '"),
            (|o| o.special_characters = Some("!\u{7}".into()), "\\u{7}"),
            (|o| o.special_characters = Some("!?!".into()), "'!' twice"),
        ];
        for (change, expected) in cases {
            let wrong = password(change).unwrap_err();
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].sentence.contains(expected), "{wrong:?}");
        }
    }

    #[test]
    fn all_that_makes_a_password_impossible_is_said_at_once() {
        let wrong = password(|options| {
            options.length = 0;
            options.special_characters = Some("a".to_owned());
            options.exclude_characters = NUMBER.to_owned();
        });
        let options: Vec<_> = wrong.unwrap_err().iter().map(|one| one.option).collect();
        assert_eq!(options, ["length", "special_characters", "exclude_characters"]);
    }

    #[test]
    fn the_greatest_length_is_minted() {
        let password = password(|options| options.length = MAX_LENGTH).unwrap();
        let value = Generator::Password(password).mint().unwrap();
        assert_eq!(value.expose().len(), MAX_LENGTH);
    }

    #[test]
    fn two_minted_values_differ() {
        let generator = Generator::String(RandomString::new(32, Charset::Hex).unwrap());
        assert!(!generator.mint().unwrap().same(&generator.mint().unwrap()));
    }

    #[test]
    fn every_charset_is_found_by_its_name_alone() {
        for (name, charset) in Charset::NAMES.into_iter().zip(Charset::ALL) {
            assert_eq!((Charset::parse(name), charset.name()), (Some(charset), name));
        }
        assert_eq!(Charset::parse("Hex"), None);
    }

    #[test]
    fn lengths_that_do_not_decode_get_a_notice() {
        let notice = |length, charset| RandomString::new(length, charset).unwrap().notice();
        assert!(notice(33, Charset::Hex).unwrap().contains("such as 34"));
        assert!(notice(42, Charset::Base64).unwrap().contains("such as 44"));
        assert!(notice(1, Charset::Base64Url).unwrap().contains("such as 4"));
        for (length, charset) in [
            (32, Charset::Hex),
            (44, Charset::Base64),
            (44, Charset::Base64Url),
            (33, Charset::Alpha),
        ] {
            assert_eq!(notice(length, charset), None);
        }
    }

    #[test]
    fn base64_and_hex_of_a_whole_length_decode() {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        let mint = |length, charset| {
            let string = RandomString::new(length, charset).unwrap();
            Generator::String(string).mint().unwrap()
        };
        let base64 = mint(44, Charset::Base64);
        assert_eq!(STANDARD.decode(base64.expose()).unwrap().len(), 33);
        let base64url = mint(44, Charset::Base64Url);
        assert_eq!(URL_SAFE.decode(base64url.expose()).unwrap().len(), 33);
        let hex = mint(64, Charset::Hex);
        assert_eq!(hex::decode(hex.expose()).unwrap().len(), 32);
    }

    #[test]
    fn definitions_are_stable() {
        let line = |options| Generator::Password(Password::new(options).unwrap()).definition();
        assert_eq!(
            line(PasswordOptions::default()),
            "random_password 32 upper=ABCDEFGHIJKLMNOPQRSTUVWXYZ lower=abcdefghijklmnopqrstuvwxyz \
             number=0123456789 special=!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
        );
        let string = RandomString::new(20, Charset::Base64Url).unwrap();
        assert_eq!(Generator::String(string).definition(), "random_string 20 base64url");
    }

    #[test]
    fn settings_with_the_same_effect_have_the_same_definition() {
        let listed = password(|o| o.special_characters = Some("?!".into())).unwrap();
        let excluded =
            password(|o| o.exclude_characters = SPECIAL.replace(['!', '?'], "")).unwrap();
        assert_eq!(listed.definition(), excluded.definition());
        let off = password(|o| o.special = false).unwrap();
        let off_and_listed = password(|o| {
            o.special = false;
            o.special_characters = Some("?!".into());
        });
        assert_eq!(off.definition(), off_and_listed.unwrap().definition());
        assert_ne!(off.definition(), listed.definition());
    }
}
