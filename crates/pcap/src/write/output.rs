//! Files that are written: each has its name only once it is whole.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::error::Error;
use crate::format::Compression;
use crate::write::pack::Packer;
use crate::write::unnamed;

/// How a file is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// Whether a file of the name is replaced, in the end; otherwise it is an error.
    pub overwrite: bool,
    /// How what is written is compressed; see [`Compression::from_path`].
    pub compression: Option<Compression>,
    /// How hard it is compressed, on the scale of the method (gzip 0 to 9, zstd 1 to 22, xz 0 to 9;
    /// lz4 has none). `None` is what the method's own tool does.
    pub level: Option<u32>,
    /// Whether the bytes are on the disk, and not just on their way, before the file has its name.
    /// It costs the time of the disk.
    pub durable: bool,
}

/// A file that has its name from its [`finish`](Self::finish) on.
///
/// If it is dropped before, nothing of it is left, and a file that had the name is as it was. On Linux
/// that holds whatever ends the program, as the file has no name at all until then; on other systems,
/// and on file systems without such files, one that is killed leaves a hidden file of another name. A
/// name that is no regular file (a device, a pipe) is written to directly; a symbolic link stays one.
///
/// ```
/// use std::io::Write;
/// use rheos_pcap::{OutputFile, OutputOptions};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.pcap");
/// let mut file = OutputFile::create(&path, &OutputOptions::default())?;
/// file.write_all(b"whole")?;
/// assert!(!path.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    packer: Packer<Place>,
    overwrite: bool,
    durable: bool,
}

/// Where the bytes go until the end.
#[derive(Debug)]
enum Place {
    /// Into a file without a name, and of these rights in the end.
    Unnamed(File, Option<Permissions>),
    /// The same where each file has a name: into one of another.
    Beside(NamedTempFile, Option<Permissions>),
    /// Behind what is in a file already.
    Behind(Tail),
    /// To what is no file.
    Direct(File),
}

/// The end of a file, which falls off again unless it is kept.
#[derive(Debug)]
struct Tail {
    file: File,
    /// How long the file was.
    length: u64,
    kept: bool,
}

impl Drop for Tail {
    fn drop(&mut self) {
        if !self.kept {
            // There is nobody left to be told; the reader of the file is told where it is cut.
            let _ = self.file.set_len(self.length);
        }
    }
}

impl OutputFile {
    /// Makes a file that will have this name.
    ///
    /// # Errors
    ///
    /// [`Error::Create`]: the name is taken and not to be overwritten, or the system says no.
    pub fn create(path: impl AsRef<Path>, options: &OutputOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source| Error::Create { path: path.to_owned(), source };
        // The file behind a link is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let place = Place::new(&path, options.overwrite).map_err(failed)?;
        Self::packed(path, place, options)
    }

    /// Goes on behind `length` bytes of a file, which lose what is behind them.
    pub(crate) fn append(path: &Path, length: u64, options: &OutputOptions) -> Result<Self, Error> {
        let failed = |source| Error::Create { path: path.to_owned(), source };
        let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
        file.set_len(length).map_err(failed)?;
        file.seek(SeekFrom::Start(length)).map_err(failed)?;
        Self::packed(path.to_owned(), Place::Behind(Tail { file, length, kept: false }), options)
    }

    fn packed(path: PathBuf, place: Place, options: &OutputOptions) -> Result<Self, Error> {
        let packer = Packer::new(place, options.compression, options.level);
        let packer = packer.map_err(|source| Error::Create { path: path.clone(), source })?;
        let OutputOptions { overwrite, durable, .. } = *options;
        Ok(Self { path, packer, overwrite, durable })
    }

    /// The name that the file will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, all of it at once.
    ///
    /// # Errors
    ///
    /// [`Error::Create`]: the last bytes go nowhere, or the name was taken in the meantime. Then
    /// nothing is left of the file.
    pub fn finish(self) -> Result<(), Error> {
        let Self { path, packer, overwrite, durable } = self;
        let finished = packer.finish().and_then(|place| place.finish(&path, overwrite, durable));
        finished.map_err(|source| Error::Create { path, source })
    }
}

