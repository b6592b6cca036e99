//! The command line: settings, migrations, people, subscribers, health.
#![allow(clippy::unwrap_used)]

mod common;

use common::{PASSWORD, Server, lastmile, run_with_input, text};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn the_settings_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let check = || lastmile(folder.path()).args(["config", "check"]).output().unwrap();
    assert!(check().status.success(), "sane without any file");

    fs::write(
        folder.path().join("lastmile.toml"),
        "[cwmp]\nlisten = \"7547\"\nmax_bdy = 1\n[cwmp.auth]\npassword = \"hunt3r\"\n",
    )
    .unwrap();
    let output = check();
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(
        lines,
        [
            "lastmile.toml:2: cwmp.listen = \"7547\" is not right; expected an address with a port, such as \"0.0.0.0:7547\"",
            "lastmile.toml:3: there is no setting \"cwmp.max_bdy\"; did you mean cwmp.max_body?",
            "lastmile.toml:5: cwmp.auth.password (value hidden) is not right; expected 8 to 256 characters",
            "3 errors in the settings; nothing was started or changed",
        ]
    );

    fs::write(folder.path().join("lastmile.toml"), "").unwrap();
    let output =
        lastmile(folder.path()).args(["config", "check"]).env("LASTMILE_CWMP__MAX_BODY", "lots").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("environment variable \"LASTMILE_CWMP__MAX_BODY\""));
    let output = lastmile(folder.path()).args(["--config", "elsewhere.toml", "config", "check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("elsewhere.toml: cannot be read"));
}

#[test]
fn the_documented_settings_are_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lastmile.example.toml");
    // Lines that are commented out are settings, too: they have to be taken as they stand.
    let all: String = fs::read_to_string(example)
        .unwrap()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = \"") && !setting.contains("...") => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(all.contains("\npublic_url = ") && all.contains("\nurl = "));
    fs::write(folder.path().join("all.toml"), all).unwrap();
    let output = lastmile(folder.path()).args(["config", "check", "--config", "all.toml"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn health_has_exit_codes() {
    let mut server = Server::start("");
    let portal = server.portal.to_string();
    let ask =
        |server: &Server| lastmile(server.folder.path()).args(["healthcheck", "--portal", &portal]).output().unwrap();
    let output = ask(&server);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "ready\n"));
    server.signal(Signal::TERM);
    server.wait(Duration::from_secs(20));
    let output = ask(&server);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no answer from"), "{}", text(&output.stderr));
    let output = lastmile(server.folder.path()).args(["healthcheck", "--portal", "nonsense"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn people_are_added_beside_a_running_server() {
    let server = Server::start("");
    let add = |name: &str, password: &str| {
        run_with_input(
            lastmile(server.folder.path()).args(["user", "add", name, "--name", "Olu Adeyemi", "--role", "read-only"]),
            password,
        )
    };
    let output = add("olu", &format!("{PASSWORD}\n"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "Olu Adeyemi can sign in as olu (read-only).\n");
    let form = common::http::form(&[("username", "olu"), ("password", PASSWORD), ("next", "/")]);
    assert!(common::http::post_form(server.portal, "/fn/sign_in", &form, "/sign-in", None).cookie().is_some());

    for (name, password, why) in
        [("olu", PASSWORD, "taken"), ("x", PASSWORD, "username"), ("short", "short", "12 characters")]
    {
        let output = add(name, &format!("{password}\n"));
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).to_lowercase().contains(why), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains(PASSWORD));
    }
}

#[test]
fn subscribers_come_from_a_spreadsheet() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    let import = || lastmile(folder.path()).args(["subscribers", "import"]).arg(&file).output().unwrap();
    fs::write(
        &file,
        "\u{feff}Account,Name,phone,device_serial\n4711,\"Bell, Maria\",+44 20 7946 0000,SER1\n4712,Öl Ünal,,\n",
    )
    .unwrap();
    let output = import();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "2 subscribers created, 0 changed, 0 as they were.\n");
    assert_eq!(text(&import().stdout), "0 subscribers created, 0 changed, 2 as they were.\n");

    fs::write(&file, "account,name\n4713,Good\n,Nobody\n4714,Also good\n4715\n").unwrap();
    let output = import();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "2 subscribers created, 0 changed, 0 as they were.\n");
    let errors = text(&output.stderr);
    assert!(errors.contains("people.csv:3: "), "{errors}");
    assert!(errors.contains("people.csv:5: "), "{errors}");

    fs::write(&file, "account;colour;name\n1;red;=1+1\n").unwrap();
    let tried = lastmile(folder.path()).args(["subscribers", "import", "--dry-run"]).arg(&file).output().unwrap();
    assert_eq!(text(&tried.stdout), "1 subscriber would be created, 0 changed, 0 as they were.\n");
    let output = import();
    assert!(text(&output.stderr).contains("the column \"colour\""), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "1 subscriber created, 0 changed, 0 as they were.\n");

    fs::write(&file, "colour\nred\n").unwrap();
    assert!(text(&import().stderr).contains("Say which column is the account"));
}

