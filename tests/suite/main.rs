//! Promises of the program, one sentence a test, shown through its real door.
