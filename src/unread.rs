//! Streams that nobody reads while the program runs.

use std::fs::File;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

/// Which streams only keep what they get, or drop it: a CI system sees nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unread {
    /// The stream of reports.
    pub stdout: bool,
    /// The stream of everything else.
    pub stderr: bool,
}

/// Whether a stream leads to a file or to a device like `/dev/null`. A pipe, a socket and a terminal have
/// readers; which ones cannot be known.
pub fn is_unread(stream: impl AsFd) -> bool {
    let stream = stream.as_fd();
    let file = stream.try_clone_to_owned().map(File::from);
    let Ok(kind) = file.and_then(|file| file.metadata()).map(|it| it.file_type()) else {
        return false;
    };
    kind.is_file() || kind.is_char_device() && !stream.is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_the_null_device_have_no_readers_and_pipes_have() {
        let null = File::options().write(true).open("/dev/null").expect("opened");
        let (_reader, writer) = std::io::pipe().expect("a pipe");
        assert!(is_unread(&null) && is_unread(tempfile::tempfile().expect("a file")));
        assert!(!is_unread(&writer));
    }
}
