//! Signals outside of the server, which has its own ways (`edge/shutdown.rs`).

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A file that may not grow is an error of the write that would make it grow, not the end of the process.
pub(crate) fn survive_full_files() {
    // Whoever handles the signal is not ended by it; nobody looks at the flag.
    #[cfg(unix)]
    if let Err(error) = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()) {
        tracing::warn!("a limit on the size of files would end the process: {error}");
    }
}

/// Set by Ctrl+C and by a request to end; the second one ends the process.
pub(crate) fn interrupted() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&flag))?;
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}
