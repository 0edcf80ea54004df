//! A reader of DER (ITU-T X.690), and of the BER that some tools write in PKCS#12 files: indefinite
//! lengths, and octet strings in pieces. Nothing in it is the end, or malformed: callers need not
//! know which.
//!
//! The tree has two readers already, and neither serves: webpki's keeps a certificate's dates to
//! itself, and yasna, which is there for writing, can panic at a length that somebody made up.

use zeroize::Zeroizing;

/// What is left to read.
#[derive(Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

/// One element.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    /// Class, form and number in one byte; higher numbers do not occur in what we read.
    pub tag: u8,
    /// The content, without the end mark of an indefinite length.
    pub content: &'a [u8],
    /// All of it, with tag and length.
    pub whole: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element, if it has this tag.
    pub fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, rest) = element(self.0, 0)?;
        if element.tag != tag {
            return None;
        }
        self.0 = rest;
        Some(element)
    }

    /// The inside of the next element, if it has this tag.
    pub fn enter(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(|element| element.inside())
    }

    /// The content of the next element, if it has this tag.
    pub fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.take(tag).map(|element| element.content)
    }

    /// The next element, if it is a number below 2³².
    pub fn number(&mut self) -> Option<u32> {
        let bytes = self.content(INTEGER)?;
        let digits = if let [0, rest @ ..] = bytes { rest } else { bytes };
        let is_negative = bytes.first().is_none_or(|first| first & 0x80 != 0);
        if is_negative || digits.len() > 4 {
            return None;
        }
        Some(digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit)))
    }

    /// The next element, an octet string or one that is tagged as such, put together.
    pub fn octets(&mut self, tag: u8) -> Option<Zeroizing<Vec<u8>>> {
        let in_pieces = tag | CONSTRUCTED;
        self.take(tag).or_else(|| self.take(in_pieces))?.octets()
    }

    /// Each element, until the end or something malformed.
    pub fn elements(mut self) -> impl Iterator<Item = Element<'a>> {
        std::iter::from_fn(move || {
            let (element, rest) = element(self.0, 0)?;
            self.0 = rest;
            Some(element)
        })
    }
}

impl<'a> Element<'a> {
    /// Its content as elements.
    pub fn inside(&self) -> Reader<'a> {
        Reader(self.content)
    }

    fn octets(&self) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.content.len()));
        self.join(&mut bytes, 0)?;
        Some(bytes)
    }

    fn join(&self, bytes: &mut Vec<u8>, depth: u8) -> Option<()> {
        if self.tag & CONSTRUCTED == 0 {
            bytes.extend_from_slice(self.content);
            return Some(());
        }
        if depth == DEEPEST {
            return None;
        }
        let mut pieces = self.inside();
        while !pieces.0.is_empty() {
            let (piece, rest) = element(pieces.0, 0)?;
            piece.join(bytes, depth + 1)?;
            pieces.0 = rest;
        }
        Some(())
    }
}

/// The first element, and what follows it.
fn element(bytes: &[u8], depth: u8) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let is_long = tag & 0x1F == 0x1F;
    if is_long || depth > DEEPEST {
        return None;
    }
    let (length, rest) = length(rest)?;
    let (content, rest) = match length {
        Some(length) => rest.split_at_checked(length)?,
        None if tag & CONSTRUCTED != 0 => to_end_mark(rest, depth)?,
        None => return None,
    };
    let whole = &bytes[..bytes.len() - rest.len()];
    Some((Element { tag, content, whole }, rest))
}

/// A length, or nothing where it is indefinite, and what follows it.
fn length(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..0x80 => Some((Some(usize::from(first)), rest)),
        0x80 => Some((None, rest)),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            let length = digits.iter().fold(0u32, |sum, digit| sum << 8 | u32::from(*digit));
            Some((Some(usize::try_from(length).ok()?), rest))
        }
        _ => None,
    }
}

fn to_end_mark(bytes: &[u8], depth: u8) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes;
    loop {
        if let [0, 0, after @ ..] = rest {
            return Some((&bytes[..bytes.len() - rest.len()], after));
        }
        rest = element(rest, depth + 1)?.1;
    }
}

/// How deep elements without a length, or pieces of octet strings, may lie in each other.
const DEEPEST: u8 = 16;
/// The form bit.
const CONSTRUCTED: u8 = 0x20;

/// A number.
pub const INTEGER: u8 = 0x02;
/// Bits, with the number of unused ones in the first byte.
pub const BIT_STRING: u8 = 0x03;
/// Bytes.
pub const OCTET_STRING: u8 = 0x04;
/// The name of an algorithm or type.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// A structure.
pub const SEQUENCE: u8 = 0x30;
/// The content tagged 0 in place of its own tag.
pub const IMPLICIT_0: u8 = 0x80;
/// Something inside a tag 0 of its own.
pub const EXPLICIT_0: u8 = 0xA0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octet_strings_in_pieces_and_without_a_length_are_put_together() {
        for bytes in [
            &[0x04, 3, b'a', b'b', b'c'][..],
            &[0x24, 7, 0x04, 1, b'a', 0x04, 2, b'b', b'c'],
            &[0x24, 0x80, 0x04, 1, b'a', 0x04, 2, b'b', b'c', 0, 0],
            &[0x24, 0x80, 0x24, 0x80, 0x04, 1, b'a', 0, 0, 0x04, 2, b'b', b'c', 0, 0],
        ] {
            let joined = Reader::new(bytes).octets(OCTET_STRING).expect("octets");
            assert_eq!(joined.as_slice(), b"abc", "{bytes:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        let deep = [0x24, 0x80].repeat(100_000);
        for bytes in [
            &[][..],
            &[0x04],
            &[0x04, 2, 0],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x04, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x24, 0x80, 0x04, 1],
            &deep,
        ] {
            assert!(Reader::new(bytes).octets(OCTET_STRING).is_none(), "{:?}", bytes.get(..9));
        }
    }

    #[test]
    fn numbers_are_not_negative_and_fit() {
        for (bytes, number) in [
            (&[2, 1, 5][..], Some(5)),
            (&[2, 2, 0x08, 0x00], Some(2_048)),
            (&[2, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF], Some(u32::MAX)),
            (&[2, 5, 1, 0, 0, 0, 0], None),
            (&[2, 1, 0x80], None),
            (&[2, 0], None),
        ] {
            assert_eq!(Reader::new(bytes).number(), number, "{bytes:?}");
        }
    }
}
