//! What people try against a site: addresses that lead elsewhere, headers within values, text that becomes
//! markup, paths out of their folder, cookies and tokens that were not made here.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie, sign};
use crate::support::{Answer, Setup, Site, library};

fn site() -> Site {
    let config = json!({
        "title": "<zzz>title",
        "databases": {"hostile": {"queries": {
            "<zzz>q": {"sql": "select :p", "title": "<zzz>", "description": "<zzz>"},
            "leave": {"sql": "insert into plain (text) values (:t)", "write": true},
        }}},
        "settings": {"trace_debug": true},
    });
    let setup = Setup::new().database("hostile").config(&config).args(&["--root", "--secret", SECRET]);
    setup.write("mounted/file.txt", b"file");
    setup.write("secret.txt", b"hunter2");
    setup.write("templates/pages/about.html", b"about");
    let setup = setup.args(&["--static", "mounted:$D/mounted", "--template-dir", "$D/templates"]);
    setup.plugin("hello.so", &library::bytes("hello")).start()
}

fn root() -> String {
    cookie(&json!({"id": "root"}))
}

fn url(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn no_redirect_leads_to_another_site() {
    let site = site();
    let mut redirects = 0;
    for start in [
        "//evil.example",
        "///evil.example",
        "////evil.example/x",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "/%2Fevil.example",
        "/%2F%2Fevil.example",
        "/%5Cevil.example",
        "/%5C%5Cevil.example",
        "/~2F~2Fevil.example",
        "/%09/evil.example",
        "/%0D%0A/evil.example",
        "/.//evil.example",
        "/;//evil.example",
        "/@evil.example",
        "/http:evil.example",
        "/https://evil.example",
        "/javascript:alert(1)",
        "/:memory:",
        "/:memory://evil.example",
        "/:memory:/../evil.example",
        "/:memory:\\evil.example",
        "/:memory:@evil.example",
        "/-",
        "/-/",
        "/hostile",
        "/hostile/plain",
        "/hostile//evil.example",
        "/-//evil.example",
    ] {
        for end in [
            "",
            "/",
            "//",
            "/.",
            "/..",
            "/%2e%2e",
            "?",
            "?next=//evil.example",
            "/?_next=//evil.example&a=b",
            "?_filter_column=text&_filter_op=exact&_filter_value=//evil.example",
            "?_sort_by_desc=1&_sort=text",
            "?redirect=//evil.example&next=https://evil.example",
            "?token=x",
        ] {
            for host in ["", "x-forwarded-host: evil.example\r\nx-forwarded-proto: https\r\n"] {
                let target = format!("{start}{end}");
                let Ok(answer) = site.connect().try_request("GET", target.as_bytes(), host, b"") else {
                    continue;
                };
                assert!(answer.status < 500, "{target}: {}", answer.status);
                let Some(location) = answer.header("location") else { continue };
                redirects += 1;
                let rest =
                    location.strip_prefix('/').unwrap_or_else(|| panic!("{target} leads to {location}"));
                assert!(!rest.starts_with(['/', '\\']), "{target} leads to {location}");
                assert!(
                    location.bytes().all(|byte| byte.is_ascii_graphic()),
                    "{target} leads to {location:?}"
                );
            }
        }
    }
    assert!(redirects > 20, "{redirects}");
    // Forms that say where to go next are not asked.
    for target in [
        "/-/logout?next=//evil.example",
        "/-/messages?next=//evil.example",
        "/hostile/leave?_redirect=//evil.example",
    ] {
        let body = b"t=1&next=//evil.example&redirect=//evil.example&_redirect=//evil.example&message=x&message_type=INFO";
        let headers = format!("{}content-type: application/x-www-form-urlencoded\r\n", root());
        let answer = site.connect().request("POST", target, &headers, body);
        let location = answer.header("location").unwrap_or("/");
        assert!(location.starts_with('/') && !location.starts_with("//"), "{target} leads to {location}");
        assert!(!location.contains("evil"), "{target} leads to {location}");
    }
}

#[track_caller]
fn check_headers(answer: &Answer, target: &str) {
    assert!(answer.status < 500, "{target}: {}", answer.status);
    for (name, value) in &answer.headers {
        assert!(name != "x-zzz" && !value.starts_with("zzz="), "{target}: {name}: {value}");
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{target}: {name:?}");
        assert!(!value.contains(['\r', '\n', '\0']), "{target}: {name}: {value:?}");
    }
}

#[test]
fn values_write_no_headers() {
    let site = site();
    for break_ in ["%0d%0a", "%0a", "%0d", "%00", "%E5%98%8A%E5%98%8D", "\\r\\n", "~0D~0A"] {
        let evil = format!("{break_}set-cookie:%20zzz=1{break_}x-zzz:%201");
        for target in [
            format!("/{evil}/"),
            format!("/hostile/{evil}/"),
            format!("/hostile/plain/{evil}"),
            format!("/hostile/plain?_ttl={evil}"),
            format!("/hostile/plain.json?_ttl=5{evil}"),
            format!("/hostile/plain.csv?_dl={evil}"),
            format!("/hostile/plain.csv?_header={evil}"),
            format!("/hostile/plain.json?_size=1&_sort=text&x={evil}"),
            format!("/hostile/plain?_filter_column={evil}&_filter_op=exact&_filter_value={evil}"),
            format!("/hostile/-/query.csv?sql=select+1&_dl={evil}"),
            format!("/hostile/-/query?sql={evil}"),
            format!("/hostile/plain/1.blob?_blob_column={evil}"),
            format!("/:memory:/{evil}"),
            format!("/-/static/{evil}"),
            format!("/-/auth-token?token={evil}"),
            format!("/-/logout?x={evil}"),
        ] {
            let Ok(answer) = site.connect().try_request("GET", target.as_bytes(), "", b"") else { continue };
            check_headers(&answer, &target);
        }
        let origin =
            format!("origin: https://evil.example{break_}\r\ncookie: ds_messages={evil}; other={evil}\r\n");
        check_headers(&site.connect().request("GET", "/hostile/plain", &origin, b""), &origin);
    }
    // Names of tables and keys of rows become names of files.
    let tables = ["line~0Aset-cookie~3A~20zzz~3D1", "~3Czzz~3E~22~27~26"];
    for table in tables {
        for end in [
            ".csv?_dl=1",
            ".ndjson?_dl=1",
            ".json",
            "/1.blob?_blob_column=x",
            "/~3Czzz~3E~22~27.blob?_blob_column=blob",
            "/a~0Aset-cookie~3A~20zzz~3D1.blob?_blob_column=blob",
            "/a~0Aset-cookie~3A~20zzz~3D1",
            "/",
        ] {
            let target = format!("/hostile/{table}{end}");
            let answer = site.get(&target);
            check_headers(&answer, &target);
            if let Some(disposition) = answer.header("content-disposition") {
                let name = disposition.split_once("filename=").unwrap().1;
                assert!(name.matches('"').count() <= 2 && !name.contains('<'), "{target}: {disposition}");
            }
        }
    }
}

/// Markup that nobody wrote who may write it.
#[track_caller]
fn check_markup(answer: &Answer, target: &str) {
    assert!(answer.status < 500, "{target}: {}", answer.status);
    let kind = answer.header("content-type").unwrap_or_default().to_owned();
    let text = answer.text();
    if kind.starts_with("text/html") {
        let at = ["<zzz", "<svg/onload=zzz", "\"zzz=", "'zzz=", "href=\"javascript:", "</script><zzz"]
            .iter()
            .find_map(|bad| text.find(bad));
        if let Some(at) = at {
            let start = text[..at].char_indices().rev().nth(100).map_or(0, |(at, _)| at);
            panic!("{target}: {}", text[start..].chars().take(250).collect::<String>());
        }
    } else {
        // Bytes of somebody's choice are a download and nothing else; text is never taken for markup.
        let is_sniffed =
            kind.starts_with("application/binary") || kind.starts_with("application/octet-stream");
        assert!(!is_sniffed || answer.header("x-content-type-options") == Some("nosniff"), "{target} {kind}");
        let known = [
            "application/json",
            "text/plain",
            "text/csv",
            "application/binary",
            "application/octet-stream",
            "application/x-ndjson",
            "application/xml",
            "text/css",
        ];
        assert!(known.iter().any(|known| kind.starts_with(known)), "{target} is {kind}");
    }
}

#[test]
fn what_a_visitor_sends_is_text_and_no_markup() {
    let site = site();
    let payloads = [
        "\"><zzz>",
        "'zzz='",
        "\"zzz=\"1",
        "</script><zzz>",
        "<svg/onload=zzz>",
        "javascript:zzz",
        "{{zzz}}<zzz>",
    ];
    for payload in payloads {
        let evil = url(payload);
        for target in [
            format!("/{evil}"),
            format!("/hostile/{evil}"),
            format!("/hostile/{evil}.json"),
            format!("/hostile/plain/{evil}"),
            format!("/hostile/plain/1.{evil}"),
            format!("/-/{evil}"),
            format!("/-/static/{evil}"),
            format!("/hostile/plain?{evil}={evil}"),
            format!("/hostile/plain?text={evil}&id__{evil}=1"),
            format!("/hostile/plain?text__contains={evil}&text__in={evil}&text__arraycontains={evil}"),
            format!("/hostile/plain?_facet={evil}"),
            format!("/hostile/plain?_facet=text&_facet_size={evil}"),
            format!("/hostile/plain?_facet_array={evil}&_facet_date={evil}&_facet_zzz={evil}"),
            format!("/hostile/plain?_search={evil}"),
            format!("/hostile/plain?_search={evil}&_searchmode=raw"),
            format!("/hostile/plain?_search_text={evil}&_search_{evil}=1"),
            format!("/hostile/plain?_sort={evil}"),
            format!("/hostile/plain?_col={evil}"),
            format!("/hostile/plain?_nocol={evil}"),
            format!("/hostile/plain?_where={evil}"),
            format!("/hostile/plain?_through={evil}"),
            format!("/hostile/plain?_next={evil}"),
            format!("/hostile/plain?_size={evil}"),
            format!("/hostile/plain?_timelimit={evil}"),
            format!("/hostile/plain?_extra={evil}"),
            format!("/hostile/plain?_trace=1&x={evil}"),
            format!("/hostile/plain.json?_shape={evil}"),
            format!("/hostile/plain.json?_trace=1&x={evil}"),
            format!("/hostile/plain.csv?_trace=1&x={evil}"),
            format!("/hostile/plain.json?_extra={evil}"),
            format!("/hostile/plain/-/fragment?_row={evil}"),
            format!("/hostile/-/query?sql={evil}"),
            format!("/hostile/-/query?sql=select+'{evil}'+as+zz,+:p+as+{evil}&p={evil}"),
            format!("/hostile/-/query?sql=select+:p&p={evil}&_hide_sql={evil}"),
            format!("/hostile/-/query.json?sql={evil}"),
            format!("/hostile/-/query/parameters?sql={evil}"),
            format!("/hostile/~3Czzz~3Eq?p={evil}"),
            format!("/hostile/leave?t={evil}"),
            format!("/hostile/-/queries?q={evil}&_search={evil}"),
            format!("/-/queries?q={evil}"),
            format!("/hostile/-/queries/store?sql={evil}"),
            format!("/hostile/-/execute-write?sql={evil}"),
            format!("/-/allow-debug?actor={evil}&allow={evil}"),
            format!("/-/allow-debug?actor=%7B%22id%22:%22{evil}%22%7D&allow=%7B%22id%22:%22{evil}%22%7D"),
            format!("/-/check?action={evil}&parent={evil}&child={evil}&actor={evil}"),
            format!("/-/allowed?action={evil}&parent={evil}&_size={evil}"),
            format!("/-/rules?action={evil}&parent={evil}"),
            format!("/-/permissions?filter={evil}"),
            format!("/-/debug/autocomplete?database={evil}&table={evil}"),
            format!("/-/jump?q={evil}"),
            format!("/-/create-token?{evil}={evil}"),
            format!("/-/messages?message={evil}"),
            format!("/-/auth-token?token={evil}"),
            format!("/-/api?{evil}={evil}"),
            format!("/-/schema?{evil}"),
            format!("/-/hello?name={evil}"),
            format!("/?_sort={evil}"),
        ] {
            for headers in ["", &root()] {
                check_markup(&site.connect().request("GET", &target, headers, b""), &target);
            }
        }
    }
}

#[test]
fn names_and_values_of_a_database_are_text_and_no_markup() {
    let site = site();
    let table = "~3Czzz~3E~22~27~26";
    for target in [
        "/",
        "/hostile",
        "/hostile?_show_hidden=1",
        "/hostile/-/schema",
        "/-/schema",
        "/hostile/plain",
        "/hostile/plain?_facet=text",
        "/hostile/plain?_facet=link&_search=zzz",
        "/hostile/plain/1",
        "/hostile/plain/2",
        "/hostile/~3Czzz~3Eview",
        "/-/api",
        "/hostile/-/query?sql=select+*+from+plain",
        "/hostile/~3Czzz~3Eq",
        "/hostile/-/queries",
        "/-/plugins",
        "/-/config",
        "/-/databases",
        "/hostile/plain/-/fragment",
        "/-/debug/autocomplete",
        "/-/patterns",
        "/-/actions",
        "/-/allowed?action=view-table",
        "/-/rules?action=view-table",
        "/-/check?action=view-table",
    ] {
        check_markup(&site.connect().request("GET", target, &root(), b""), target);
    }
    for end in [
        "",
        "/-/schema",
        "?_facet=id",
        "?_facet=%3Czzz+c%3D%221%22%3E",
        "/~3Czzz~3E~22~27",
        "/-/fragment",
        ".json",
        ".csv",
    ] {
        let target = format!("/hostile/{table}{end}");
        let answer = site.connect().request("GET", &target, &root(), b"");
        assert_eq!(answer.status, 200, "{target}");
        check_markup(&answer, &target);
    }
}

#[test]
fn no_path_leads_out_of_a_folder() {
    let site = site();
    assert_eq!(site.get("/mounted/file.txt").text(), "file");
    assert_eq!(site.get("/about").status, 200);
    for folder in [
        "/mounted/",
        "/-/static/",
        "/-/static-plugins/hello/",
        "/-/static-plugins/../",
        "/",
        "/hostile/",
        "/about/",
    ] {
        for up in [
            "../",
            "..%2f",
            "%2e%2e/",
            "%2e%2e%2f",
            "..%5c",
            "..\\",
            "%2e%2e%5c",
            "....//",
            "..;/",
            "..%00/",
            "%252e%252e%252f",
            "..%c0%af",
            "%c0%ae%c0%ae/",
            "~2E~2E/",
            "~2E~2E~2F",
            "./../",
            "x/../../",
            "//..//",
        ] {
            for file in [
                "secret.txt",
                "datasette.json",
                "hostile.db",
                "templates/pages/about.html",
                "etc/passwd",
                "server/Cargo.toml",
            ] {
                for times in [1, 2, 6] {
                    let target = format!("{folder}{}{file}", up.repeat(times));
                    let Ok(answer) = site.connect().try_request("GET", target.as_bytes(), "", b"") else {
                        continue;
                    };
                    let text = answer.text();
                    assert!(answer.status < 500, "{target}: {}", answer.status);
                    for inside in ["hunter2", "root:x:", "SQLite format", "[package]", "\"databases\""] {
                        assert!(!text.contains(inside), "{target}");
                    }
                }
            }
        }
        for absolute in
            ["/etc/passwd", "//etc/passwd", "file:///etc/passwd", "%2fetc%2fpasswd", "C:\\windows\\win.ini"]
        {
            let target = format!("{folder}{absolute}");
            let Ok(answer) = site.connect().try_request("GET", target.as_bytes(), "", b"") else { continue };
            assert!(answer.status < 500 && !answer.text().contains("root:x:"), "{target}");
        }
    }
}

/// `.compressed` of something that is small only there.
fn bomb(namespace: &str) -> String {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(format!("{{\"a\": \"{}\"}}", "0".repeat(30_000_000)).as_bytes()).unwrap();
    let payload = format!(".{}", URL_SAFE_NO_PAD.encode(zlib.finish().unwrap()));
    // Signed with the secret of the site, so that it is looked into.
    let signed = crate::support::sign::sign_payload(&payload, namespace);
    assert!(signed.len() > 1000);
    signed
}

/// What claims to be signed and is not, or is for something else.
fn forgeries(namespace: &str, value: &Value) -> Vec<Vec<u8>> {
    let good = sign(value, namespace);
    let (payload, signature) = good.split_once('.').unwrap();
    let other = if namespace == "actor" { "token" } else { "actor" };
    let text = |text: &str| text.as_bytes().to_vec();
    let mut all: Vec<Vec<u8>> = [
        "",
        ".",
        "..",
        "...",
        "x",
        "a.b",
        "null",
        "{}",
        "%00",
        "\"",
        "'",
        ";",
        "=",
        "-1",
        &good[1..],
        &good[..good.len() - 1],
        &format!("{good}A"),
        &format!(" {good}x"),
        &good.to_uppercase(),
        &format!("{payload}."),
        &format!(".{signature}"),
        payload,
        &format!("{payload}.{payload}.{signature}"),
        &format!("{payload}!.{signature}"),
        &format!(".{payload}.{signature}"),
        &format!("{payload}={}.{signature}", ""),
        &sign(value, other),
        &sign(value, if namespace == "messages" { "message" } else { "messages" }),
        &sign(value, ""),
        &sign(value, "signer"),
        &crate::support::sign::sign_payload("", namespace),
        &crate::support::sign::sign_payload("!!", namespace),
        &crate::support::sign::sign_payload("bm9qc29u", namespace),
        &crate::support::sign::sign_payload(".AAAA", namespace),
        &crate::support::sign::sign_payload("gICA", namespace),
        &crate::support::sign::sign_payload(&URL_SAFE_NO_PAD.encode("[".repeat(5000)), namespace),
        &sign(&json!([]), namespace),
        &sign(&json!("root"), namespace),
        &sign(&json!(null), namespace),
        &sign(&json!({"a": [1, 2]}), namespace),
        &sign(&json!({"b": {"id": "root"}}), namespace),
        &"x".repeat(7000),
        &format!("{}.{signature}", "A".repeat(7000)),
        &bomb(namespace)[..],
    ]
    .into_iter()
    .map(text)
    .collect();
    all.push(vec![0xff, 0xfe, 0x80, b'.', 0xc3]);
    all.push([payload.as_bytes(), b".\xff\xff"].concat());
    all
}

/// The answer to a request with a header of any bytes; `None` if the server does not even read it.
fn with_header(site: &Site, target: &str, name: &str, value: &[u8]) -> Option<Answer> {
    use std::io::Read as _;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    let mut bytes =
        format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{name}: ").into_bytes();
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(b"\r\n\r\n");
    stream.write_all(&bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

#[test]
fn a_cookie_that_was_not_made_here_says_nothing() {
    let site = site();
    let actor = json!({"a": {"id": "root"}});
    let good = with_header(
        &site,
        "/-/actor.json",
        "cookie",
        format!("ds_actor={}", sign(&actor, "actor")).as_bytes(),
    )
    .unwrap();
    assert_eq!(good.json()["actor"]["id"], "root");
    let old = sign(&json!({"a": {"id": "root"}, "e": "A"}), "actor").into_bytes();
    for forged in forgeries("actor", &actor).into_iter().chain([old]) {
        let value = [b"ds_actor=".as_slice(), &forged].concat();
        let shown = String::from_utf8_lossy(&forged).into_owned();
        let shown = &shown[..shown.len().min(80)];
        let answer = with_header(&site, "/-/actor.json", "cookie", &value).expect("an answer");
        if answer.status == 200 {
            assert!(!answer.text().contains("root"), "{shown}: {}", answer.text());
        } else {
            // Too long, or not even a header.
            assert!(matches!(answer.status, 400 | 431), "{shown}: {}", answer.status);
        }
    }
    for forged in forgeries("messages", &json!([["zzz", 1]])) {
        let value = [b"ds_messages=".as_slice(), &forged].concat();
        let answer = with_header(&site, "/hostile", "cookie", &value).expect("an answer");
        assert!(
            matches!(answer.status, 200 | 400 | 431) && !answer.text().contains("zzz</"),
            "{}",
            answer.status
        );
    }
    check_log(&site, &[&sign(&actor, "actor")]);
}

#[test]
fn a_token_that_was_not_made_here_ends_the_request() {
    let site = site();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let value = json!({"a": "root", "t": now});
    let ask = |token: &[u8]| {
        let value = [b"Bearer dstok_".as_slice(), token].concat();
        with_header(&site, "/-/actor.json", "authorization", &value).expect("an answer")
    };
    assert_eq!(ask(sign(&value, "token").as_bytes()).json()["actor"]["id"], "root");
    let mut all = forgeries("token", &value);
    for wrong in [
        json!({"a": "root", "t": 1_000_000, "d": 5}),
        json!({"a": "root", "t": now, "d": -5}),
        json!({"a": "root", "t": -1, "d": 1}),
        json!({"a": "root"}),
        json!({"a": "root", "t": "now"}),
        json!({"a": "root", "t": now, "d": "x"}),
        json!({"t": now, "a": "root", "d": {}}),
    ] {
        all.push(sign(&wrong, "token").into_bytes());
    }
    for forged in all {
        let shown = String::from_utf8_lossy(&forged).into_owned();
        let shown = &shown[..shown.len().min(80)];
        let answer = ask(&forged);
        assert!(matches!(answer.status, 401 | 400 | 431), "{shown}: {} {}", answer.status, answer.text());
        assert!(!answer.text().contains("root"), "{shown}: {}", answer.text());
    }
    check_log(&site, &[&sign(&value, "token")]);
}

/// No line of the log gives away what lets somebody in.
#[track_caller]
fn check_log(site: &Site, signed: &[&str]) {
    let log = site.log();
    let signatures = signed.iter().map(|signed| signed.split_once('.').unwrap().1);
    for secret in signatures.chain(signed.iter().copied()).chain([SECRET]) {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    assert!(!log.contains("panicked") && !log.contains("dstok_"), "{log}");
}

#[test]
fn an_allow_block_that_is_none_stops_the_start() {
    let check = |config: Value, path: &str, reason: &str| {
        let setup = Setup::new().database("hostile").config(&config);
        setup
            .run(&["--get", "/"])
            .assert_refused(1, &[&format!("Invalid configuration at {path}: "), reason]);
    };
    let wrong = "expected true, false or key: value pairs";
    let value = "expected a value";
    for (block, below, reason) in [
        (json!("root"), "", wrong),
        (json!([]), "", wrong),
        (json!(["root"]), "", wrong),
        (json!(2), "", wrong),
        (json!(1.5), "", wrong),
        (json!({"id": {"in": ["root"]}}), ".id", value),
        (json!({"id": ["root", ["ann"]]}), ".id[1]", value),
        (json!({"id": [{"x": 1}]}), ".id[0]", value),
    ] {
        for (config, path) in [
            (json!({"allow": block}), "allow"),
            (json!({"allow_sql": block}), "allow_sql"),
            (json!({"permissions": {"view-table": block}}), "permissions.view-table"),
            (json!({"databases": {"hostile": {"allow": block}}}), "databases.hostile.allow"),
            (json!({"databases": {"hostile": {"allow_sql": block}}}), "databases.hostile.allow_sql"),
            (
                json!({"databases": {"hostile": {"permissions": {"x": block}}}}),
                "databases.hostile.permissions.x",
            ),
            (
                json!({"databases": {"hostile": {"tables": {"t": {"allow": block}}}}}),
                "databases.hostile.tables.t.allow",
            ),
            (
                json!({"databases": {"hostile": {"tables": {"t": {"permissions": {"x": block}}}}}}),
                "databases.hostile.tables.t.permissions.x",
            ),
            (
                json!({"databases": {"hostile": {"tables": {"t": {"columns": {"c": {"allow": block}}}}}}}),
                "databases.hostile.tables.t.columns.c.allow",
            ),
            (
                json!({"databases": {"hostile": {"queries": {"q": {"sql": "select 1", "allow": block}}}}}),
                "databases.hostile.queries.q.allow",
            ),
        ] {
            check(config, &format!("{path}{below}"), reason);
        }
    }
    check(json!({"permissions": true}), "permissions", "expected key: value pairs");
    check(json!({"permissions": [1]}), "permissions", "expected key: value pairs");
}
