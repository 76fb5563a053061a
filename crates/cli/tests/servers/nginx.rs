//! HTTP/1.0 and 1.1 of nginx and curl: what rheos reads is what both say they sent.

use serde_json::Value;

use crate::common::succeeds;
use crate::lab::{Lab, SERVER, SERVER_V6};
use crate::rows::{rows, word, words};

/// Its log has a line of JSON a request, by its own names. `ssi` makes it send chunks.
const CONFIG: &str = r#"
daemon off;
master_process off;
user root;
pid nginx.pid;
error_log stderr;
events {}
http {
    log_format said escape=json '{"port":"$remote_port","nth":"$connection_requests",'
        '"method":"$request_method","uri":"$request_uri","host":"$http_host","status":"$status",'
        '"version":"$server_protocol","agent":"$http_user_agent","referrer":"$http_referer",'
        '"user":"$remote_user","type":"$sent_http_content_type","coding":"$sent_http_content_encoding",'
        '"transfer":"$sent_http_transfer_encoding"}';
    access_log access.log said;
    types { text/html html shtml; text/plain txt; application/octet-stream bin; }
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    client_max_body_size 0;
    gzip on;
    gzip_types text/plain;
    server {
        listen 80;
        listen [::]:80;
        root .;
        location ~ shtml { ssi on; }
        location /post { return 200 "thank you\n"; }
        location /moved { return 301 /index.html; }
        location /empty { return 204; }
    }
}
"#;

/// A test's nginx with its files, and the capture running.
fn start(name: &str) -> Option<Lab> {
    let mut lab = Lab::new(name, &["nginx", "curl", "gzip"])?;
    let text =
        (0..4000).map(|line| format!("line {line} of a text\n")).collect::<Vec<_>>().concat();
    // No two pieces of it are alike, and none of it can be packed.
    let mut state = 1_u32;
    let noise = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let bytes: Vec<u8> = (0..300_000).map(noise).collect();
    lab.write("index.html", "<!doctype html><title>rheos</title><p>Everything flows.\n");
    lab.write("page.shtml", format!("<!--#echo var=\"request_uri\" -->\n{text}"));
    lab.write("text.txt", &text);
    lab.write("noise.bin", &bytes);
    lab.write("large.bin", bytes.repeat(7));
    std::fs::create_dir(lab.folder().join("temporary")).unwrap();
    lab.write("nginx.conf", CONFIG);
    let prefix = format!("{}/", lab.path(""));
    lab.serve("nginx", &["-p", prefix.trim_end_matches("//"), "-c", "nginx.conf"], 80);
    lab.capture();
    Some(lab)
}

