//! What is measured.

use crate::Result;
use crate::bare::Bare;
use crate::bound::{self, Bound, By, Requests};
use crate::program::Program;
use crate::table::Row;
use crate::vault::{Limiter, Order, Standing, Vault};

/// How many requests the program runs at once unless it is told otherwise.
pub const PARALLEL: usize = 16;
/// Who signs in.
pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";

/// Work on one Secretfile, in steps that follow from one another.
pub enum Group {
    /// Runs against a vault of its own.
    Vault(Scene),
    /// A command without a network.
    Alone {
        /// The row's name.
        name: String,
        /// The command.
        args: &'static [&'static str],
        /// How many secrets its file has.
        secrets: usize,
        /// The most that it may take, seconds.
        most: f64,
    },
}

/// A Secretfile, its vaults, and what is done with them.
#[derive(Clone)]
pub struct Scene {
    /// What the rows' names begin with.
    name: String,
    /// Entries of the file.
    secrets: usize,
    /// Vaults that they are spread over.
    vaults: usize,
    /// Targets of each entry, each in another vault.
    targets: usize,
    /// Secrets of somebody else in the first vault.
    strangers: usize,
    /// What each request waits in the service, milliseconds.
    delay: u64,
    /// Whether the vault throttles.
    limiter: Option<Limiter>,
    /// In this order.
    steps: &'static [Step],
}

/// What a run finds, and does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Empty vaults; every secret is made.
    Created,
    /// All is as it should be.
    Unchanged,
    /// Every secret is made again.
    Rotated,
}

/// All of them, or a few that are done soon.
pub fn all(is_quick: bool) -> Vec<Group> {
    let sizes: &[usize] = if is_quick { &[10] } else { &[10, 100, 1_000, 10_000] };
    let file = if is_quick { 1_000 } else { 10_000 };
    let mut groups = vec![
        Group::Alone { name: "cold-start".into(), args: &["--version"], secrets: 1, most: 0.025 },
        Group::Vault(Scene { delay: 0, steps: &[Step::Created], ..scene("one", 1) }),
    ];
    groups.extend(sizes.iter().map(|&secrets| Group::Vault(scene(&secrets.to_string(), secrets))));
    let created: &[Step] = &[Step::Created];
    let many = if is_quick { 40 } else { 1_000 };
    groups.extend([
        Group::Vault(Scene { vaults: 10, ..scene("ten-vaults", many) }),
        Group::Vault(Scene { vaults: 16, targets: 16, ..scene("fan-out-16", 1) }),
        Group::Vault(Scene {
            strangers: 5_000,
            steps: &[Step::Created, Step::Unchanged],
            ..scene("strangers", 10)
        }),
    ]);
    if !is_quick {
        for (slides, tells, name) in [
            (false, false, "limiter-fixed"),
            (true, false, "limiter-sliding"),
            (false, true, "limiter-fixed-retry-after"),
            (true, true, "limiter-sliding-retry-after"),
        ] {
            let limiter = Some(Limiter { slides, tells });
            groups.push(Group::Vault(Scene { limiter, steps: created, ..scene(name, many) }));
        }
        groups.push(load(1_000));
    }
    groups.push(load(file));
    groups
}

fn scene(name: &str, secrets: usize) -> Scene {
    Scene {
        name: name.to_owned(),
        secrets,
        vaults: 1,
        targets: 1,
        strangers: 0,
        delay: 20,
        limiter: None,
        steps: &[Step::Created, Step::Unchanged, Step::Rotated],
    }
}

fn load(secrets: usize) -> Group {
    Group::Alone { name: format!("load-{secrets}"), args: &["validate"], secrets, most: 0.5 }
}

