//! Which machines a library is for.

/// The target triple of this program, as Rust spells it.
pub(crate) fn ours() -> String {
    let environment = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    let arch = std::env::consts::ARCH;
    match std::env::consts::OS {
        "macos" => format!("{arch}-apple-darwin"),
        "windows" => format!("{arch}-pc-windows-{}", if cfg!(target_env = "msvc") { "msvc" } else { "gnu" }),
        "linux" if arch == "arm" => format!("armv7-unknown-linux-{environment}eabihf"),
        "linux" if arch == "x86" => format!("i686-unknown-linux-{environment}"),
        "linux" if arch == "riscv64" => format!("riscv64gc-unknown-linux-{environment}"),
        "linux" if arch == "powerpc64" => format!("powerpc64le-unknown-linux-{environment}"),
        "linux" => format!("{arch}-unknown-linux-{environment}"),
        os => format!("{arch}-unknown-{os}"),
    }
}

/// What a library's own manifest says of its machine: `x86_64-linux`.
#[cfg(test)]
pub(super) fn in_short() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Whether a triple may be part of a file's name, and looks like one.
pub(crate) fn is_triple(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.len() <= 60 && text.split('-').count() >= 3 && text.split('-').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_triple_is_one() {
        assert!(is_triple(&ours()), "{}", ours());
        assert!(ours().contains(std::env::consts::ARCH) || cfg!(not(target_arch = "x86_64")));
        for wrong in ["", "x86_64", "a--b-c", "../x-y-z", "x y-z-a"] {
            assert!(!is_triple(wrong), "{wrong}");
        }
    }
}
