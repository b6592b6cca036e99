use super::*;
use crate::Models;
use model::knowledge::{ListRule, Range};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn import(files: &[(&str, &str)]) -> Result<Import> {
    let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    read(&files)
}

fn one(inside: &str) -> Import {
    let text = format!(
        "<?xml version=\"1.0\"?>\n<!-- a note -->\n<dm:document xmlns:dm=\"urn:broadband-forum-org:cwmp:datamodel-1-14\">{inside}</dm:document>"
    );
    import(&[("one.xml", &text)]).unwrap()
}

const GATE: &str = r#"
<dataType name="Handle"><string><size maxLength="64"/></string><description>A name for this {{object}}. More.</description></dataType>
<dataType name="ShortHandle" base="Handle"><size maxLength="8"/></dataType>
<dataType name="Pair"><list minItems="2" maxItems="2"/><unsignedInt/></dataType>
<template id="T">turned on</template>
<bibliography><reference id="x"><name>n</name></reference></bibliography>
<model name="Garden:1.2">
  <object name="Device." access="readOnly" minEntries="1" maxEntries="1">
    <description>The whole device.</description>
    <parameter name="GateNumberOfEntries" activeNotify="canDeny"><description>{{numentries}}</description><syntax><unsignedInt/></syntax></parameter>
    <parameter name="Version" access="readOnly" forcedInform="true" activeNotify="forceEnabled"><description>The version.</description>
      <syntax><string/></syntax></parameter>
  </object>
  <object name="Device.Gate.{i}." access="readWrite" minEntries="0" maxEntries="unbounded" numEntriesParameter="GateNumberOfEntries">
    <description>A gate of the garden.</description>
    <uniqueKey functional="false"><parameter ref="Alias"/></uniqueKey>
    <uniqueKey><parameter ref="Street"/><parameter ref="Number"/></uniqueKey>
    <parameter name="Enable" access="readWrite"><description>Whether it is {{template|T}}. Really.</description><syntax><boolean/><default type="object" value="false"/></syntax></parameter>
    <parameter name="Alias" access="readWrite"><description>{{datatype|expand}}</description><syntax><dataType ref="Handle"/></syntax></parameter>
    <parameter name="Sign" access="readWrite"><syntax><dataType ref="ShortHandle"/></syntax></parameter>
    <parameter name="Street" access="readWrite"><syntax><string/></syntax></parameter>
    <parameter name="Number" access="readWrite"><syntax><int><range minInclusive="1" maxInclusive="99"/><range minInclusive="-1" maxInclusive="-1"/></int></syntax></parameter>
    <parameter name="Width" access="readWrite"><syntax><unsignedInt><units value="centimetres"/></unsignedInt></syntax></parameter>
    <parameter name="State" access="readWrite"><description>{{enum}}

      How far it is open.</description><syntax><string><enumeration value="Open"/><enumeration value="Ajar" status="deleted"/><enumeration value="Broken" access="readOnly"/></string></syntax></parameter>
    <parameter name="Corner" access="readWrite"><syntax><dataType ref="Pair"/></syntax></parameter>
    <parameter name="Days" access="readWrite"><syntax><list maxItems="7"><size maxLength="30"/></list><string><enumeration value="Mon"/><enumeration value="Tue"/></string></syntax></parameter>
    <parameter name="Mode" access="readWrite"><syntax><string><enumerationRef targetParam="SupportedModes" nullValue="None"/></string></syntax></parameter>
    <parameter name="Key" access="readWrite"><syntax hidden="true"><string/></syntax></parameter>
    <parameter name="Reset" access="readWrite"><syntax hidden="true" command="true"><boolean/></syntax></parameter>
    <parameter name="Plate" access="readWrite"><syntax><string><pattern value=""/><pattern value="[A-Z]{2}&amp;\d+"/></string></syntax></parameter>
    <parameter name="Weight" access="readOnly"><syntax><decimal><range minInclusive="0.5" maxInclusive="2"/></decimal></syntax></parameter>
    <parameter name="Old" access="readWrite" status="deprecated"><syntax><base64/></syntax></parameter>
    <parameter name="Photo" access="readWrite"><syntax><hexBinary><size minLength="5" maxLength="5"/><size minLength="13" maxLength="13"/></hexBinary></syntax></parameter>
    <parameter name="Since"><syntax><dateTime/></syntax></parameter>
    <parameter name="Steps"><syntax><long/></syntax></parameter>
    <parameter name="Total"><syntax><unsignedLong/></syntax></parameter>
  </object>
  <object name="Device.Gate.{i}.Past." access="readOnly" status="obsoleted"><parameter name="X" access="readWrite"><syntax><int/></syntax></parameter></object>
  <profile name="Base:1"><object ref="Device.Gate.{i}."><parameter ref="Enable" requirement="readWrite"/></object></profile>