impl Group {
    /// Measures those steps whose names contain one of `names`, or all.
    pub fn run(&self, names: &[&str], say: &mut dyn FnMut(&Row) -> Result<()>) -> Result<Vec<Row>> {
        let is_wanted =
            |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
        match self {
            Self::Vault(scene) if scene.steps.iter().any(|step| is_wanted(&scene.row(*step))) => {
                scene.run(&is_wanted, say)
            }
            Self::Alone { name, args, secrets, most } if is_wanted(name) => {
                let program = Program::new(&secretfile(*secrets, 1, 1), None)?;
                let taken = program.median(args, 11)?;
                let bound = Bound { seconds: *most, by: By::Design };
                let row = Row::new(name, *secrets, taken, bound, None);
                say(&row)?;
                Ok(vec![row])
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl Scene {
    fn row(&self, step: Step) -> String {
        format!("{}-{}", self.name, step.name())
    }

    fn run(
        &self,
        is_wanted: &dyn Fn(&str) -> bool,
        say: &mut dyn FnMut(&Row) -> Result<()>,
    ) -> Result<Vec<Row>> {
        let mut vault = Vault::start()?;
        if self.strangers > 0 {
            vault.tell(&Order::Strangers(host(0), self.strangers))?;
        }
        let program =
            Program::new(&secretfile(self.secrets, self.vaults, self.targets), Some(&vault))?;
        let mut rows = Vec::new();
        for step in self.steps {
            let name = self.row(*step);
            if is_wanted(&name) {
                let row = self.measure(&name, *step, &mut vault, &program)?;
                say(&row)?;
                rows.push(row);
            } else if *step == Step::Created {
                vault.tell(&Order::Delay(0))?;
                program.run(step.args())?;
            }
        }
        Ok(rows)
    }

    fn measure(&self, name: &str, step: Step, vault: &mut Vault, program: &Program) -> Result<Row> {
        vault.tell(&Order::Delay(self.delay))?;
        let bare = Bare::measure(vault)?;
        let start = program.median(&["--version"], 5)?.wall;
        let before = vault.tell(&Order::Limit(self.limiter))?;
        let taken = program.run(step.args())?;
        let after = vault.tell(&Order::Tell)?;
        let requests = self.requests(step);
        let bound = match self.limiter {
            None => bound::free(&requests, &bare, start),
            Some(limiter) => bound::limited(&requests, &bare, start, limiter, before.clock),
        };
        Ok(Row::new(name, self.secrets * self.targets, taken, bound, Some(since(&before, &after))))
    }

    /// What the step needs, as section 4 of the design has it.
    fn requests(&self, step: Step) -> Requests {
        let all = self.secrets * self.targets;
        let in_one = all.div_ceil(self.vaults);
        let makes = step != Step::Unchanged;
        let (mut in_turn, mut abreast) = (1, Vec::new());
        match step {
            // A page of what lives, and one of what is deleted.
            Step::Created => in_turn += 2,
            _ => in_turn += in_one.div_ceil(PAGE),
        }
        if self.strangers > 0 {
            // Names behind the strangers' are looked up: what lives, then what is deleted.
            abreast.extend(vec![all; if step == Step::Created { 2 } else { 1 }]);
        }
        if makes && self.targets > 1 {
            // The first target comes first.
            in_turn += 1;
            abreast.push(all - 1);
        } else if makes {
            abreast.push(all);
        }
        if makes && self.targets > 1 {
            // All are looked at once more.
            abreast.push(all);
        }
        if step == Step::Rotated {
            // Older versions are counted.
            abreast.push(all);
        }
        Requests {
            in_turn,
            abreast,
            creates: if makes { all } else { 0 },
            looks: if step == Step::Created { 2 } else { 1 },
            hosts_in_turn: 2,
            connections: if makes || self.vaults > 1 {
                PARALLEL.min(all).max(self.vaults)
            } else {
                1
            },
        }
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Unchanged => "unchanged",
            Self::Rotated => "rotated",
        }
    }

    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Rotated => &["rotate", "--all"],
            _ => &["sync"],
        }
    }
}

/// Requests, and those of them that were throttled.
fn since(before: &Standing, after: &Standing) -> (u64, u64) {
    let all = |standing: &Standing| standing.statuses.values().sum::<u64>();
    let throttled = |standing: &Standing| standing.statuses.get(&429).copied().unwrap_or_default();
    (all(after) - all(before), throttled(after) - throttled(before))
}

/// Minted secrets, each with so many targets, spread over so many vaults.
fn secretfile(secrets: usize, vaults: usize, targets: usize) -> String {
    let mut text =
        "providers: {azure: {kind: azure, auth: {kind: default}}}\nsecrets:\n".to_owned();
    for number in 0..secrets {
        text.push_str(&format!("  - name: secret-{number}\n    kind: random_password\n"));
        text.push_str("    rotation_period: 90d\n    targets:\n");
        for target in 0..targets {
            let host = host((number + target) % vaults);
            text.push_str(&format!(
                "      - {{provider: azure, kind: key_vault, config: {{vault_url: 'https://{host}'}}}}\n"
            ));
        }
    }
    text
}

fn host(number: usize) -> String {
    format!("bench-{number}-kv.vault.azure.net")
}

/// Items of a page.
const PAGE: usize = 25;