impl Write for OutputFile {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.packer.write(bytes)
    }

    /// Hands on what has been written, so that a reader of a pipe can have all of it.
    fn flush(&mut self) -> io::Result<()> {
        self.packer.flush()
    }
}

impl Place {
    fn new(path: &Path, overwrite: bool) -> io::Result<Self> {
        let rights = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                return OpenOptions::new().write(true).open(path).map(Self::Direct);
            }
            Ok(_) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
            Ok(found) => Some(found.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(match unnamed::create(folder_of(path)) {
            Some(file) => Self::Unnamed(file, rights),
            None => Self::named(path, rights)?,
        })
    }

    /// A file of another name.
    fn named(path: &Path, rights: Option<Permissions>) -> io::Result<Self> {
        // Opened here: what is opened for us has rights for its owner alone, and errors that name it.
        let open =
            |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
        Ok(Self::Beside(beside(path, open)?, rights))
    }

    fn finish(self, path: &Path, overwrite: bool, durable: bool) -> io::Result<()> {
        match self {
            Self::Unnamed(file, rights) => {
                complete(&file, rights, durable)?;
                if !overwrite {
                    return unnamed::name(&file, path);
                }
                // A file is not named over another, so for a moment it has a name beside it.
                let named = beside(path, |path| unnamed::name(&file, path))?;
                named.into_temp_path().persist(path).map_err(|error| error.error)
            }
            Self::Beside(file, rights) => {
                complete(file.as_file(), rights, durable)?;
                let kept =
                    if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
                kept.map(drop).map_err(|error| error.error)
            }
            Self::Behind(mut tail) => {
                tail.kept = true;
                if durable { tail.file.sync_all() } else { Ok(()) }
            }
            Self::Direct(mut file) => file.flush(),
        }
    }

    fn file(&mut self) -> &mut File {
        match self {
            Self::Unnamed(file, _) | Self::Direct(file) => file,
            Self::Beside(file, _) => file.as_file_mut(),
            Self::Behind(tail) => &mut tail.file,
        }
    }
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Makes something of another name in the folder of a file, where it is hidden: listings and `*` would
/// find it half written.
fn beside<F>(
    path: &Path,
    make: impl FnMut(&Path) -> io::Result<F>,
) -> io::Result<NamedTempFile<F>> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    Builder::new().prefix(&name).suffix(".part").make_in(folder_of(path), make)
}

