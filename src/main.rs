//! Collects the environment, the arguments and the streams, and hands them to the library.

fn main() {}
