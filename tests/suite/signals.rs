//! A job that is cancelled: nothing new is begun, what was begun is finished and told, and the next run heals.

use std::io::Read;
use std::sync::Arc;

use rustix::process::Signal;
use secretzero::emulator::{Does, Seen, VaultOptions};
use secretzero::halt;

use crate::developers::stand_in;
use crate::harness::{A, Azure, B, MINTED, Program};
use crate::running::{FINISHING, Gate, Running};

fn is_write(seen: &Seen) -> bool {
    seen.method == "PUT"
}

fn writes(azure: &Azure) -> usize {
    azure.control().requests().iter().filter(|seen| is_write(seen)).count()
}

#[test]
fn a_job_that_is_stopped_while_it_writes_ends_that_write_and_reports_and_the_next_one_heals() {
    for (signal, code, name) in
        [(Signal::TERM, 143, "SIGTERM"), (Signal::INT, 130, "SIGINT"), (Signal::HUP, 129, "SIGHUP")]
    {
        let azure = Azure::start();
        let gate = Gate::before(&azure.control(), is_write);
        let outputs = azure.folder().join("outputs");
        std::fs::write(&outputs, "").expect("written");
        let program = azure.program(MINTED).args(&["sync", "--format", "json"]);
        let program = program.args(&["--report", "report.html", "--ci", "github"]);
        let program = program.env("GITHUB_OUTPUT", outputs.to_str().expect("UTF-8"));
        let mut running = Running::start(program);
        assert_eq!(gate.wait().host, A);
        running.ask_to_end(signal);
        gate.open();
        let ran = running.end().expect(code);
        assert_eq!(ran.actions(), ["created", "failed"]);
        assert_eq!(ran.json()["exit_code"], code);
        let rest = &ran.json()["secrets"][0]["targets"][1]["error"];
        assert_eq!(rest["kind"], "stopped");
        assert_eq!(rest["message"], format!("not done: stopped by {name}"));
        assert_eq!(writes(&azure), 1, "nothing was begun after the signal");
        let outputs = std::fs::read_to_string(&outputs).expect("read");
        assert!(outputs.contains("[\"db\"]"), "{outputs}");
        assert!(azure.folder().join("report.html").is_file());

        azure.control().on_request(Arc::new(|_| None));
        let healed = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
        assert_eq!(healed.actions(), ["unchanged", "copied"]);
        assert_eq!(azure.generations(&[A, B], "db").len(), 1, "nothing was minted twice");
    }
}

#[test]
fn a_second_signal_ends_it_at_once_and_the_next_run_finds_what_was_written() {
    let azure = Azure::start();
    let gate = Gate::before(&azure.control(), is_write);
    let mut running = Running::start(azure.program(MINTED).args(&["sync"]));
    gate.wait();
    running.ask_to_end(Signal::TERM);
    running.signal(Signal::INT);
    let ran = running.end().expect(130);
    assert!(ran.stderr.ends_with("error: ended by SIGINT\n"), "{}", ran.stderr);
    gate.open();
    azure.control().on_request(Arc::new(|_| None));
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
}

#[test]
fn a_write_whose_answer_was_lost_is_reported_as_unknown_and_found_by_the_next_run() {
    let azure = Azure::start();
    azure.control().add_fault("PUT reset=after count=1".parse().expect("a rule"));
    let gate = Gate::before(&azure.control(), is_write);
    let mut running = Running::start(azure.program(MINTED).args(&["sync"]));
    gate.wait();
    running.ask_to_end(Signal::TERM);
    gate.open();
    let ran = running.end().expect(143);
    assert!(ran.stdout.contains("whether it was written is not known: "), "{}", ran.stdout);
    assert_eq!(writes(&azure), 1);
    azure.control().on_request(Arc::new(|_| None));
    let healed = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(healed.actions(), ["unchanged", "copied"]);
}

#[test]
fn secrets_that_were_not_begun_are_reported_as_such() {
    let azure = Azure::start();
    let gate = Gate::before(&azure.control(), is_write);
    let targets = &MINTED[MINTED.find("    kind: random_password").expect("an entry")..];
    let many = format!("{MINTED}  - name: late\n{targets}  - name: later\n{targets}");
    let program = azure.program(&many).args(&["sync", "--format", "json", "--parallel", "1"]);
    let mut running = Running::start(program);
    gate.wait();
    running.ask_to_end(Signal::TERM);
    gate.open();
    let ran = running.end().expect(143);
    assert_eq!(ran.actions(), ["created", "failed", "failed", "failed", "failed", "failed"]);
    assert_eq!(writes(&azure), 1);
}

