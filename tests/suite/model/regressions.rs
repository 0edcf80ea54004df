//! Tales that once broke a promise.

use super::play;
use super::tale::{Entry, Held, Kind, Seat, Start, Tags, Tale};
use super::world::World;

#[track_caller]
fn keeps_the_promises(kind: Kind, age: u32, targets: &[Seat]) {
    let entry = Entry { kind, one_time: false, rotates: true, age, targets: targets.to_vec() };
    let tale = Tale {
        secrets: vec![entry],
        episodes: Vec::new(),
        days: 1,
        declared: 0,
        delay: 0,
        parallel: 1,
    };
    let kept = play(&World::start(), &tale);
    assert_eq!(kept, Ok(()), "{tale:#?}");
}

fn whole(start: Start) -> Seat {
    Seat {
        start,
        deleted: None,
        is_field: false,
        on_existing: "adopt",
        on_drift: "fail",
        on_soft_deleted: "recover",
    }
}

fn field(start: Start) -> Seat {
    Seat { is_field: true, ..whole(start) }
}

fn adopting(seat: Seat) -> Seat {
    Seat { on_drift: "adopt", ..seat }
}

fn overwriting(seat: Seat) -> Seat {
    Seat { on_drift: "overwrite", ..seat }
}

fn overwritten(ours: u32, by: Held) -> Start {
    Start::Overwritten { ours, by, with: Tags::None, in_the_same_second: false }
}

#[test]
fn a_template_that_lost_a_field_is_not_tied_to_the_field_that_is_stored_alone() {
    let targets = [whole(overwritten(1, Held::Lacking)), field(Start::Ours(1))];
    keeps_the_promises(Kind::Mixed, 5, &targets);
}

#[test]
fn a_field_that_is_adopted_alone_is_filled_up_before_it_is_copied_to_a_whole() {
    let targets = [whole(Start::Missing), adopting(field(overwritten(1, Held::A)))];
    keeps_the_promises(Kind::Mixed, 5, &targets);
}

#[test]
fn a_field_that_is_adopted_late_starts_the_clock_of_rotation_anew() {
    let targets = [whole(Start::Missing), adopting(field(overwritten(1, Held::A)))];
    keeps_the_promises(Kind::Mixed, 95, &targets);
}

#[test]
fn a_newer_field_is_laid_over_the_older_whole_so_that_what_nobody_supplies_is_kept() {
    let targets = [whole(Start::Ours(1)), field(Start::Ours(2))];
    keeps_the_promises(Kind::MixedNotSupplied, 5, &targets);
    keeps_the_promises(Kind::MixedNotSupplied, 95, &targets);
}

#[test]
fn a_newer_field_is_laid_over_our_version_behind_a_whole_that_was_changed() {
    let field_of_others = adopting(field(overwritten(2, Held::A)));
    keeps_the_promises(Kind::MixedNotSupplied, 5, &[whole(Start::Ours(1)), field_of_others]);
    let whole = overwriting(whole(overwritten(1, Held::Declared)));
    keeps_the_promises(Kind::MixedNotSupplied, 5, &[whole, field(Start::Ours(2))]);
}

#[test]
fn a_whole_that_is_not_as_declared_is_not_adopted_with_a_field_of_it() {
    let targets = [
        adopting(whole(overwritten(1, Held::Declared))),
        whole(Start::Missing),
        adopting(field(overwritten(2, Held::A))),
    ];
    keeps_the_promises(Kind::Mixed, 5, &targets);
}
