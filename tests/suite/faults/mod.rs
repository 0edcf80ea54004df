//! Every fault at every request of every operation: `tests/cases/faults.yml`, cell by cell.

mod cell;
mod check;
mod files;
mod matrix;
mod stage;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::matrix::Matrix;
use self::stage::World;

#[test]
fn whatever_goes_wrong_at_any_request_of_any_operation_ends_as_it_should() {
    let matrix = Matrix::read();
    let only = std::env::var("FAULTS").unwrap_or_default();
    let cells: Vec<_> = matrix.cells().filter(|cell| cell.to_string().contains(&only)).collect();
    assert!(cells.len() >= 300 || !only.is_empty(), "the matrix has {} cells", cells.len());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORLDS {
            scope.spawn(|| {
                let world = World::start();
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = cell.play(&world) {
                        wrong.lock().expect("no holder panicked").push(format!("{cell}: {why}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no holder panicked");
    let count = (wrong.len(), cells.len());
    assert!(wrong.is_empty(), "{} of {} cells:\n{}", count.0, count.1, wrong.join("\n"));
}

/// How many cells are played at once, each on a service of its own.
const WORLDS: usize = 4;
