//! A random tale: a Secretfile, vaults in some state, runs that go wrong, edits by others. Its `Debug`
//! is what a failure shows.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// What happens, in order: the vaults are filled, the episodes, and a run without faults.
#[derive(Clone, Debug)]
pub struct Tale {
    pub secrets: Vec<Entry>,
    pub episodes: Vec<Episode>,
    /// Days before the last run.
    pub days: u32,
    /// The number of the declared values in the last run.
    pub declared: u32,
    /// Seconds that a recovery or a purge takes.
    pub delay: u64,
    pub parallel: u16,
}

/// One entry of the Secretfile.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: Kind,
    pub one_time: bool,
    /// Whether it rotates, every 90 days.
    pub rotates: bool,
    /// The age of its generations at first, days.
    pub age: u32,
    pub targets: Vec<Seat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Minted,
    Given,
    NotSupplied,
    /// A template of a given field `host` and a minted field `password`.
    Mixed,
    MixedNotSupplied,
}

/// A target; the vault's number is its place in the list.
#[derive(Clone, Debug)]
pub struct Seat {
    pub start: Start,
    /// It is soft-deleted at first, since a deletion that takes that many seconds.
    pub deleted: Option<u64>,
    /// It holds a template's password alone.
    pub is_field: bool,
    pub on_existing: &'static str,
    pub on_drift: &'static str,
    pub on_soft_deleted: &'static str,
}

/// What a target's vault holds at first.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    Missing,
    Ours(u32),
    Existing(Held),
    /// Somebody wrote over our generation.
    Overwritten {
        ours: u32,
        by: Held,
        with: Tags,
        in_the_same_second: bool,
    },
    /// Somebody took our tags off.
    Stripped(u32),
    Disabled(u32),
    DisabledOfOthers(Held),
    Managed,
    OfTerraform(Held),
    OfAnotherScope(Held),
}

/// The tags of a version that somebody else wrote.
#[derive(Clone, Copy, Debug)]
pub enum Tags {
    None,
    Own,
    Cloned,
}

/// A value that somebody else wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Declared,
    /// As generation 1 has it.
    First,
    A,
    B,
    /// A template without its password, else as `A`.
    Lacking,
    /// A template with another member, else as `A`.
    Extra,
    /// No JSON object.
    Text,
}

/// A run in which things go wrong, and what others do behind it.
#[derive(Clone, Debug)]
pub struct Episode {
    pub days: u32,
    pub declared: u32,
    pub trouble: Option<Trouble>,
    pub edits: Vec<Edit>,
}

/// Which requests fail.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    /// The first of them, counted from 0.
    pub at: usize,
    /// How many.
    pub times: usize,
    pub how: How,
    /// Nothing is carried out any more behind them.
    pub then_dies: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum How {
    ResetBefore,
    ResetAfter,
    Truncated,
    Status(u16),
}

/// What somebody else does to a target.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// Indices, taken modulo what there is.
    pub secret: usize,
    pub target: usize,
    pub deed: Deed,
}

#[derive(Clone, Copy, Debug)]
pub enum Deed {
    Writes(Held, Tags),
    StripsTags,
    AddsATag,
    Disables,
    Deletes(u64),
}

impl Kind {
    pub fn is_template(self) -> bool {
        matches!(self, Self::Mixed | Self::MixedNotSupplied)
    }

    pub fn is_minted(self) -> bool {
        matches!(self, Self::Minted) || self.is_template()
    }

    pub fn is_supplied(self) -> bool {
        matches!(self, Self::Given | Self::Mixed)
    }
}

/// Every tale.
pub fn tales() -> impl Strategy<Value = Tale> {
    (
        vec(entries(), 1..=3),
        vec(episodes(), 0..=2),
        prop_oneof![Just(1_u32), Just(100)],
        0_u32..2,
        prop_oneof![3 => Just(0_u64), 1 => 0_u64..=20],
        prop_oneof![3 => Just(1_u16), 1 => Just(4)],
    )
        .prop_map(|(secrets, episodes, days, declared, delay, parallel)| Tale {
            secrets,
            episodes,
            days,
            declared,
            delay,
            parallel,
        })
}

