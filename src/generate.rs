//! Generators of minted values: unbiased, from the operating system's random source.

use crate::secret::SecretValue;

/// How a minted value is made; every `Generator` is possible, because its constructor checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generator {
    /// Text with at least one character of each enabled class.
    Password(Password),
    /// Text over one alphabet.
    String(RandomString),
}

/// The settings of `random_password`, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordOptions {
    /// In characters.
    pub length: usize,
    /// Whether upper-case letters are in.
    pub upper: bool,
    /// Whether lower-case letters are in.
    pub lower: bool,
    /// Whether digits are in.
    pub number: bool,
    /// Whether special characters are in.
    pub special: bool,
    /// Which special characters; none: all 32 of ASCII.
    pub special_characters: Option<String>,
    /// What no value may hold.
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

/// The settings of `random_password`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    options: PasswordOptions,
}

impl Password {
    /// Checks the settings; the error is the sentence for the user.
    pub fn new(options: PasswordOptions) -> Result<Self, String> {
        if options.length == 0 {
            return Err("`length` must be at least 1".to_owned());
        }
        Ok(Self { options })
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
    /// Hexadecimal digits, lower case.
    Hex,
    /// The alphabet of base64.
    Base64,
    /// The alphabet of base64url.
    Base64Url,
}

impl Charset {
    /// Every name that `charset` may have.
    pub const NAMES: [&'static str; 6] = [
        "alphanumeric",
        "alpha",
        "numeric",
        "hex",
        "base64",
        "base64url",
    ];

    /// The alphabet of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Alphanumeric,
            Self::Alpha,
            Self::Numeric,
            Self::Hex,
            Self::Base64,
            Self::Base64Url,
        ];
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        all.get(at).copied()
    }
}

/// The settings of `random_string`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomString {
    length: usize,
    charset: Charset,
}

impl RandomString {
    /// Checks the settings; the error is the sentence for the user.
    pub fn new(length: usize, charset: Charset) -> Result<Self, String> {
        if length == 0 {
            return Err("`length` must be at least 1".to_owned());
        }
        Ok(Self { length, charset })
    }

    /// What is odd about the settings: text that looks encoded and does not decode.
    pub fn notice(&self) -> Option<String> {
        let odd = self.charset == Charset::Hex && !self.length.is_multiple_of(2);
        odd.then(|| "hex of an odd length does not decode".to_owned())
    }
}

impl Generator {
    /// A new value.
    pub fn mint(&self) -> SecretValue {
        unimplemented!()
    }

    /// The options in one canonical line, for a target's DEFINITION.
    pub fn definition(&self) -> String {
        unimplemented!()
    }
}