</model>"#;

#[test]
fn types_and_limits_are_read() {
    let import = one(GATE);
    assert_eq!(import.warnings, Vec::<String>::new());
    let [table] = import.tables.as_slice() else { panic!("one table") };
    assert_eq!((table.name(), table.root().as_str()), ("Garden:1.2", "Device."));
    let known = |name: &str| table.find(&format!("Device.Gate.1.{name}")).unwrap();
    let types = [
        ("Enable", ValueType::Boolean),
        ("Sign", ValueType::String),
        ("Number", ValueType::Int),
        ("Width", ValueType::UnsignedInt),
        ("Corner", ValueType::String),
        ("Weight", ValueType::String),
        ("Old", ValueType::Base64),
        ("Photo", ValueType::HexBinary),
        ("Since", ValueType::DateTime),
        ("Steps", ValueType::Long),
        ("Total", ValueType::UnsignedLong),
    ];
    for (name, value_type) in types {
        assert_eq!(known(name).value_type(), Some(value_type), "{name}");
    }
    let rules = |name: &str| known(name).rules().unwrap().clone();
    assert_eq!(rules("Alias").sizes, [Size { min: 0, max: Some(64) }]);
    assert_eq!(rules("Sign").sizes, [Size { min: 0, max: Some(8) }]);
    assert_eq!(rules("Number").ranges, [Range { min: Some(1), max: Some(99) }, Range { min: Some(-1), max: Some(-1) }]);
    assert_eq!((rules("Width").units.as_str(), rules("Enable").default.as_deref()), ("centimetres", Some("false")));
    assert_eq!(rules("State").settable().collect::<Vec<_>>(), ["Open"]);
    assert!(rules("State").choices.iter().any(|choice| choice.value == "Broken" && choice.read_only));
    let pair = ListRule { min_items: 2, max_items: Some(2), ..ListRule::default() };
    assert_eq!((rules("Corner").list, rules("Corner").value_type), (Some(pair), ValueType::UnsignedInt));
    assert_eq!(rules("Days").list, Some(ListRule { max_items: Some(7), max_length: Some(30), ..ListRule::default() }));
    assert_eq!(rules("Mode").choices_from, "SupportedModes");
    assert_eq!(rules("Plate").patterns, ["", "[A-Z]{2}&\\d+"]);
    assert_eq!(rules("Photo").sizes.len(), 2);
}

#[test]
fn access_secrecy_and_status_are_read() {
    let import = one(GATE);
    let table = &import.tables[0];
    let known = |path: &str| table.find(path).unwrap();
    assert!(known("Device.Gate.1.Enable").writable() && !known("Device.Gate.1.Since").writable());
    assert!(known("Device.Gate.").writable() && known("Device.Gate.3.").writable() && !known("Device.").writable());
    assert!(known("Device.Gate.1.Key").hidden() && !known("Device.Gate.1.Street").hidden());
    // What is written to it is no secret.
    assert!(!known("Device.Gate.1.Reset").hidden());
    assert_eq!(known("Device.Gate.1.Old").status(), Status::Deprecated);
    assert_eq!(known("Device.Gate.1.Past.X").status(), Status::Obsoleted);
    let version = known("Device.Version");
    assert!(version.forced_inform() && version.always_notified() && !version.can_deny_notification());
    assert!(known("Device.GateNumberOfEntries").can_deny_notification());
    let keys: Vec<_> = known("Device.Gate.").new_row().into_iter().filter(|field| field.key).map(|f| f.name).collect();
    assert_eq!(keys, ["Alias", "Number", "Street"]);
}