fn entries() -> impl Strategy<Value = Entry> {
    let kinds = prop_oneof![
        4 => Just(Kind::Minted),
        2 => Just(Kind::Given),
        1 => Just(Kind::NotSupplied),
        2 => Just(Kind::Mixed),
        1 => Just(Kind::MixedNotSupplied),
    ];
    let rotation = (any::<bool>(), prop_oneof![4 => Just(false), 1 => Just(true)]);
    (kinds, rotation, prop_oneof![Just(5_u32), Just(95)], vec(seats(), 1..=3)).prop_map(
        |(kind, (rotates, one_time), age, mut targets)| {
            for (index, target) in targets.iter_mut().enumerate() {
                target.is_field &= kind.is_template() && index > 0;
            }
            targets.sort_by_key(|target| target.is_field);
            Entry { kind, one_time, rotates: rotates && !one_time, age, targets }
        },
    )
}

fn seats() -> impl Strategy<Value = Seat> {
    let existing = prop_oneof![3 => Just("adopt"), 1 => Just("overwrite"), 1 => Just("fail")];
    let drift = prop_oneof![1 => Just("fail"), 1 => Just("overwrite"), 1 => Just("adopt")];
    let deleted = prop_oneof![2 => Just("recover"), 1 => Just("purge"), 1 => Just("fail")];
    let is_deleted = prop_oneof![5 => Just(None), 1 => option::of(0_u64..=20)];
    let is_field = prop_oneof![2 => Just(false), 1 => Just(true)];
    (starts(), is_deleted, is_field, existing, drift, deleted).prop_map(
        |(start, deleted, is_field, on_existing, on_drift, on_soft_deleted)| Seat {
            start,
            // A certificate's secret goes with its certificate only.
            deleted: deleted.filter(|_| !matches!(start, Start::Managed)),
            is_field,
            on_existing,
            on_drift,
            on_soft_deleted,
        },
    )
}

fn starts() -> impl Strategy<Value = Start> {
    let overwritten = (1_u32..=3, held(), tags(), any::<bool>()).prop_map(
        |(ours, by, with, in_the_same_second)| Start::Overwritten {
            ours,
            by,
            with,
            in_the_same_second,
        },
    );
    prop_oneof![
        6 => Just(Start::Missing),
        8 => (1_u32..=3).prop_map(Start::Ours),
        5 => held().prop_map(Start::Existing),
        5 => overwritten,
        1 => (1_u32..=3).prop_map(Start::Stripped),
        1 => (1_u32..=3).prop_map(Start::Disabled),
        1 => held().prop_map(Start::DisabledOfOthers),
        1 => Just(Start::Managed),
        1 => held().prop_map(Start::OfTerraform),
        1 => held().prop_map(Start::OfAnotherScope),
    ]
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![
        3 => Just(Held::Declared),
        3 => Just(Held::First),
        3 => Just(Held::A),
        2 => Just(Held::B),
        1 => Just(Held::Lacking),
        1 => Just(Held::Extra),
        1 => Just(Held::Text),
    ]
}

fn tags() -> impl Strategy<Value = Tags> {
    prop_oneof![Just(Tags::None), Just(Tags::Own), Just(Tags::Cloned)]
}

fn episodes() -> impl Strategy<Value = Episode> {
    let days = prop_oneof![3 => Just(0_u32), 1 => Just(50), 1 => Just(100)];
    (days, 0_u32..2, option::weighted(0.8, troubles()), vec(edits(), 0..=2))
        .prop_map(|(days, declared, trouble, edits)| Episode { days, declared, trouble, edits })
}

fn troubles() -> impl Strategy<Value = Trouble> {
    let how = prop_oneof![
        2 => Just(How::ResetBefore),
        3 => Just(How::ResetAfter),
        1 => Just(How::Truncated),
        4 => prop_oneof![Just(400_u16), Just(403), Just(404), Just(409), Just(429), Just(500), Just(503)]
            .prop_map(How::Status),
    ];
    let times = prop_oneof![3 => Just(1_usize), 1 => 2_usize..=6];
    (0_usize..40, times, how, any::<bool>()).prop_map(|(at, times, how, then_dies)| Trouble {
        at,
        times,
        how,
        then_dies,
    })
}

fn edits() -> impl Strategy<Value = Edit> {
    let deed = prop_oneof![
        4 => (held(), tags()).prop_map(|(held, tags)| Deed::Writes(held, tags)),
        1 => Just(Deed::StripsTags),
        1 => Just(Deed::AddsATag),
        1 => Just(Deed::Disables),
        1 => (0_u64..=20).prop_map(Deed::Deletes),
    ];
    (0_usize..3, 0_usize..3, deed).prop_map(|(secret, target, deed)| Edit { secret, target, deed })
}
