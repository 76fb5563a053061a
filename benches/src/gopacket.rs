//! gopacket, in a process of its own.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::Duration;

use crate::{Error, STRETCH, Way};

/// The program, compiled into this one so that it is found wherever this one runs.
const SOURCE: &str = include_str!("../gopacket/main.go");
/// The same for what needs more of gopacket's sources: reading and writing files.
const FILES_SOURCE: &str = include_str!("../gopacket/files/main.go");
/// Where Debian's golang-github-google-gopacket-dev puts its sources.
const GOPATH: &str = "/usr/share/gocode";

/// The program that works on packets, and the one that works on files.
const PACKETS: &str = "gopacket";
const FILES: &str = "files";

/// The built programs, which go when this goes.
pub struct Gopacket {
    folder: PathBuf,
    has_files: bool,
}

/// What the program does with files.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// Reads pcap.
    ReadPcap,
    /// Reads pcapng.
    ReadPcapNg,
    /// Writes pcap, to nowhere.
    WritePcap,
    /// Writes pcapng, to nowhere.
    WritePcapNg,
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Self::ReadPcap => "read-pcap",
            Self::ReadPcapNg => "read-pcapng",
            Self::WritePcap => "write-pcap",
            Self::WritePcapNg => "write-pcapng",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::ReadPcap => "gopacket pcapgo.Reader",
            Self::ReadPcapNg => "gopacket pcapgo.NgReader",
            Self::WritePcap => "gopacket pcapgo.Writer",
            Self::WritePcapNg => "gopacket pcapgo.NgWriter",
        }
    }
}

/// What the program does with packets.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// Finds ports.
    Ports,
    /// Reads DNS messages.
    Dns,
    /// Reads sFlow datagrams.
    Sflow,
    /// Reads LLDP messages.
    Lldp,
    /// Puts streams of TCP together.
    Streams,
    /// The same, of packets among which there are others.
    Engine,
    /// Reads requests and responses of HTTP.
    Http,
    /// Reads records of TLS.
    Tls,
    /// Reads DNS messages without headers.
    DnsMessages,
    /// Writes Ethernet, IPv4 and TCP around them.
    Encode,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Ports => "ports",
            Self::Dns => "dns",
            Self::Sflow => "sflow",
            Self::Lldp => "lldp",
            Self::Streams => "streams",
            Self::Engine => "engine",
            Self::Http => "http",
            Self::Tls => "tls",
            Self::DnsMessages => "dns-messages",
            Self::Encode => "encode",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Ports | Self::Dns | Self::Sflow => "gopacket DecodingLayerParser",
            Self::Lldp => "gopacket NewPacket",
            Self::Streams | Self::Engine => "gopacket reassembly",
            Self::Http => "net/http, as gopacket's httpassembly",
            Self::Tls => "gopacket layers.TLS, no hellos",
            Self::DnsMessages => "gopacket layers.DNS",
            Self::Encode => "gopacket SerializeLayers",
        }
    }
}

impl Gopacket {
    /// Builds the programs, or says why they are skipped.
    ///
    /// # Errors
    ///
    /// Go or gopacket is not installed, or the file system is in the way.
    pub fn build() -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!("rheos-benches-{}-go", process::id()));
        fs::create_dir_all(&folder)?;
        let mut gopacket = Self { folder, has_files: false };
        gopacket.compile(PACKETS, SOURCE)?;
        gopacket.has_files = gopacket.compile(FILES, FILES_SOURCE).is_ok();
        Ok(gopacket)
    }

    fn compile(&self, name: &str, text: &str) -> Result<(), Error> {
        let source = self.folder.join(format!("{name}.go"));
        fs::write(&source, text)?;
        let mut command = Command::new("go");
        command.args(["build", "-o"]).args([&self.folder.join(name), &source]);
        // Debian's sources have no module proxy and need none.
        command.env("GO111MODULE", "off").env("GOPATH", GOPATH);
        let output = command.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => "go is not installed".into(),
            _ => Error::from(error),
        })?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().into())
        }
    }

    /// Working on the packets of a pcap file, which the program reads before its clock starts.
    pub fn way<'a>(&'a self, mode: Mode, pcap: &'a Path) -> Way<'a> {
        self.run(PACKETS, mode.name(), mode.title(), pcap)
    }

    /// Reading a file, or writing the packets of a pcap file, which the program reads before its clock
    /// starts; nothing where the sources for files are not installed.
    pub fn files<'a>(&'a self, task: Task, path: &'a Path) -> Option<Way<'a>> {
        self.has_files.then(|| self.run(FILES, task.name(), task.title(), path))
    }

    fn run<'a>(
        &'a self,
        program: &'static str,
        work: &'static str,
        title: &'static str,
        path: &'a Path,
    ) -> Way<'a> {
        Way::new(title, move |laps| {
            let mut command = Command::new(self.folder.join(program));
            let output = command.arg(work).arg(path).arg(STRETCH.to_string()).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).trim().into());
            }
            let text = String::from_utf8(output.stdout)?;
            let mut numbers = text.split_whitespace().map(str::parse);
            let answers = numbers.next().ok_or("nothing printed")??;
            for nanos in numbers {
                laps.push(Duration::from_nanos(nanos?));
            }
            Ok(Some(answers))
        })
    }
}

impl Drop for Gopacket {
    fn drop(&mut self) {
        // A folder that cannot be removed now is left to whoever clears the temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