#[test]
fn rule_328_what_the_standard_advises_against_is_not_offered_for_a_new_row() {
    let import = one(GATE);
    let fields = import.tables[0].find("Device.Gate.").unwrap().new_row();
    assert!(fields.iter().any(|field| field.name == "Enable") && !fields.iter().any(|field| field.name == "Old"));
}

#[test]
fn descriptions_are_one_plain_sentence() {
    let import = one(GATE);
    let table = &import.tables[0];
    let about = |path: &str| table.find(path).unwrap().about().to_owned();
    assert_eq!(about("Device.Gate.1.Enable"), "Whether it is turned on.");
    assert_eq!(about("Device.Gate.1.Alias"), "A name for this Gate.");
    assert_eq!(about("Device.Gate.1.State"), "How far it is open.");
    assert_eq!(about("Device.GateNumberOfEntries"), "The number of rows of Gate.");
    assert_eq!(about("Device.Gate.1."), "A gate of the garden.");
}

#[test]
fn a_vendor_extends_a_model_that_is_given_too() {
    let base = "<document><model name=\"Garden:1\"><object name=\"Device.Gate.{i}.\"><description>A gate.</description>\
        <parameter name=\"Height\" access=\"readOnly\"><description>How high.</description><syntax><int/></syntax></parameter></object></model></document>";
    let vendor = "<document><import file=\"garden.xml\"><model name=\"G\" ref=\"Garden:1\"/></import>\
        <model name=\"X_ACME_Garden:1.0\" base=\"G\"><object base=\"Device.Gate.{i}.\">\
        <parameter base=\"Height\" access=\"readWrite\"/>\
        <parameter name=\"X_ACME_Colour\"><syntax><string/></syntax></parameter></object>\
        <object name=\"Device.X_ACME_Pond.\"><parameter name=\"Depth\"><syntax><int/></syntax></parameter></object></model></document>";
    let both = import(&[("vendor.xml", vendor), ("garden.xml", base)]).unwrap();
    assert_eq!(both.warnings, Vec::<String>::new());
    assert_eq!(both.tables.len(), 2);
    let extended = both.tables.iter().find(|table| table.name() == "X_ACME_Garden:1.0").unwrap();
    let height = extended.find("Device.Gate.1.Height").unwrap();
    assert!(height.writable());
    assert_eq!((height.about(), height.value_type()), ("How high.", Some(ValueType::Int)));
    assert!(extended.find("Device.X_ACME_Pond.Depth").is_some());

    let alone = import(&[("vendor.xml", vendor)]).unwrap();
    let [warning] = alone.warnings.as_slice() else { panic!("{:?}", alone.warnings) };
    assert!(warning.contains("extends G of garden.xml, which was not given"), "{warning}");
    assert!(alone.tables[0].find("Device.Gate.1.X_ACME_Colour").is_some());
    assert!(alone.tables[0].find("Device.Gate.1.Height").unwrap().value_type().is_none());
}

