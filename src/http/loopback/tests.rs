//! Tests of the door for the browser.

use super::*;

/// Sends each text over a connection of its own, in turn, and returns the status lines.
fn knock(port: u16, texts: &[String]) -> Vec<String> {
    let send = |text: &String| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("open");
        stream.write_all(text.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.lines().next().unwrap_or_default().to_owned()
    };
    texts.iter().map(send).collect()
}

fn get(target: &str, host: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

#[test]
fn only_one_request_is_taken_and_others_do_not_disturb_it() {
    let door = Loopback::open().expect("a port");
    let (port, clock) = (door.port, Clock::system());
    let own = format!("localhost:{port}");
    // A browser's connection in advance, which says nothing.
    let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("open");
    let texts = [
        get("/favicon.ico", &own),
        get("/good", "evil.example"),
        get("/good", &format!("evil.example:{port}")),
        get("/good", &own).replace("GET", "POST"),
        "no request\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\n", "x".repeat(MAX_HEAD)),
        get("/good", &format!("127.0.0.1:{port}")),
    ];
    let answers = std::thread::scope(|scope| {
        let browser = scope.spawn(|| knock(port, &texts));
        let taken = door.receive(&clock, Duration::from_secs(60), |target| match target {
            "/good" => Verdict::Taken("taken", "page"),
            _ => Verdict::Other(404),
        });
        assert_eq!(taken, Some("taken"));
        browser.join().expect("no panic")
    });
    let statuses: Vec<&str> = answers.iter().map(|line| &line[9..12]).collect();
    assert_eq!(statuses, ["404", "400", "400", "405", "400", "431", "200"]);
}

#[test]
fn nobody_is_waited_for_longer_than_the_limit() {
    let door = Loopback::open().expect("a port");
    let clock = Clock::simulated(jiff::Timestamp::UNIX_EPOCH);
    let limit = Duration::from_secs(300);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| door.receive(&clock, limit, |_| Verdict::Taken((), "")));
        clock.wait(limit);
        assert_eq!(waiting.join().expect("no panic"), None);
    });
}
