use super::*;
use datamodel::read;
use model::Timestamp;

const XML: &str = r#"<document><model name="Test:1"><object name="Device.X_T.{i}." access="readWrite">
    <uniqueKey><parameter ref="Name"/></uniqueKey>
    <parameter name="Name" access="readWrite"><syntax><string><size maxLength="8"/></string></syntax></parameter>
    <parameter name="Word" access="readWrite"><syntax hidden="true"><string/></syntax></parameter>
    <parameter name="Level" access="readWrite"><description>How much.</description><syntax><unsignedInt><range minInclusive="1" maxInclusive="5"/></unsignedInt></syntax></parameter>
    <parameter name="Mode" access="readWrite"><syntax><string><enumeration value="Day"/><enumeration value="Night"/></string></syntax></parameter>
    <parameter name="Colour" access="readWrite"><syntax><string><enumerationRef targetParam="SupportedColours" nullValue="None"/></string></syntax></parameter>
    <parameter name="SupportedColours"><syntax><list/><string/></syntax></parameter>
    <parameter name="Plate" access="readWrite"><syntax><string><pattern value=""/><pattern value="[A-Z]{2}\d"/></string></syntax></parameter>
    <parameter name="Plates" access="readWrite"><syntax><list/><string><pattern value="[A-Z]"/></string></syntax></parameter>
    </object></model></document>"#;

fn install() {
    let import = read(&[("t.xml".into(), XML.into())]).unwrap();
    let tables = import.tables.into_iter().map(Arc::new).collect();
    *CURRENT.write().unwrap() = Arc::new(Models::new(tables));
}

fn tree(values: &[(&str, ValueType, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (name, value_type, value) in values {
        tree.set_value(&format!("Device.X_T.1.{name}"), *value_type, value, Timestamp(1));
    }
    tree
}

fn checked(name: &str, value: &str, tree: &Tree) -> Result<(), String> {
    check(&format!("Device.X_T.1.{name}"), value, tree)
}

#[test]
fn rule_330_numbers_that_are_reported_as_text_are_checked_as_numbers() {
    install();
    for tree in [tree(&[]), tree(&[("Level", ValueType::String, "2")]), tree(&[("Level", ValueType::Int, "2")])] {
        assert_eq!(checked("Level", "5", &tree), Ok(()));
        assert_eq!(checked("Level", "6", &tree).unwrap_err(), "A number from 1 to 5.");
    }
    assert!(
        checked("Level", "much", &tree(&[("Level", ValueType::String, "2")])).unwrap_err().contains("whole number")
    );
    assert_eq!(value_type("Device.X_T.7.Level"), Some(ValueType::UnsignedInt));
}

#[test]
fn rule_178_the_devices_own_type_wins_where_it_says_more_than_text() {
    install();
    let odd = tree(&[("Level", ValueType::Boolean, "1"), ("Mode", ValueType::UnsignedInt, "2")]);
    assert_eq!(checked("Level", "0", &odd), Ok(()));
    assert_eq!(checked("Mode", "3", &odd), Ok(()));
    let node = odd.get("Device.X_T.1.Mode").unwrap();
    let known = known("Device.X_T.1.Mode", node, &odd).unwrap();
    assert_eq!((known.rules.value_type, known.rules.choices.len()), (ValueType::UnsignedInt, 0));
}

#[test]
fn what_the_device_has_may_be_sent_again() {
    install();
    let tree = tree(&[("Mode", ValueType::String, "Dusk")]);
    assert_eq!(checked("Mode", "Dusk", &tree), Ok(()));
    assert_eq!(checked("Mode", "Dawn", &tree).unwrap_err(), "One of Day, Night.");
    assert_eq!(checked("Unheard", "of", &tree), Ok(()));
}

#[test]
fn choices_are_what_the_device_lists() {
    install();
    let none = tree(&[]);
    assert_eq!(checked("Colour", "red", &none), Ok(()));
    let some = tree(&[("SupportedColours", ValueType::String, "green, blue")]);
    assert_eq!(checked("Colour", "red", &some).unwrap_err(), "One of green, blue, None.");
    assert_eq!(checked("Colour", "None", &some), Ok(()));
    let known = known("Device.X_T.1.Colour", &Node::default(), &some).unwrap();
    assert_eq!(known.rules.settable().collect::<Vec<_>>(), ["green", "blue", "None"]);
    assert!(known.rules.choices_from.is_empty());
}

#[test]
fn patterns_are_checked_for_the_value_and_for_each_item() {
    install();
    let tree = tree(&[]);
    for good in ["", "AB1"] {
        assert_eq!(checked("Plate", good, &tree), Ok(()), "{good}");
    }
    assert_eq!(
        checked("Plate", "ab1", &tree).unwrap_err(),
        "It has to have the form of nothing at all or “[A-Z]{2}\\d”."
    );
    assert_eq!(checked("Plates", "A, B", &tree), Ok(()));
    assert!(checked("Plates", "A,bb", &tree).is_err());
}

#[test]
fn hidden_parameters_are_secrets_whatever_their_name() {
    install();
    assert!(is_secret("Device.X_T.4.Word") && !is_secret("Device.X_T.4.Name"));
    assert!(is_secret("Device.Other.Password"));
}

#[test]
fn a_new_row_is_described_by_its_table() {
    install();
    let fields = new_row("Device.X_T.", &Tree::default());
    let names: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.key)).collect();
    assert_eq!(names[0], ("Name", true));
    assert!(names.contains(&("Level", false)) && !names.iter().any(|(name, _)| *name == "SupportedColours"));
    assert_eq!(new_row("Device.X_T.1.", &Tree::default()), []);
}

#[test]
fn references_are_followed() {
    let from = |reference: &str| source("Device.A.1.B.2.C", reference).unwrap();
    assert_eq!(from("List"), "Device.A.1.B.2.List");
    assert_eq!(from("#.List"), "Device.A.1.List");
    assert_eq!(from("##.Sub.List"), "Device.Sub.List");
    assert_eq!(from(".Top.List"), "Device.Top.List");
    assert_eq!(from("Device.Top.List"), "Device.Top.List");
    assert_eq!(source("Device.A.1.B.2.C", "#####.List"), None);
}

#[tokio::test]
async fn models_are_loaded_and_broken_ones_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
    let store = Store::open(&store::StoreSettings { url, max_connections: 2 }).await.unwrap();
    store.migrate().await.unwrap();
    let before = store.data_models_version().await.unwrap();
    let table = read(&[("t.xml".into(), XML.into())]).unwrap().tables.remove(0);
    let record = store::DataModelRecord {
        name: "Test:1".into(),
        root: table.root(),
        content: table.encode().unwrap(),
        objects: table.objects(),
        parameters: table.parameters(),
        imported_at: Timestamp(1),
    };
    let broken = store::DataModelRecord { name: "Broken:1".into(), content: vec![9], ..record.clone() };
    store.put_data_models(&[record, broken]).await.unwrap();
    let mut seen = before.clone();
    look(&store, &mut seen).await;
    assert_ne!(seen, before);
    assert_eq!(current().imported().iter().map(|table| table.name().to_owned()).collect::<Vec<_>>(), ["Test:1"]);

    assert!(store.remove_data_model("Test:1").await.unwrap());
    look(&store, &mut seen).await;
    assert!(current().imported().is_empty());
    assert_eq!(seen, store.data_models_version().await.unwrap());
}
