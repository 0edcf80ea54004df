//! What the images are, whoever starts them.

use std::os::unix::fs::MetadataExt;

use crate::SECRETFILE;
use crate::docker::{ACTION, CI, docker, inspect, mount};
use crate::job::Job;

/// The most bytes of the action's image: every job on a fresh runner pulls it.
const MOST: u64 = 6_500_000;

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn the_actions_image_is_small() {
    let size: u64 = inspect(ACTION, "{{.Size}}").parse().expect("a number");
    assert!(size <= MOST, "it has {size} bytes");
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn images_say_what_they_are_and_only_the_action_has_an_entrypoint() {
    for (image, entrypoint) in [(ACTION, "[/secretzero]"), (CI, "[]")] {
        assert_eq!(inspect(image, "{{.Config.Entrypoint}}"), entrypoint);
        assert_eq!(inspect(image, "{{.Config.User}}"), "");
        for label in ["title", "description", "source", "licenses", "version", "revision"] {
            let label =
                format!("{{{{index .Config.Labels \"org.opencontainers.image.{label}\"}}}}");
            assert_ne!(inspect(image, &label), "", "{label}");
        }
    }
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn it_works_for_a_user_without_any_right() {
    let job = Job::new(SECRETFILE);
    let about = job.workspace().metadata().expect("there");
    let (user, mount) =
        (format!("{}:{}", about.uid(), about.gid()), mount(&job.workspace(), "/work"));
    let run = |args: &[&str]| {
        let safe = ["run", "--rm", "--user", &user, "--read-only", "--cap-drop", "ALL"];
        let place = ["--network", "none", "-v", &mount, "-w", "/work", "-e", "GIVEN=x", ACTION];
        docker(&[&safe[..], &place[..], args].concat())
    };
    run(&["validate"]).expect(0);
    run(&["sync", "--local", ".secretzero"]).expect(0);
    run(&["fetch", "--local", ".secretzero", "--export", "db=file:key"]).expect(0);
    job.assert_owned();
}
