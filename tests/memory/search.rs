//! Searches the memory of another process for values.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The bytes of a value that are recognised; an allocator may have written over others.
const PART: usize = 12;
/// From one such part of a value to the next.
const STEP: usize = 4;

/// Parts of values, in the forms in which they could be there, and which value each is of.
pub struct Needles {
    parts: HashMap<[u8; PART], (usize, Form)>,
    /// Which first two bytes there are: most of a memory is passed over by them alone.
    starts: Vec<bool>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    Json,
    Base64,
}

/// Where a part of a value stands.
#[derive(Debug)]
pub struct Found {
    /// Which of the values.
    pub value: usize,
    form: Form,
    address: u64,
    /// As the kernel calls it: heap, stack, a file, or nothing.
    region: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, form, address, region } = self;
        write!(f, "value {value}, {form:?}, at {address:#x} in {region}")
    }
}

impl Needles {
    pub fn of(values: &[String]) -> Self {
        let mut needles = Self { parts: HashMap::new(), starts: vec![false; 1 << 16] };
        for (number, value) in values.iter().enumerate() {
            needles.add(number, Form::Plain, value);
            let json = serde_json::to_string(value).expect("JSON");
            needles.add(number, Form::Json, json.trim_matches('"'));
            for skip in 0..3 {
                let text = STANDARD_NO_PAD.encode(&value.as_bytes()[skip..]);
                needles.add(number, Form::Base64, &text);
            }
        }
        needles
    }

    fn add(&mut self, number: usize, form: Form, text: &str) {
        for part in text.as_bytes().windows(PART).step_by(STEP) {
            let part: [u8; PART] = part.try_into().expect("a window");
            self.starts[start(&part)] = true;
            self.parts.entry(part).or_insert((number, form));
        }
    }

    /// Every place of a process that holds one.
    pub fn found_in(&self, process: u32) -> Vec<Found> {
        let memory = File::open(format!("/proc/{process}/mem")).expect("it may be read");
        let regions = regions(process).into_iter();
        regions.flat_map(|region| self.found_in_region(process, &memory, &region)).collect()
    }

    fn found_in_region(&self, process: u32, memory: &File, region: &Region) -> Vec<Found> {
        let mut bytes = vec![0; region.length];
        if memory.read_exact_at(&mut bytes, region.address).is_err() {
            // Only the kernel's own pages cannot be read, and what a thread took along that ended meanwhile.
            let is_there = regions(process).iter().any(|one| one == region);
            assert!(region.name.starts_with("[v") || !is_there, "{} cannot be read", region.name);
            return Vec::new();
        }
        let parts = bytes.windows(PART).enumerate().filter(|(_, part)| self.starts[start(part)]);
        let parts = parts.filter_map(|(at, part)| Some((at, self.parts.get(part)?)));
        parts
            .map(|(at, (value, form))| Found {
                value: *value,
                form: *form,
                address: region.address + at as u64,
                region: region.name.clone(),
            })
            .collect()
    }
}

fn start(part: &[u8]) -> usize {
    usize::from(part[0]) << 8 | usize::from(part[1])
}

/// Whether the system lets us; where it does not, that is said.
#[allow(clippy::print_stderr, reason = "a test that is passed over says so")]
pub fn may_search(process: u32) -> bool {
    let memory = File::open(format!("/proc/{process}/mem"));
    let read = memory.and_then(|memory| {
        let region = regions(process).into_iter().next().ok_or(std::io::ErrorKind::NotFound)?;
        memory.read_exact_at(&mut [0], region.address)
    });
    if let Err(error) = &read {
        eprintln!("skipped: the memory of another process cannot be read here: {error}");
    }
    read.is_ok()
}

/// A range of readable memory.
#[derive(PartialEq)]
struct Region {
    address: u64,
    length: usize,
    name: String,
}

fn regions(process: u32) -> Vec<Region> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    maps.lines().filter_map(region).collect()
}

/// `55d0-55d8 rw-p 00000000 00:00 0    [heap]`.
fn region(line: &str) -> Option<Region> {
    let mut words = line.split_whitespace();
    let (from, to) = words.next()?.split_once('-')?;
    let is_readable = words.next()?.starts_with('r');
    let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).ok());
    let (address, length) = (from?, usize::try_from(to? - from?).ok()?);
    let name = words.nth(3).unwrap_or("memory without a name").to_owned();
    is_readable.then_some(Region { address, length, name })
}