/// Does what is to be done before a file has its name.
fn complete(file: &File, rights: Option<Permissions>, durable: bool) -> io::Result<()> {
    rights.map_or(Ok(()), |rights| file.set_permissions(rights))?;
    if durable { file.sync_all() } else { Ok(()) }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;

    const OVERWRITE: OutputOptions =
        OutputOptions { overwrite: true, compression: None, level: None, durable: true };

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Makes a file in each way that there is, one after the other.
    fn each_way(path: &Path, options: OutputOptions) -> impl Iterator<Item = OutputFile> {
        [false, true].into_iter().map(move |is_named| {
            let own = OutputFile::create(path, &options).unwrap();
            if !is_named {
                return own;
            }
            let rights = fs::metadata(&own.path).ok().map(|data| data.permissions());
            let place = Place::named(&own.path, rights).unwrap();
            OutputFile::packed(own.path, place, &options).unwrap()
        })
    }

    fn kind(error: &Error) -> io::ErrorKind {
        let Error::Create { source, .. } = error else { panic!("{error:?}") };
        source.kind()
    }

    #[test]
    fn a_file_has_its_name_only_once_it_is_whole() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a.pcap");
        for mut file in each_way(&path, OutputOptions::default()) {
            file.write_all(b"bytes").unwrap();
            file.flush().unwrap();
            assert!(!path.exists());
            file.finish().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"bytes");
            assert_eq!(names(folder.path()), ["a.pcap"]);
            fs::remove_file(&path).unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_has_no_name_at_all_until_it_is_whole() {
        let folder = tempdir().unwrap();
        if unnamed::create(folder.path()).is_none() {
            return;
        }
        for overwrite in [false, true] {
            let path = folder.path().join(format!("{overwrite}.pcap"));
            let options = OutputOptions { overwrite, ..OutputOptions::default() };
            let mut file = OutputFile::create(&path, &options).unwrap();
            file.write_all(b"half").unwrap();
            assert_eq!(names(folder.path()), [""; 0]);
            drop(file);
            assert_eq!(names(folder.path()), [""; 0]);
        }
    }

    #[test]
    fn a_file_that_is_dropped_leaves_nothing() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a.pcap");
        fs::write(&path, b"before").unwrap();
        for mut file in each_way(&path, OVERWRITE) {
            file.write_all(b"half").unwrap();
            drop(file);
            assert_eq!(fs::read(&path).unwrap(), b"before");
        }
        assert_eq!(names(folder.path()), ["a.pcap"]);
    }

    #[test]
    fn a_name_that_is_taken_is_overwritten_only_by_choice() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a.pcap");
        let late: Vec<_> = each_way(&path, OutputOptions::default()).collect();
        fs::write(&path, b"before").unwrap();
        let error = OutputFile::create(&path, &OutputOptions::default()).unwrap_err();
        assert_eq!(kind(&error), io::ErrorKind::AlreadyExists);
        for late in late {
            // The name was free when this file was made.
            assert_eq!(kind(&late.finish().unwrap_err()), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), b"before");
        }

        for (mut file, bytes) in each_way(&path, OVERWRITE).zip([b"after", b"later"]) {
            file.write_all(bytes).unwrap();
            file.finish().unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(names(folder.path()), ["a.pcap"]);
    }

    #[test]
    fn what_cannot_be_made_is_named() {
        let folder = tempdir().unwrap();
        for (path, expected) in [
            (folder.path().to_owned(), io::ErrorKind::IsADirectory),
            (folder.path().join("none/a.pcap"), io::ErrorKind::NotFound),
        ] {
            let error = OutputFile::create(&path, &OVERWRITE).unwrap_err();
            assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
            assert_eq!(kind(&error), expected);
            let Error::Create { source, .. } = error else { panic!("{error:?}") };
            assert!(!source.to_string().contains(".part"), "{source}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_devices_and_rights_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempdir().unwrap();
        let (path, link) = (folder.path().join("a.pcap"), folder.path().join("link"));
        fs::write(&path, b"before").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        for mut file in each_way(&link, OVERWRITE) {
            file.write_all(b"after").unwrap();
            file.finish().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&path).unwrap(), b"after");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        }
        // A new file has the rights of any other.
        let other = folder.path().join("other");
        fs::write(&other, b"").unwrap();
        for file in each_way(&folder.path().join("new.pcap"), OVERWRITE) {
            let path = file.path().to_owned();
            file.finish().unwrap();
            let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(rights(&path), rights(&other));
            fs::remove_file(&path).unwrap();
        }

        let null = Path::new("/dev/null");
        let mut file = OutputFile::create(null, &OutputOptions::default()).unwrap();
        file.write_all(b"nowhere").unwrap();
        file.finish().unwrap();
        assert!(!fs::metadata(null).unwrap().is_file());
    }

    #[test]
    fn what_is_added_to_a_file_falls_off_unless_it_is_finished() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a.pcap");
        fs::write(&path, b"whole, and half").unwrap();
        let mut file = OutputFile::append(&path, 7, &OVERWRITE).unwrap();
        file.write_all(b"more").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"whole, ");
        let mut file = OutputFile::append(&path, 7, &OVERWRITE).unwrap();
        file.write_all(b"more").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole, more");
    }
}
