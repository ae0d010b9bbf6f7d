//! The whole program from outside: a real server, real files, real sockets.
//!
//! One claim about one answer is a file in `tests/cases`; see [`cases`]. What needs several steps is a test
//! here, in the module of its capability.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on should say where")]

mod support;

mod abi;
mod asking;
mod attacks;
mod auth;
mod caching;
mod cases;
mod cli;
mod columns;
mod commands;
mod containment;
mod deploying;
mod docs;
mod durability;
mod forms;
mod generated_writes;
mod hooks;
mod importing;
mod installing;
mod permissions;
mod plugin_authors;
mod plugins;
mod ports;
mod properties;
mod publishing;
mod reading;
mod reload;
mod robustness;
mod services;
mod streaming;
mod structure;
mod writing;
