//! The whole program from outside: a real server, real files, real sockets.
//!
//! One claim about one answer is a file in `tests/cases`; see [`cases`]. What needs several steps is a test
//! here, in the module of its capability.

mod support;

mod cases;
mod cli;
mod docs;
mod plugins;
mod robustness;
mod structure;
mod writing;
