//! Files: firmware images and what devices load, and what devices sent.

use crate::campaign::compare_versions;
use crate::locale::Locale;
use crate::{DeviceId, FileId, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a file is for a device (A.3.2.8 and A.4.1.5 `FileType`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "name", rename_all = "snake_case")]
pub enum FileType {
    /// `1 Firmware Upgrade Image`
    Firmware,
    /// `2 Web Content`
    WebContent,
    /// `3 Vendor Configuration File` when it is loaded, `1 Vendor Configuration File` when it was sent.
    Configuration,
    /// `4 Tone File`
    Tone,
    /// `5 Ringer File`
    Ringer,
    /// `6 Stored Firmware Image`
    StoredFirmware,
    /// `2 Vendor Log File`: only sent by devices.
    Log,
    /// `X <OUI or VENDOR> <identifier>`, whole.
    Vendor(String),
}

impl FileType {
    /// Whether it is an image that devices run.
    pub fn is_firmware(&self) -> bool {
        matches!(self, Self::Firmware | Self::StoredFirmware)
    }

    /// `FileType` of a Download; `None` if a device cannot load such a file.
    pub fn download(&self) -> Option<&str> {
        Some(match self {
            Self::Firmware => "1 Firmware Upgrade Image",
            Self::WebContent => "2 Web Content",
            Self::Configuration => "3 Vendor Configuration File",
            Self::Tone => "4 Tone File",
            Self::Ringer => "5 Ringer File",
            Self::StoredFirmware => "6 Stored Firmware Image",
            Self::Log => return None,
            Self::Vendor(name) => name,
        })
    }

    /// Whether it is one that the standard knows, or a vendor's own in the form that it asks for: `X`, the vendor (an
    /// OUI or a name) and an identifier, at most 64 characters. The error is for people.
    pub fn check(&self) -> Result<(), String> {
        let Self::Vendor(name) = self else { return Ok(()) };
        let mut words = name.splitn(3, ' ');
        let vendor = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        let identifier = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        let fits =
            words.next() == Some("X") && words.next().is_some_and(vendor) && words.next().is_some_and(identifier);
        if fits && name.chars().count() <= 64 {
            return Ok(());
        }
        Err("A maker's own type of file is written “X”, the maker and a name, such as “X 00A1B2 Voice”.".to_owned())
    }

    /// In plain words.
    pub fn label(&self) -> &str {
        match self {
            Self::Firmware => "Firmware",
            Self::WebContent => "Web content",
            Self::Configuration => "Configuration",
            Self::Tone => "Tone file",
            Self::Ringer => "Ringer file",
            Self::StoredFirmware => "Stored firmware",
            Self::Log => "Log",
            Self::Vendor(name) => name,
        }
    }
}

/// A file as tasks carry it: what is needed to order its transfer, as it was when the task was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileRef {
    pub id: FileId,
    /// The name it was uploaded with: text, never a path.
    pub name: String,
    pub file_type: FileType,
    /// Bytes.
    pub size: u64,
    /// 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Version of a firmware image as the device reports it; empty if not known.
    pub version: String,
    /// Other texts that a device may report as its version when it runs this image.
    #[serde(default)]
    pub versions: Vec<String>,
}

impl FileRef {
    /// Whether a device that reports this version runs the image. Never so if the image's version is not known.
    pub fn runs_as(&self, version: &str) -> bool {
        !self.version.is_empty() && (self.version == version || self.versions.iter().any(|other| other == version))
    }
}

/// A number of bytes in sentences that the server writes; see [`Locale::size`].
pub fn size_text(bytes: u64) -> String {
    Locale::default().size(bytes)
}

/// A file as the portal shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    pub file: FileRef,
    /// Models it is for, as `DeviceInfo.ModelName` or ProductClass; empty: any.
    pub models: Vec<String>,
    /// Hardware revisions that it fits, as `DeviceInfo.HardwareVersion`; empty: any.
    pub hardware: Vec<String>,
    /// The oldest version that a device may have before it; empty: any.
    pub min_version: String,
    pub notes: String,
    /// Name of the key that its signature was made with.
    pub signed_by: Option<String>,
    pub created_at: Timestamp,
    /// Name of the agent who uploaded it; `None` if a device sent it.
    pub by: Option<String>,
    /// The device that sent it.
    pub device: Option<DeviceId>,
}

/// What an agent says of a file that they upload, or changes later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInput {
    /// 1 to 200 characters.
    pub name: String,
    pub file_type: FileType,
    /// At most 64 characters.
    pub version: String,
    /// Of firmware alone: other texts that a device may report as its version when it runs this image.
    #[serde(default)]
    pub versions: Vec<String>,
    pub models: Vec<String>,
    /// Of firmware alone: hardware revisions that it fits; empty: any.
    #[serde(default)]
    pub hardware: Vec<String>,
    /// Of firmware alone: the oldest version that a device may have before it; empty: any.
    #[serde(default)]
    pub min_version: String,
    /// At most 4,000 characters.
    pub notes: String,
}

/// What a file is held against: a device as it describes itself.
#[derive(Clone, Copy, Debug)]
pub struct Fitting<'a> {
    pub model: &'a str,
    pub product_class: &'a str,
    pub hardware: &'a str,
    pub version: &'a str,
}

/// Why a file is not for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    Model,
    Hardware,
    /// The device has to have a newer version before it.
    TooOld,
}