#[test]
fn a_pause_that_a_service_asks_for_is_cut_short() {
    let azure = Azure::start();
    azure.control().add_fault("PUT status=429 retry-after=60".parse().expect("a rule"));
    let gate = Gate::before(&azure.control(), is_write);
    let mut running = Running::start(azure.program(MINTED).args(&["sync", "-vv"]));
    gate.wait();
    gate.open();
    running.wait_for("trying again in");
    running.ask_to_end(Signal::TERM);
    running.end().expect(143);
    assert_eq!(writes(&azure), 1);
}

#[test]
fn a_tool_that_signs_in_is_ended_with_it() {
    let azure = Azure::start();
    let fifo = azure.folder().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    let script = format!("echo $$ > {}; exec sleep 600", fifo.display());
    let path = stand_in(&azure, "az", &script);
    let secretfile = MINTED.replace("kind: default", "kind: cli");
    let program = azure.program(&secretfile).env("AZURE_CLIENT_SECRET", "").env("PATH", &path);
    let mut running = Running::start(program.args(&["sync"]));
    let tool = std::fs::read_to_string(&fifo).expect("the tool's process");
    let tool = std::path::Path::new("/proc").join(tool.trim());
    running.ask_to_end(Signal::INT);
    let ran = running.end().expect(130);
    assert!(ran.stdout.contains("not done: stopped by SIGINT"), "{}", ran.stdout);
    assert!(!tool.exists());
}

#[test]
fn before_anything_is_begun_a_signal_ends_it_at_once() {
    let azure = Azure::start();
    let fifo = azure.folder().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    let program = Program::new(azure.folder()).args(&["validate", "--file", "fifo"]);
    let running = Running::start(program);
    // Opening it waits until the program reads.
    let file = std::fs::OpenOptions::new().write(true).open(&fifo).expect("opened");
    running.signal(Signal::TERM);
    let ran = running.end().expect(143);
    assert_eq!(ran.stderr, "error: ended by SIGTERM\n");
    drop(file);
}

#[test]
fn the_emulator_ends_cleanly_and_keeps_its_vaults() {
    let folder = tempfile::tempdir().expect("a folder");
    let serve = || {
        let args = ["emulator", "--listen", "127.0.0.1:0", "--data", "data", "--ca-out", "ca.pem"];
        let mut running = Running::start(Program::new(folder.path()).args(&args));
        let line = running.first_line();
        let address = line.rsplit("https://").next().expect("an address").trim().to_owned();
        (running, address)
    };
    let sync = |address: &str| {
        std::fs::write(folder.path().join("Secretfile.yml"), MINTED).expect("written");
        let program = Program::new(folder.path()).args(&["sync", "--format", "json"]);
        program
            .env("HTTPS_PROXY", &format!("http://{address}"))
            .env("SSL_CERT_FILE", "ca.pem")
            .env("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555")
            .env("AZURE_CLIENT_ID", "99999999-8888-7777-6666-555555555555")
            .env("AZURE_CLIENT_SECRET", "anything")
            .run()
            .expect(0)
    };
    let (running, address) = serve();
    assert_eq!(sync(&address).actions(), ["created", "created"]);
    running.signal(Signal::TERM);
    running.end().expect(0);
    assert!(std::net::TcpStream::connect(&address).is_err(), "the port is free");
    let (running, address) = serve();
    assert_eq!(sync(&address).actions(), ["unchanged", "unchanged"]);
    running.signal(Signal::INT);
    running.end().expect(0);
}

#[test]
fn a_program_that_was_started_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let emulator = Program::new(folder.path()).args(&["emulator", "--listen", "127.0.0.1:0"]);
    let mut running = Running::start(emulator.by_shell("trap '' HUP; exec \"$@\""));
    running.first_line();
    running.signal(Signal::HUP);
    running.signal(Signal::TERM);
    let ran = running.end().expect(0);
    assert!(!ran.stderr.contains("SIGHUP"), "{}", ran.stderr);
}