/// Runs curl, and returns what it says of each transfer.
#[track_caller]
fn curl(lab: &Lab, arguments: &[&str]) -> Vec<Value> {
    let quiet = ["--silent", "--show-error", "--write-out", "%{stderr}%{json}\n"];
    let said = lab.run("curl", &[&quiet, arguments].concat());
    assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
    said.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rows of rheos are what curl says of its transfers, one by one.
fn check_transfers(rows: &[Value], transfers: &[Value]) {
    assert_eq!(rows.len(), transfers.len());
    for (row, said) in rows.iter().zip(transfers) {
        let url = word(said, "url_effective");
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let seen = words(row, ["method", "host", "uri", "id.orig_h", "id.orig_p", "id.resp_h"]);
        let [method, address, port, to] =
            words(said, ["method", "local_ip", "local_port", "remote_ip"]);
        assert_eq!(
            seen,
            [method, host.to_owned(), format!("/{path}"), address, port, to],
            "{said}"
        );
        let seen = ["status_code", "request_body_len", "response_body_len", "referrer"];
        let told = ["response_code", "size_upload", "size_download", "referer"];
        assert_eq!(words(row, seen), words(said, told), "{said}");
        // Which of its transfers made a connection, curl says; those after it are on the same one.
        let is_first = said["num_connects"] == 1;
        assert_eq!(row["trans_depth"] == 1, is_first, "{row} {said}");
        // Both ends are between curl's times, but for the microseconds that they are rounded to.
        let time = |name| said[name].as_f64().unwrap();
        let most = time("time_total") - time("time_connect") + 2e-6;
        assert!(row["latency"].as_f64().unwrap() <= most, "{row} {said}");
    }
}

/// Rows of rheos are what nginx has written down, one by one.
fn check_log(rows: &[Value], lab: &Lab) {
    let log = lab.read("access.log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), lines.len());
    for (row, said) in rows.iter().zip(&lines) {
        let seen =
            ["id.orig_p", "trans_depth", "method", "uri", "host", "status_code", "user_agent"];
        let told = ["port", "nth", "method", "uri", "host", "status", "agent"];
        assert_eq!(words(row, seen), words(said, told), "{said}");
        let (seen, told) = (["referrer", "username"], ["referrer", "user"]);
        assert_eq!(words(row, seen), words(said, told), "{said}");
        // Kinds are those of files, which come with a body alone.
        let has_body = row["response_body_len"] != 0;
        let kind = if has_body { word(said, "type") } else { String::new() };
        assert_eq!(word(row, "resp_mime_types"), kind, "{said}");
        assert_eq!(format!("HTTP/{}", word(row, "version")), said["version"], "{said}");
    }
}

#[test]
fn requests_are_what_curl_and_nginx_say() {
    let Some(mut lab) = start("http") else { return };
    let url = |path: &str| format!("http://{SERVER}/{path}");
    let ask = |arguments: &str| {
        let words = arguments.split(' ');
        let named: Vec<_> = words
            .map(|word| match word.strip_prefix('/') {
                Some(path) => url(path),
                None => word.to_owned(),
            })
            .collect();
        let named: Vec<_> = named.iter().map(String::as_str).collect();
        curl(&lab, &named)
    };
    let mut said = Vec::new();
    // Three on one connection; the last is not there.
    said.extend(ask("/ -o a /noise.bin -o b /missing?why=not&so=%20 -o c"));
    // A head that announces a body which does not come, and one behind it that would be taken for it.
    said.extend(ask("-I -o a /noise.bin --next -s -S -w %{stderr}%{json}\\n -o b /index.html"));
    said.extend(ask("-o a -r 1000-1999 /noise.bin"));
    // Chunks; packed, which makes chunks too; and to the end of the connection.
    said.extend(ask("-o a /page.shtml"));
    said.extend(ask("-o a -H Accept-Encoding:gzip /text.txt"));
    said.extend(ask("-o a -0 /page.shtml"));
    // Bodies of requests: short, in chunks, and one that waits for "100 Continue".
    said.extend(ask("-o a -d name=value&other=%41 /post"));
    said.extend(ask("-o a -H Transfer-Encoding:chunked --data-binary @text.txt /post"));
    // Of which curl counts the lines around them too.
    let text = std::fs::metadata(lab.path("text.txt")).unwrap().len();
    said.last_mut().unwrap()["size_upload"] = text.into();
    said.extend(ask("-o a --data-binary @large.bin /post"));
    said.extend(ask(
        "-o a -X OPTIONS /post --next -s -w %{stderr}%{json}\\n -o b -d x /index.html",
    ));
    // No bodies by their status.
    said.extend(ask("-o a /empty -o b /moved"));
    said.extend(ask("-o a -H If-None-Match:* /text.txt"));
    said.extend(ask("-o a -u Aladdin:sesame -e http://other.example/ -A somebody/1.0 /index.html"));
    said.extend(ask(&format!("-g -o a http://[{SERVER_V6}]/index.html")));
    let capture = lab.captured();
    let rows = rows("http", &capture);
    check_transfers(&rows, &said);
    check_log(&rows, &lab);
    // What curl and nginx do not write in these words.
    let codes: Vec<_> = rows.iter().map(|row| word(row, "status_code")).collect();
    for code in ["200", "204", "206", "301", "304", "404", "405"] {
        assert!(codes.iter().any(|found| found == code), "{code} in {codes:?}");
    }
    let log = format!("{}/log", lab.path(""));
    succeeds(&["log", &capture, "--out", &log, "--format", "json"]);
    let read = |name: &str| -> Vec<Value> {
        let text = lab.read(&format!("log/{name}.log"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(read("http"), rows);
    let services = read("conn").iter().filter(|row| row["service"] == "http").count();
    let connections = said.iter().filter(|said| said["num_connects"] == 1).count();
    assert_eq!(services, connections);
    assert!(!lab.folder().join("log/weird.log").exists(), "{}", lab.read("log/weird.log"));
}

#[test]
fn files_are_those_that_curl_saves_and_sends() {
    let Some(mut lab) = start("files") else { return };
    // Behind each the file whose sum it has, its direction, and the name that it goes by.
    let cases = [
        ("-o 1 /noise.bin", "1", false, "noise.bin"),
        ("-o 2 /page.shtml", "2", false, "page.shtml"),
        // What is packed on its way is unpacked, by curl too.
        ("-o 3 --compressed /text.txt", "text.txt", false, "text.txt"),
        ("-o 4 -r 5-99999 /noise.bin", "4", false, "noise.bin"),
        ("-o 5 /missing", "5", false, "missing"),
        ("-o 6 -T large.bin -X POST /post", "large.bin", true, "post"),
    ];
    let mut expected = Vec::new();
    for (arguments, file, is_orig, name) in cases {
        let line = arguments.replace(" /", &format!(" http://{SERVER}/"));
        let said = &curl(&lab, &line.split(' ').collect::<Vec<_>>())[0];
        let size = std::fs::metadata(lab.path(file)).unwrap().len();
        expected.push((lab.sha256(file), size, is_orig, name.to_owned(), word(said, "local_port")));
    }
    assert_eq!(lab.sha256("3"), lab.sha256("text.txt"));
    let capture = lab.captured();
    let out = lab.path("out");
    let mut found: Vec<_> = rows("files", &capture)
        .iter()
        .map(|row| {
            assert_eq!(
                (&row["missing_bytes"], &row["source"]),
                (&0.into(), &"HTTP".into()),
                "{row}"
            );
            let is_orig = row["is_orig"].as_bool().unwrap();
            let size = row["total_bytes"].as_u64().unwrap();
            (word(row, "sha256"), size, is_orig, word(row, "filename"), word(row, "id.orig_p"))
        })
        .collect();
    // The answer to the file that was sent is one more.
    let answer = (lab.sha256("6"), 10, false, "post".to_owned(), expected[5].4.clone());
    expected.push(answer);
    // It comes before the file has: files are in the order of their ends.
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    // And the bytes that are written are these.
    succeeds(&["files", &capture, "--out", &out]);
    for row in rows("files", &capture) {
        let name = word(&row, "fuid");
        assert_eq!(lab.sha256(&format!("out/{name}")), word(&row, "sha256"));
    }
}

#[test]
fn requests_sent_at_once_have_their_own_answers() {
    let Some(mut lab) = start("pipelined") else { return };
    let paths = ["index.html", "missing", "noise.bin", "text.txt", "page.shtml"];
    let request = |path: &&str| format!("GET /{path} HTTP/1.1\r\nHost: one\r\n\r\n");
    let mut requests = paths.iter().map(request).collect::<Vec<_>>().concat();
    requests.push_str("HEAD /noise.bin HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n");
    lab.write("requests", requests);
    let script = format!("exec 3<>/dev/tcp/{SERVER}/80; cat requests >&3; cat <&3");
    lab.ask("bash", &["-c", &script]);
    let capture = lab.captured();
    let rows = rows("http", &capture);
    check_log(&rows, &lab);
    let length = |name: &str| std::fs::metadata(lab.path(name)).unwrap().len().to_string();
    let lengths = rows.iter().map(|row| word(row, "response_body_len")).collect::<Vec<_>>();
    assert_eq!(
        [&lengths[0], &lengths[2], &lengths[3]],
        [&length("index.html"), &length("noise.bin"), &length("text.txt")]
    );
    assert_eq!(lengths[5], "0");
}