impl FileInput {
    /// Why it is not for a device, if it is not.
    pub fn misfit(&self, device: Fitting<'_>) -> Option<Misfit> {
        let among = |list: &[String], own: &str| list.iter().any(|one| one.trim().eq_ignore_ascii_case(own.trim()));
        let of_model = among(&self.models, device.model) || among(&self.models, device.product_class);
        if !self.models.is_empty() && !of_model {
            return Some(Misfit::Model);
        }
        if !self.hardware.is_empty() && !among(&self.hardware, device.hardware) {
            return Some(Misfit::Hardware);
        }
        let older = compare_versions(device.version.trim(), &self.min_version) == Ordering::Less;
        (!self.min_version.is_empty() && older).then_some(Misfit::TooOld)
    }

    /// A file of which no more is said.
    pub fn new(name: impl Into<String>, file_type: FileType) -> Self {
        Self {
            name: name.into(),
            file_type,
            version: String::new(),
            versions: Vec::new(),
            models: Vec::new(),
            hardware: Vec::new(),
            min_version: String::new(),
            notes: String::new(),
        }
    }
}

/// When a device may load a file (`TimeWindowStruct`, A.4.1.8): seconds after the device gets the order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TransferWindow {
    pub start: u32,
    /// After `start`.
    pub end: u32,
    pub mode: WindowMode,
    /// Shown to the subscriber with [`WindowMode::ConfirmationNeeded`]; at most 256 characters.
    pub user_message: String,
    /// −1: the device decides.
    pub max_retries: i32,
}

/// `WindowMode` (A.4.1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowMode {
    AnyTime,
    Immediately,
    WhenIdle,
    ConfirmationNeeded,
}

impl WindowMode {
    /// As the standard spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnyTime => "1 At Any Time",
            Self::Immediately => "2 Immediately",
            Self::WhenIdle => "3 When Idle",
            Self::ConfirmationNeeded => "4 Confirmation Needed",
        }
    }
}

/// What a device is asked to send (A.4.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", content = "instance", rename_all = "snake_case")]
pub enum UploadKind {
    /// Its configuration; with a number that row of `DeviceInfo.VendorConfigFile`.
    Configuration(Option<u32>),
    /// Its log; with a number that row of `DeviceInfo.VendorLogFile`.
    Log(Option<u32>),
}

impl UploadKind {
    /// `FileType` of an Upload.
    pub fn file_type(self) -> String {
        match self {
            Self::Configuration(None) => "1 Vendor Configuration File".to_owned(),
            Self::Log(None) => "2 Vendor Log File".to_owned(),
            Self::Configuration(Some(row)) => format!("3 Vendor Configuration File {row}"),
            Self::Log(Some(row)) => format!("4 Vendor Log File {row}"),
        }
    }
}

/// One queued transfer of a device (A.4.1.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedTransferView {
    pub command_key: String,
    /// 1 not yet started, 2 in progress, 3 completed.
    pub state: u32,
    pub is_download: Option<bool>,
    pub file_type: String,
    pub file_size: u32,
    pub target_file_name: String,
}

/// One operation on a software module (ChangeDUState, A.4.1.10). Empty fields are left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum ModuleOperation {
    Install { url: String, uuid: String, username: String, password: String, execution_env_ref: String },
    Update { uuid: String, version: String, url: String, username: String, password: String },
    Uninstall { uuid: String, version: String, execution_env_ref: String },
}

/// What became of one operation on a software module (A.4.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleResult {
    pub uuid: String,
    pub version: String,
    /// `Installed`, `Uninstalled` or `Failed`.
    pub state: String,
    /// 0: no fault.
    pub fault_code: u32,
    pub fault: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_220_a_vendors_own_type_has_a_form() {
        let of = |name: &str| FileType::Vendor(name.to_owned()).check().is_ok();
        assert!(of("X 00A1B2 Voice") && of("X ACME-Net Voice prompts"));
        for wrong in
            ["", "X", "X ACME", "X  a", "X ACME ", "1 Firmware Upgrade Image", "Y ACME a", "X ÄCME a", "X A a\n"]
        {
            assert!(!of(wrong), "{wrong}");
        }
        assert!(!of(&format!("X ACME {}", "a".repeat(58))));
    }

    #[test]
    fn an_image_runs_as_any_of_its_versions() {
        let old = r#"{"id":1,"name":"a","file_type":{"type":"firmware"},"size":1,"sha256":"","version":"4.3.0"}"#;
        let mut file: FileRef = serde_json::from_str(old).unwrap();
        assert!(file.runs_as("4.3.0") && !file.runs_as("4.3.0-b7") && !file.runs_as(""));
        file.versions = vec!["4.3.0-b7".to_owned()];
        assert!(file.runs_as("4.3.0") && file.runs_as("4.3.0-b7") && !file.runs_as("4.3"));
        let unknown = FileRef { version: String::new(), versions: Vec::new(), ..file };
        assert!(!unknown.runs_as("") && !unknown.runs_as("4.3.0"));
    }

    #[test]
    fn sizes_are_written_short() {
        let cases = [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (31_457_280, "31.5 MB")];
        for (bytes, text) in cases {
            assert_eq!(size_text(bytes), text);
        }
        assert_eq!(size_text(u64::MAX), "18,446,744.1 TB");
    }

    #[test]
    fn rules_220_and_235_file_types_are_spelt_as_the_standard_does() {
        assert_eq!(FileType::Firmware.download(), Some("1 Firmware Upgrade Image"));
        assert_eq!(FileType::StoredFirmware.download(), Some("6 Stored Firmware Image"));
        assert_eq!(FileType::Log.download(), None);
        assert_eq!(UploadKind::Configuration(None).file_type(), "1 Vendor Configuration File");
        assert_eq!(UploadKind::Log(Some(2)).file_type(), "4 Vendor Log File 2");
    }
}