/// What a command says that is stopped by the first request to a vault, and how many requests came after.
fn stopped_at_once(command: &[&str]) -> (crate::harness::Ran, usize) {
    let azure = Azure::start();
    let scoped = format!("{MINTED}metadata: {{scope: shop}}\n");
    azure.program(&scoped).args(&["sync"]).run().expect(0);
    let folder = azure.folder().display().to_string();
    let command: Vec<String> = command.iter().map(|arg| arg.replace("FOLDER", &folder)).collect();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let program = azure.in_process(&scoped).args(&command).args(&["--parallel", "1"]);
    let clock = program.clock();
    azure.control().clear_requests();
    azure.control().on_request(Arc::new(move |seen| {
        if seen.host.ends_with(".vault.azure.net") {
            clock.stop(halt::Signal::Terminate);
        }
        None
    }));
    let ran = program.run();
    let asked = azure.control().requests();
    let asked = asked.iter().filter(|seen| seen.host.ends_with(".vault.azure.net")).count();
    assert_eq!(azure.versions(A, "db").len(), 1, "{command:?} wrote nothing");
    assert!(!azure.folder().join("value").exists(), "{command:?} handed nothing over");
    (ran, asked)
}

#[test]
fn every_command_ends_after_the_request_that_it_is_at() {
    for command in [
        &["sync"][..],
        &["plan"],
        &["sync", "--plan-digest", &format!("1.{}.{}.0000", "0".repeat(16), "0".repeat(32))],
        &["rotate", "db"],
        &["status"],
        &["status", "--versions"],
        &["fetch", "--export", "db=file:FOLDER/value"],
        &["delete", "db", "--yes"],
        &["delete", "--orphans", "--yes"],
        &["recover", "db"],
        &["doctor", "--write-probe", "--vault", "shop-a-kv"],
        &["disable", "db@0123456789abcdef0123456789abcdef"],
    ] {
        let (ran, asked) = stopped_at_once(command);
        let ran = ran.expect(143);
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains("not done: stopped by SIGTERM"), "{command:?}: {said}");
        assert!(!said.contains("moved"), "{command:?}: {said}");
        assert_eq!(asked, 1, "{command:?}");
    }
}

#[test]
fn a_person_who_was_asked_to_sign_in_is_not_waited_for() {
    let azure = Azure::start();
    azure.control().person(|person| person.does([Does::Waits; 100]));
    let secretfile = MINTED.replace("kind: default", "kind: device_code");
    let program = azure.in_process(&secretfile).args(&["sync"]).answer("");
    let clock = program.clock();
    azure.control().on_request(Arc::new(move |seen| {
        if seen.path.ends_with("/token") {
            clock.stop(halt::Signal::Interrupt);
        }
        None
    }));
    let ran = program.run().expect(130);
    assert!(ran.stdout.contains("not done: stopped by SIGINT"), "{}", ran.stdout);
    assert_eq!(azure.control().requests().len(), 2, "a code, and one question");
}

#[test]
fn a_deletion_that_was_begun_is_reported_as_such() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let slowly = std::time::Duration::from_secs(60);
    for vault in [A, B] {
        let options = VaultOptions { delete_delay: slowly, ..VaultOptions::default() };
        azure.control().set_options(vault, options);
    }
    let program = azure.in_process(MINTED).args(&["delete", "db", "--yes", "--parallel", "1"]);
    let clock = program.clock();
    azure.control().on_request(Arc::new(move |seen| {
        if seen.path.starts_with("/deletedsecrets/") {
            clock.stop(halt::Signal::Terminate);
        }
        None
    }));
    let ran = program.run().expect(143);
    let begun = "it was deleted, and its end was not seen: not done: stopped by SIGTERM";
    assert!(ran.stdout.contains(begun), "{}", ran.stdout);
}

#[test]
fn with_nobody_reading_a_stopped_run_still_ends_as_it_should() {
    let azure = Azure::start();
    let gate = Gate::before(&azure.control(), is_write);
    let mut command = azure.program(MINTED).args(&["sync", "--report", "r.json"]).into_command();
    let (unread, writer) = std::io::pipe().expect("a pipe is made");
    drop(unread);
    command.stdout(writer);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("it starts");
    let mut stderr = child.stderr.take().expect("a pipe");
    gate.wait();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::TERM).expect("it runs");
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains(FINISHING) {
        let mut byte = [0];
        stderr.read_exact(&mut byte).expect("it says more");
        said.push(byte[0]);
    }
    drop(stderr);
    gate.open();
    assert_eq!(child.wait().expect("its end").code(), Some(143));
    let report = std::fs::read_to_string(azure.folder().join("r.json")).expect("the report");
    assert!(report.contains("\"created\"") && report.contains("143"), "{report}");
}
