//! Makes the archive of a plugin, to be put into an index. The same files make the same bytes.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::descriptor::{self, Descriptor, is_for};
use super::error::{Error, Result};
use super::store::hash_file;
use super::version::Requirement;
use super::{Libraries, target};

/// What `datasette plugins pack` was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackOptions {
    pub(crate) library: PathBuf,
    pub(crate) into: PathBuf,
    pub(crate) target: Option<String>,
    pub(crate) summary: String,
    pub(crate) license: String,
    pub(crate) requires: Vec<String>,
    pub(crate) static_folder: Option<PathBuf>,
    pub(crate) templates_folder: Option<PathBuf>,
    /// LICENSE, README and such.
    pub(crate) texts: Vec<PathBuf>,
    /// Secret key to sign it with.
    pub(crate) key: Option<PathBuf>,
}

/// An archive that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) target: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    pub(crate) signature: Option<PathBuf>,
}

/// Packs a library with what belongs to it.
pub(crate) fn pack(libraries: &dyn Libraries, options: &PackOptions) -> Result<Packed> {
    let shown = options.library.display();
    let bytes = std::fs::read(&options.library)
        .map_err(|error| Error::io("can't be read", &options.library, &error))?;
    let facts = libraries.describe(&bytes).map_err(|why| Error::failed(format!("{shown} {why}")))?;
    let target = match &options.target {
        Some(target) if !target::is_triple(target) => {
            return Err(Error::usage(format!("'{target}' is no target like {}", target::ours())));
        }
        Some(target) => target.clone(),
        None => target::ours(),
    };
    if !is_for(&target, &facts.target) {
        return Err(Error::usage(format!(
            "{shown} is for {}, and not for {target}; say for which target with --target",
            facts.target
        )));
    }
    for requirement in &options.requires {
        Requirement::parse(requirement).map_err(Error::usage)?;
    }
    let file = options.library.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut descriptor = Descriptor::new(&facts, &target, &file)?;
    descriptor.summary.clone_from(&options.summary);
    descriptor.license.clone_from(&options.license);
    descriptor.requires.clone_from(&options.requires);

    let mut files: Vec<(String, Vec<u8>)> =
        vec![(descriptor::FILE.to_owned(), descriptor.to_toml()?.into_bytes()), (file, bytes)];
    for text in &options.texts {
        let name = text.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, read(text)?));
    }
    for (name, folder) in [("static", &options.static_folder), ("templates", &options.templates_folder)] {
        if let Some(folder) = folder {
            collect(folder, name, &mut files)?;
        }
    }
    files.sort();
    std::fs::create_dir_all(&options.into)
        .map_err(|error| Error::io("can't be made", &options.into, &error))?;
    let path = options.into.join(descriptor.archive_name());
    write(&path, &files).map_err(|error| Error::io("can't be written", &path, &error))?;
    let signature = options.key.as_ref().map(|key| super::signing::sign_file(&path, key)).transpose()?;
    Ok(Packed {
        name: descriptor.name,
        version: descriptor.version,
        target,
        size: std::fs::metadata(&path).map(|meta| meta.len()).unwrap_or_default(),
        sha256: hash_file(&path)?,
        path,
        signature,
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(|error| Error::io("can't be read", path, &error))?;
    Ok(bytes)
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io("can't be read", folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Error::io("can't be read", folder, &error))?.path();
        let inside = format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect(&path, &inside, files)?;
        } else {
            files.push((inside, read(&path)?));
        }
    }
    Ok(())
}

/// Without times and owners: they would make another archive of the same files.
fn write(path: &Path, files: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    let new = path.with_extension("tmp");
    let written = || -> std::io::Result<()> {
        let mut builder = Builder::new(GzEncoder::new(File::create(&new)?, Compression::best()));
        for (name, bytes) in files {
            let mut header = Header::new_ustar();
            header.set_path(name)?;
            header.set_entry_type(EntryType::Regular);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(0);
            header.set_cksum();
            builder.append(&header, bytes.as_slice())?;
        }
        builder.into_inner()?.finish()?.sync_all()?;
        std::fs::rename(&new, path)
    };
    written().inspect_err(|_| {
        let _ = std::fs::remove_file(&new);
    })
}
