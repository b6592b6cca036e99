//! Several data models asked as one.

use crate::builtin::builtin;
use crate::table::{Entry, Table};
use std::sync::Arc;

/// What was imported, and behind it what the product knows by itself.
#[derive(Clone, Debug, Default)]
pub struct Models {
    imported: Vec<Arc<Table>>,
}

impl Models {
    /// Tables that come first are asked first.
    pub fn new(imported: Vec<Arc<Table>>) -> Self {
        Self { imported }
    }

    pub fn imported(&self) -> &[Arc<Table>] {
        &self.imported
    }

    /// Finds a parameter or an object, see [`Table::find`]. Of several tables that know a path, the first that says
    /// more than its name wins: an extension may mention what another model describes.
    ///
    /// Models of services are written without the object that holds them: `VoiceService.{i}.` is found as
    /// `Device.Services.VoiceService.1.` (TR-106 §2.2).
    pub fn find(&self, path: &str) -> Option<Entry<'_>> {
        let service =
            path.split_once('.').and_then(|(_, below)| below.strip_prefix("Services.")).filter(|s| !s.is_empty());
        let tables = self.imported.iter().map(Arc::as_ref).chain(builtin());
        let mut mentioned = None;
        for table in tables {
            let found = table.find(path).or_else(|| table.find(service?));
            match found {
                Some(entry) if entry.rules().is_some() || !entry.about().is_empty() => return Some(entry),
                Some(entry) => {
                    mentioned.get_or_insert(entry);
                }
                None => {}
            }
        }
        mentioned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;
    use model::tree::ValueType;

    fn models(xml: &str) -> Models {
        let files = [("x.xml".to_owned(), format!("<document>{xml}</document>").into_bytes())];
        Models::new(read(&files).unwrap().tables.into_iter().map(Arc::new).collect())
    }

    #[test]
    fn without_imports_the_builtin_table_answers() {
        let entry = Models::default();
        let entry = entry.find("Device.WiFi.Radio.1.Channel").unwrap();
        assert_eq!(entry.value_type(), Some(ValueType::UnsignedInt));
        assert!(!entry.about().is_empty());
    }

    #[test]
    fn an_extension_that_only_mentions_a_path_does_not_hide_it() {
        let models = models(
            r#"<model name="X_A:1.0" base="Device:2"><object base="Device.WiFi.Radio.{i}."><parameter name="X_A_Mood">
            <syntax><int/></syntax></parameter></object></model>"#,
        );
        assert_eq!(models.find("Device.WiFi.Radio.1.X_A_Mood").unwrap().value_type(), Some(ValueType::Int));
        assert!(models.find("Device.WiFi.Radio.1.Channel").is_some());
        assert!(!models.find("Device.WiFi.Radio.1.").unwrap().about().is_empty());
    }

    #[test]
    fn an_imported_model_goes_before_the_builtin_one() {
        let models = models(
            r#"<model name="Own:1.0"><object name="Device.WiFi.Radio.{i}."><parameter name="Channel" access="readOnly">
            <description>Mine.</description><syntax><int/></syntax></parameter></object></model>"#,
        );
        let entry = models.find("Device.WiFi.Radio.7.Channel").unwrap();
        assert_eq!((entry.about(), entry.writable()), ("Mine.", false));
    }

    #[test]
    fn services_are_found_below_any_root() {
        let models = models(
            r#"<model name="VoiceService:2.0" isService="true"><object name="VoiceService.{i}."><parameter name="Enable"
            access="readWrite"><syntax><boolean/></syntax></parameter></object></model>"#,
        );
        for root in ["Device", "InternetGatewayDevice"] {
            assert!(models.find(&format!("{root}.Services.VoiceService.2.Enable")).unwrap().writable());
        }
        assert!(models.find("Device.VoiceService.2.Enable").is_none());
        assert!(models.find("Device.Services.").is_none_or(crate::Entry::is_object));
    }
}
