//! The archive that is shipped. Unpacked anywhere it runs: the program looks for its plugins in `../lib/datasette/plugins`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{DistArgs, pages};

/// Larger ones have something in them that should not be there.
const LARGEST: u64 = 25 * 1024 * 1024;

/// Builds everything, puts it together, and returns the path of the archive.
pub(crate) fn make(args: &DistArgs) -> Result<PathBuf> {
    let root = root()?;
    let built = build(&root, args)?;
    let target = match &args.target {
        Some(target) => target.clone(),
        None => host()?,
    };
    let name = format!("datasette-{}-{target}", env!("CARGO_PKG_VERSION"));
    let out = args.out.clone().unwrap_or_else(|| target_folder(&root).join("dist"));
    let folder = out.join(&name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("can't clear {}", folder.display()))?;
    }
    assemble(&root, &built, &folder, args)?;
    let archive = out.join(format!("{name}.tar.gz"));
    pack(&folder, &name, &archive).with_context(|| format!("can't write {}", archive.display()))?;
    let size = archive.metadata()?.len();
    // Unoptimised code is as large as it likes.
    if size > LARGEST && args.profile == "release" {
        bail!("{} has {size} bytes, and should have less than {LARGEST}", archive.display());
    }
    Ok(archive)
}

/// The workspace.
fn root() -> Result<PathBuf> {
    let me = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(me.join("../..").canonicalize()?)
}

fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The triple of this machine, as the compiler calls it.
fn host() -> Result<String> {
    let said =
        Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV").output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc does not say what machine this is")?.to_owned())
}

/// Builds the program and the plugins; returns the folder they are in.
fn build(root: &Path, args: &DistArgs) -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--locked", "--profile", &args.profile, "-p", "datasette"]);
    for library in built_ins(root)? {
        cargo.args(["-p", &library.package]);
    }
    if let Some(target) = &args.target {
        cargo.args(["--target", target]);
    }
    let status = cargo.stdin(Stdio::null()).status().context("cargo can't be run")?;
    if !status.success() {
        bail!("cargo build failed");
    }
    let mut folder = target_folder(root);
    if let Some(target) = &args.target {
        folder.push(target);
    }
    Ok(folder.join(if args.profile == "dev" { "debug" } else { &args.profile }))
}

/// One of the server's own plugins.
struct BuiltIn {
    package: String,
    /// Of its library, without beginning and end.
    stem: String,
}

fn built_ins(root: &Path) -> Result<Vec<BuiltIn>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join("plugins-builtin"))? {
        let folder = entry?.path();
        if folder.join("Cargo.toml").is_file() {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let package = format!("datasette-{}", name.replace('_', "-"));
            found.push(BuiltIn { package, stem: format!("datasette_{name}") });
        }
    }
    found.sort_by(|a, b| a.stem.cmp(&b.stem));
    Ok(found)
}

fn assemble(root: &Path, built: &Path, folder: &Path, args: &DistArgs) -> Result<()> {
    let windows = args.target.as_ref().map_or(cfg!(windows), |target| target.contains("windows"));
    let apple = args.target.as_ref().map_or(cfg!(target_vendor = "apple"), |target| target.contains("apple"));
    let program = if windows { "datasette.exe" } else { "datasette" };
    take(&built.join(program), &folder.join("bin").join(program), 0o755)?;
    let plugins = folder.join("lib/datasette/plugins");
    for library in built_ins(root)? {
        let file = match (windows, apple) {
            (true, _) => format!("{}.dll", library.stem),
            (false, true) => format!("lib{}.dylib", library.stem),
            (false, false) => format!("lib{}.so", library.stem),
        };
        take(&built.join(&file), &plugins.join(&file), 0o644)?;
    }
    if !args.no_strip && !windows {
        strip(folder, apple)?;
    }
    take(&root.join("LICENSE"), &folder.join("LICENSE"), 0o644)?;
    let packaging = root.join("server/packaging");
    take(&packaging.join("README.md"), &folder.join("README.md"), 0o644)?;
    take(
        &packaging.join("datasette.service"),
        &folder.join("share/doc/datasette/examples/datasette.service"),
        0o644,
    )?;
    pages::write(&folder.join("share"))
}

fn take(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let folder = to.parent().context("it has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    std::fs::copy(from, to).with_context(|| format!("can't copy {}", from.display()))?;
    #[cfg(unix)]
    std::fs::set_permissions(to, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    let _ = mode;
    Ok(())
}

/// Symbols for debuggers are half of the size. Manifests of plugins are in sections that stay.
fn strip(folder: &Path, apple: bool) -> Result<()> {
    let options: &[&str] = if apple { &["-x"] } else { &["--strip-unneeded"] };
    for inside in ["bin", "lib/datasette/plugins"] {
        for entry in std::fs::read_dir(folder.join(inside))? {
            let file = entry?.path();
            let strip = std::env::var_os("STRIP").unwrap_or_else(|| "strip".into());
            let status = Command::new(strip).args(options).arg(&file).status();
            if !status
                .context("strip can't be run; it comes with the C compiler, or leave it out: --no-strip")?
                .success()
            {
                bail!("{} can't be stripped", file.display());
            }
        }
    }
    Ok(())
}

/// Everything in a folder of its name, in one order, owned by nobody in particular.
fn pack(folder: &Path, name: &str, archive: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut builder = tar::Builder::new(GzEncoder::new(File::create(archive)?, Compression::best()));
    builder.mode(tar::HeaderMode::Deterministic);
    for file in files {
        let inside = Path::new(name).join(file.strip_prefix(folder)?);
        builder.append_path_with_name(&file, inside)?;
    }
    builder.into_inner()?.finish()?.sync_all()?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