#[test]
fn components_are_put_where_they_are_used() {
    let import = one(r#"
        <import file="types.xml"><dataType name="IPAddress"/><dataType name="Strange"/></import>
        <component name="Diag"><object name="Ping."><parameter name="Host" access="readWrite"><syntax><dataType ref="IPAddress"/></syntax></parameter>
          <parameter name="Odd"><syntax><dataType ref="Strange"/></syntax></parameter></object></component>
        <component name="Outer"><component ref="Diag" path="Inner."/></component>
        <model name="M:1"><component ref="Diag" path="Device.IP."/><component ref="Outer" path="Device."/><component ref="Gone" path="Device."/></model>"#);
    let table = &import.tables[0];
    assert_eq!(table.find("Device.IP.Ping.Host").unwrap().rules().unwrap().sizes, [Size { min: 0, max: Some(45) }]);
    assert!(table.find("Device.Inner.Ping.Host").is_some());
    assert_eq!(import.warnings.len(), 2, "{:?}", import.warnings);
    assert!(import.warnings.iter().any(|w| w == "component Gone was not given and is left out"));
    assert!(import.warnings.iter().any(|w| w.starts_with("data type Strange of types.xml was not given")));
}

#[test]
fn what_refers_to_itself_ends() {
    let import = one(r#"
        <dataType name="A" base="B"/><dataType name="B" base="A"/>
        <component name="C"><component ref="C" path="X."/><object name="O."/></component>
        <model name="M:1"><component ref="C" path="Device."/><object name="Device."><parameter name="P"><syntax><dataType ref="A"/></syntax></parameter></object></model>"#);
    assert_eq!(import.tables[0].find("Device.P").unwrap().value_type(), Some(ValueType::String));
    assert_eq!(import.warnings.len(), 2, "{:?}", import.warnings);
    let circle =
        "<document><model name=\"A\" base=\"B\"><object name=\"D.\"/></model><model name=\"B\" base=\"A\"/></document>";
    assert!(super::tests::import(&[("c.xml", circle)]).is_err());
}

#[test]
fn files_that_are_no_data_models_are_told() {
    let error = |text: &str| import(&[("f.xml", text)]).unwrap_err().to_string();
    assert_eq!(error("<html><body/></html>"), "f.xml is not a data model: it begins with <html>, not with <document>");
    assert_eq!(
        error("<document><dataType name=\"A\"><string/></dataType></document>"),
        "there is no <model> in f.xml; give the file that has it, too"
    );
    assert_eq!(
        error("<document><model name=\"M\"/></document>"),
        "M describes no objects and no parameters that Lastmile could use"
    );
    assert_eq!(
        error("<document>\n<model>\n<object name=\"D.\">\n</model></document>"),
        "f.xml:4: this is not well-formed XML"
    );
    assert_eq!(error("<document><model name=\"M\">"), "f.xml:1: the file is cut off");
    assert_eq!(error(""), "f.xml:1: there is no XML in it");
    assert_eq!(import(&[]).unwrap_err().to_string(), "there is no <model> in ; give the file that has it, too");
    let utf16 = [("w.xml".to_owned(), b"\xff\xfe<\0d\0".to_vec())];
    assert_eq!(read(&utf16).unwrap_err().to_string(), "w.xml is not text in UTF-8");
}

#[test]
fn x1_x2_declarations_of_types_are_refused() {
    for doctype in [
        "<!DOCTYPE document [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>",
        "<!DOCTYPE document SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE document [<!ENTITY x SYSTEM \"http://192.0.2.1/x\">]>",
    ] {
        let text = format!(
            "<?xml version=\"1.0\"?>{doctype}<document><model name=\"M\"><object name=\"&b;.\"/></model></document>"
        );
        assert_eq!(import(&[("e.xml", &text)]).unwrap_err(), DataModelError::Doctype { file: "e.xml".into() });
    }
}

#[test]
fn x3_depth_counts_and_lengths_are_bounded() {
    let deep = format!("<document>{}", "<a>".repeat(100_000));
    assert!(import(&[("d.xml", &deep)]).unwrap_err().to_string().contains("nested too deeply"));
    let wide = " a=\"1\"".repeat(100_000);
    let wide = format!("<document><model{wide}/></document>");
    assert!(import(&[("w.xml", &wide)]).unwrap_err().to_string().contains("too many or too long attributes"));
    let long = format!("<document><model name=\"M\"><object name=\"{}.\"/></model></document>", "n".repeat(4_000));
    assert!(import(&[("l.xml", &long)]).is_err());
    let many = format!("<document>{}</document>", "<template id=\"a\">b</template>".repeat(30_000));
    assert!(matches!(import(&[("m.xml", &many)]), Err(DataModelError::TooMany { what: "definitions", .. })));
}

#[test]
fn components_that_use_each_other_do_not_grow_without_end() {
    let inner = "<component ref=\"C\" path=\"\"/>".repeat(20);
    let objects = ["<object name=\"O.\"/>", "<object name=\"P.\"/>"].concat();
    let text = format!(
        "<document><component name=\"C\">{inner}{objects}</component><model name=\"M\"><component ref=\"C\" path=\"D.\"/></model></document>"
    );
    let before = Instant::now();
    assert!(matches!(import(&[("g.xml", &text)]), Err(DataModelError::TooMany { .. })));
    assert!(before.elapsed() < Duration::from_mins(1));
}

/// Over the published models, where someone has them: `LASTMILE_TEST_DATA_MODELS` is a folder of XML files.
#[test]
fn published_models_are_read_whole() {
    let Some(folder) = std::env::var_os("LASTMILE_TEST_DATA_MODELS") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let size = bytes.len();
        let before = Instant::now();
        let import = read(&[(name.clone(), bytes)]).unwrap();
        let took = before.elapsed();
        for table in import.tables {
            let stored = table.encode().unwrap();
            eprintln!(
                "{name}: {} with {} objects and {} parameters, {size} bytes, stored in {}, {took:?}; {:?}",
                table.name(),
                table.objects(),
                table.parameters(),
                stored.len(),
                import.warnings
            );
            assert!(table.parameters() > 1000 && stored.len() < size / 8);
            assert!(took < Duration::from_secs(5), "{took:?}");
            let models = Models::new(vec![std::sync::Arc::new(Table::decode(&stored).unwrap())]);
            let root = table.root();
            for path in ["ManagementServer.PeriodicInformInterval", "DeviceInfo.UpTime", "ManagementServer.Password"] {
                let entry = models.find(&format!("{root}{path}")).unwrap();
                eprintln!("  {path}: {} [{}]", entry.about(), entry.rules().unwrap().words());
                assert!(entry.value_type().is_some());
            }
            assert!(models.find(&format!("{root}ManagementServer.Password")).unwrap().hidden());
        }
        assert!(import.warnings.is_empty(), "{:?}", import.warnings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn x8_any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = import(&[("any.xml", &text)]);
    }

    #[test]
    fn x8_any_arrangement_of_the_schemas_words_is_read_or_refused(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<model name=\"M\">", "</model>", "<object name=\"D.{i}.\">", "</object>", "<parameter name=\"P\">", "</parameter>",
                "<syntax>", "</syntax>", "<string>", "</string>", "<size maxLength=\"9\"/>", "<list/>", "<dataType ref=\"A\"/>",
                "<dataType name=\"A\" base=\"A\">", "</dataType>", "<description>", "</description>", "{{param|a}}", "{{", "}}", "&amp;", "&x;",
                "<![CDATA[x]]>", "<!-- c -->", "<enumeration value=\"e\"/>", "<component ref=\"C\"/>", "<component name=\"C\">", "</component>",
            ]),
            0..40,
        )
    ) {
        let _ = import(&[("words.xml", &format!("<document>{}</document>", pieces.concat()))]);
    }

    #[test]
    fn x8_damaged_models_are_read_or_refused(at in 0..GATE.len(), with in any::<u8>()) {
        let mut bytes = format!("<document>{GATE}</document>").into_bytes();
        bytes[at] = with;
        if let Ok(import) = read(&[("gate.xml".into(), bytes)]) {
            for table in import.tables {
                prop_assert_eq!(Table::decode(&table.encode().unwrap()).unwrap(), table);
            }
        }
    }
}