#[test]
fn data_models_are_imported_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| lastmile(folder.path()).arg("datamodel").args(args).output().unwrap();
    let output = run(&["list"]);
    assert!(text(&output.stdout).starts_with("No data model was imported."), "{}", text(&output.stderr));

    let base = r#"<dm:document xmlns:dm="urn:broadband-forum-org:cwmp:datamodel-1-8"><model name="Garden:1.0">
        <object name="Device.Gate.{i}." access="readWrite"><parameter name="Open" access="readWrite"><syntax><boolean/></syntax></parameter>
        </object></model></dm:document>"#;
    let vendor = r#"<dm:document xmlns:dm="urn:broadband-forum-org:cwmp:datamodel-1-8">
        <import file="garden.xml"><model name="Garden:1.0"/></import><model name="X_ACME_Garden:1.0" base="Garden:1.0">
        <object name="Device.X_ACME_Pond."><parameter name="Depth"><syntax><unsignedInt/></syntax></parameter></object></model></dm:document>"#;
    fs::write(folder.path().join("garden.xml"), base).unwrap();
    fs::write(folder.path().join("vendor.xml"), vendor).unwrap();

    let output = run(&["import", "vendor.xml"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr)
            .contains("warning: X_ACME_Garden:1.0 extends Garden:1.0 of garden.xml, which was not given")
    );
    for _ in 0..2 {
        let output = run(&["import", "vendor.xml", "garden.xml"]);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        assert!(said.contains("X_ACME_Garden:1.0: 4 objects, 2 parameters, "), "{said}");
        assert!(said.contains("Garden:1.0: 3 objects, 1 parameter, "), "{said}");
    }
    let listed = text(&run(&["list"]).stdout);
    assert_eq!(listed.lines().count(), 2, "a second import replaces: {listed}");

    for (file, content, why) in [
        ("dtd.xml", "<!DOCTYPE document [<!ENTITY x \"y\">]><document/>", "document type declaration"),
        ("page.xml", "<html/>", "is not a data model"),
        ("cut.xml", "<document><model>", "cut.xml:1: the file is cut off"),
    ] {
        fs::write(folder.path().join(file), content).unwrap();
        let output = run(&["import", "garden.xml", file]);
        assert_eq!(output.status.code(), Some(1));
        let errors = text(&output.stderr);
        assert!(errors.contains(why) && errors.contains("Nothing was changed"), "{errors}");
    }
    assert!(text(&run(&["import", "none.xml"]).stderr).contains("cannot read none.xml"));
    assert_eq!(text(&run(&["remove", "Garden:1.0"]).stdout), "Garden:1.0 is removed.\n");
    let output = run(&["remove", "Garden:1.0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no data model \"Garden:1.0\""));
    assert_eq!(text(&run(&["list"]).stdout).lines().count(), 1);
}

/// Over the published models, where someone has them: `LASTMILE_TEST_DATA_MODELS` is a folder of XML files.
#[test]
fn a_whole_published_model_is_imported_within_seconds() {
    let Some(models) = std::env::var_os("LASTMILE_TEST_DATA_MODELS") else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(models).unwrap() {
        let before = std::time::Instant::now();
        let output = lastmile(folder.path()).args(["datamodel", "import"]).arg(file.unwrap().path()).output().unwrap();
        let took = before.elapsed();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        eprintln!("{} in {took:?}", text(&output.stdout).trim());
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn files_with_secrets_are_private() {
    let server = Server::start("");
    for name in ["ready.json", "data/cpe-password"] {
        let mode = fs::metadata(server.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let password = fs::read_to_string(server.path("data/cpe-password")).unwrap();
    let server = server.restart();
    assert_eq!(fs::read_to_string(server.path("data/cpe-password")).unwrap(), password, "made once");
}

#[test]
fn a_taken_port_is_explained() {
    let server = Server::start("");
    let output = lastmile(server.folder.path())
        .args([
            "serve",
            "--portal",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
            "--files",
            "127.0.0.1:0",
            "--cwmp",
            &server.cwmp.to_string(),
        ])
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains(&format!("cannot listen on {} (cwmp.listen)", server.cwmp)), "{errors}");
}

#[test]
fn migrating_alone_makes_the_database() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output = lastmile(folder.path()).args(["migrate", "--data", "elsewhere"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert!(folder.path().join("elsewhere/lastmile.db").is_file());
    let output = lastmile(folder.path())
        .arg("migrate")
        .env("LASTMILE_DATABASE__URL", "postgres://me:canary@127.0.0.1:1/x")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output.stderr).contains("canary"), "{}", text(&output.stderr));
}
