//! Two network namespaces with a wire between them, programs that speak over it, and a capture of it.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::common::{folder, text};
use crate::namespace::{Namespace, find, ip};

/// The server's addresses, in the nets of RFC 5737 and RFC 3849.
pub(crate) const SERVER: &str = "192.0.2.1";
pub(crate) const SERVER_V6: &str = "2001:db8::1";
/// The client's.
pub(crate) const CLIENT: &str = "192.0.2.2";
const CLIENT_V6: &str = "2001:db8::2";

/// What the last packet of a capture says, on a port (RFC 863) where nobody listens.
const MARK: &str = "rheos: nothing comes behind this";

/// For how long something is waited for, before the test fails: a busy machine may take seconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// For how long a client may run, in seconds.
const CLIENT_SECONDS: &str = "30";

/// How much the kernel keeps for tcpdump, in KiB: more than any test sends, so that nothing is lost on
/// a busy machine.
const CAPTURE_KIB: &str = "65536";

/// States of sockets, by Linux's `tcp_states.h`.
const LISTENING: u8 = 10;
const TIME_WAIT: u8 = 6;

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait(what: &str, is_so: impl FnMut() -> bool) {
    let (start, mut is_so) = (Instant::now(), is_so);
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited for {what} in vain");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A program that ends with this value.
struct Running {
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A client, a server and a capture between both. All of it ends with the value.
pub(crate) struct Lab {
    capture: Option<(Running, Lines<BufReader<ChildStderr>>)>,
    servers: Vec<Running>,
    client: Namespace,
    server: Namespace,
    folder: PathBuf,
}

impl Lab {
    /// Two namespaces. `None`, with a line that says what is missing, where there is no right to make
    /// them or a program is not installed; where `RHEOS_REQUIRE_SERVERS` is set, that is a failure.
    pub(crate) fn new(name: &str, programs: &[&str]) -> Option<Self> {
        let common = ["ip", "tcpdump", "bash", "timeout", "sha256sum"];
        let mut needed = common.iter().chain(programs);
        let made = match needed.find(|program| find(program).is_none()) {
            Some(program) => Err(format!("there is no {program}")),
            None => Self::connected(name),
        };
        made.inspect_err(|why| skip(name, why)).ok()
    }

    fn connected(name: &str) -> Result<Self, String> {
        let client = Namespace::new(&format!("{name}-client"))?;
        let server = Namespace::new(&format!("{name}-server"))?;
        let lab = Self {
            capture: None,
            servers: Vec::new(),
            client,
            server,
            folder: folder(&format!("servers_{name}")),
        };
        let (a, b) = (lab.client.name(), lab.server.name());
        ip(&format!("link add wire netns {a} type veth peer name wire netns {b}"))?;
        let ends = [(a, CLIENT, CLIENT_V6), (b, SERVER, SERVER_V6)];
        for (name, v4, v6) in ends {
            ip(&format!("-n {name} address add {v4}/24 dev wire"))?;
            // Nobody else can have the address, and to find that out takes a second.
            ip(&format!("-n {name} address add {v6}/64 dev wire nodad"))?;
            ip(&format!("-n {name} link set wire up"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        Ok(lab)
    }

    /// The folder of the test. It stays, for those who want to know why a test failed.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of the folder, as text.
    pub(crate) fn path(&self, name: &str) -> String {
        text(&self.folder.join(name)).to_owned()
    }

    /// Writes a file of the folder, and returns its path.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.folder.join(name), bytes).unwrap();
        self.path(name)
    }

    /// Reads a file of the folder.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join(name)).unwrap()).into_owned()
    }

    /// What `sha256sum` says of a file of the folder.
    #[track_caller]
    pub(crate) fn sha256(&self, name: &str) -> String {
        let output = Command::new("sha256sum").arg(self.path(name)).output().unwrap();
        first_word(&output)
    }

    /// Makes a key and a certificate of it, by openssl: `name.key` and `name.pem`.
    #[track_caller]
    pub(crate) fn make_certificate(&self, name: &str, subject: &str) {
        let line = format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout {name}.key \
             -out {name}.pem -addext subjectAltName=DNS:www.example -subj"
        );
        let arguments: Vec<_> = line.split_whitespace().chain([subject]).collect();
        self.ask("openssl", &arguments);
    }

    /// Starts a server, whose output goes to the file `program.log`, and waits until it listens.
    pub(crate) fn serve(&mut self, program: &str, arguments: &[&str], port: u16) {
        self.serve_as(program, program, arguments, port);
    }

    /// As [`Lab::serve`], with another name for the file.
    pub(crate) fn serve_as(&mut self, name: &str, program: &str, arguments: &[&str], port: u16) {
        let log = fs::File::create(self.folder.join(format!("{name}.log"))).unwrap();
        let mut command = self.server.command(program);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::piped());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut ended = None;
        wait(&format!("port {port} of {name}"), || {
            ended = child.try_wait().unwrap();
            ended.is_some() || self.sockets().contains(&(port, LISTENING))
        });
        self.servers.push(Running { child });
        assert!(ended.is_none(), "{name} ended: {}", self.read(&format!("{name}.log")));
    }

    /// Begins to capture, on the client's end of the wire.
    pub(crate) fn capture(&mut self) {
        let mut command = self.client.command("tcpdump");
        // Each packet is written as it comes, by the one who may write here.
        command.args(["-i", "wire", "--immediate-mode", "-U", "-Z", "root", "-B", CAPTURE_KIB]);
        command.args(["-w", &self.capture_file()]).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.unwrap().contains("listening on"));
        assert!(is_ready, "tcpdump ended");
        self.capture = Some((Running { child }, lines));
    }

    /// A client to be run, which is stopped when it takes too long.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = self.client.command("timeout");
        let file = find(program).unwrap_or_else(|| panic!("{program} is not installed"));
        command.args(["-k", "1", CLIENT_SECONDS]).arg(file).current_dir(&self.folder);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a client, whatever becomes of it.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Said {
        Said::of(&self.client(program).args(arguments).output().unwrap())
    }

    /// Runs a client, which must succeed, and returns what it prints.
    #[track_caller]
    pub(crate) fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let said = self.run(program, arguments);
        assert_eq!(said.code, Some(0), "{program} {arguments:?}: {said:?}");
        said.stdout
    }

    /// Ends the capture, and returns its file, once every connection has ended and the last packet is
    /// in it.
    pub(crate) fn captured(&mut self) -> String {
        wait("the end of every connection", || {
            self.sockets().iter().all(|(_, state)| [LISTENING, TIME_WAIT].contains(state))
        });
        self.ask("bash", &["-c", &format!("printf %s '{MARK}' > /dev/udp/{SERVER}/9")]);
        let file = self.capture_file();
        wait("the last packet", || {
            let bytes = fs::read(&file).unwrap_or_default();
            bytes.windows(MARK.len()).any(|window| window == MARK.as_bytes())
        });
        let (mut capture, lines) = self.capture.take().unwrap();
        // It ends by itself, behind a whole record, and says what it has not seen.
        let signal = format!("kill -TERM {}", capture.child.id());
        assert!(Command::new("sh").args(["-c", &signal]).status().unwrap().success());
        let said: Vec<String> = lines.map(Result::unwrap).collect();
        assert!(said.iter().any(|line| line == "0 packets dropped by kernel"), "{said:?}");
        capture.child.wait().unwrap();
        file
    }

    /// The TCP sockets of the server's namespace: local port and state. Asked of Linux, as a connection
    /// on trial would be in the capture.
    fn sockets(&self) -> Vec<(u16, u8)> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
        let output = self.server.command("cat").args(tables).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let socket = |line: &str| {
            let mut words = line.split_whitespace().skip(1);
            let (_, port) = words.next()?.rsplit_once(':')?;
            let number = u16::from_str_radix(port, 16).ok()?;
            Some((number, u8::from_str_radix(words.nth(1)?, 16).ok()?))
        };
        text.lines().filter_map(socket).collect()
    }

    fn capture_file(&self) -> String {
        self.path("capture.pcap")
    }
}

/// What a program has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let [stdout, stderr] = [&output.stdout, &output.stderr]
            .map(|text| String::from_utf8_lossy(text).replace("\r\n", "\n"));
        Self { stdout, stderr, code: output.status.code() }
    }
}

/// What a program as `md5sum` says of a text.
#[track_caller]
pub(crate) fn digest(program: &str, text: &str) -> String {
    let mut command = Command::new(program);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    first_word(&child.wait_with_output().unwrap())
}

fn first_word(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// A Python that knows these modules: one of Debian, beside which others may be installed.
pub(crate) fn python(modules: &str) -> Option<String> {
    let knows = |python: &&str| {
        let script = format!("import {modules}");
        let output = Command::new(python).args(["-c", &script]).output();
        output.is_ok_and(|output| output.status.success())
    };
    ["/usr/bin/python3", "python3"].into_iter().find(knows).map(str::to_owned)
}

/// Says that a test is skipped; where none may be, fails.
pub(crate) fn skip(name: &str, why: &str) {
    let is_required = env::var_os("RHEOS_REQUIRE_SERVERS").is_some();
    assert!(!is_required, "{name} must not be skipped, as RHEOS_REQUIRE_SERVERS says: {why}");
    println!("skipped: {name}: {why}");
}
