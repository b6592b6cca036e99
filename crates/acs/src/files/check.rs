//! What may be said of a file, and which devices it is for.

use model::file::{FileInput, FileType, Fitting, Misfit};
use store::DeviceRecord;

/// Trims what an agent says of a file and checks it; the error is for people.
pub(crate) fn check_input(mut input: FileInput) -> Result<FileInput, String> {
    input.name = input.name.trim().to_owned();
    input.version = input.version.trim().to_owned();
    input.min_version = input.min_version.trim().to_owned();
    input.notes = input.notes.trim().to_owned();
    input.models = tidied(&input.models, str::eq_ignore_ascii_case);
    input.hardware = tidied(&input.hardware, str::eq_ignore_ascii_case);
    // Versions are compared as they are written.
    input.versions = tidied(&input.versions, |one, other| one == other);
    input.versions.retain(|version| *version != input.version);

    if !(1..=200).contains(&input.name.chars().count()) {
        return Err("The name of a file has 1 to 200 characters.".to_owned());
    }
    if matches!(input.name.as_str(), "." | "..") || input.name.contains(['/', '\\']) || input.name.chars().any(unfit) {
        return Err("The name of a file has no slashes and no invisible characters.".to_owned());
    }
    let long = |text: &String| text.chars().count() > 64 || text.chars().any(unfit);
    if [&input.version, &input.min_version].into_iter().chain(&input.versions).any(long) {
        return Err("A version has at most 64 characters, all of them visible.".to_owned());
    }
    if input.models.len() > 100 || input.models.iter().any(long) {
        return Err("A file is for at most 100 models of at most 64 characters each.".to_owned());
    }
    if input.versions.len() > 20 {
        return Err("An image has at most 20 other version strings.".to_owned());
    }
    if input.hardware.len() > 100 || input.hardware.iter().any(long) {
        return Err("A file is for at most 100 hardware revisions of at most 64 characters each.".to_owned());
    }
    let plain = input.versions.is_empty() && input.hardware.is_empty() && input.min_version.is_empty();
    if !plain && !input.file_type.is_firmware() {
        return Err("Only firmware has other version strings, hardware revisions and a version to follow.".to_owned());
    }
    if input.version.is_empty() && !input.versions.is_empty() {
        return Err("Say the version first, then the other texts that routers may report for it.".to_owned());
    }
    if input.notes.chars().count() > 4000 || input.notes.chars().any(|c| unfit(c) && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("Notes have at most 4,000 characters.".to_owned());
    }
    input.file_type.check()?;
    if input.file_type == FileType::Log {
        return Err("Logs come from routers; they cannot be loaded.".to_owned());
    }
    Ok(input)
}

/// A list as typed, without what is empty or there twice.
fn tidied(list: &[String], same: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut tidy: Vec<String> = Vec::new();
    for one in list.iter().map(|one| one.trim()) {
        if !one.is_empty() && !tidy.iter().any(|other| same(other, one)) {
            tidy.push(one.to_owned());
        }
    }
    tidy
}

/// Whether a device may load a file: by the model that it reports or its product class, by its hardware, and by the
/// version that it runs. The error is for people.
pub(crate) fn fits(input: &FileInput, device: &DeviceRecord) -> Result<(), String> {
    let fitting = Fitting {
        model: &device.model,
        product_class: &device.identity.product_class,
        hardware: &device.hardware_version,
        version: &device.software_version,
    };
    Err(match input.misfit(fitting) {
        None => return Ok(()),
        Some(Misfit::Model) => format!(
            "“{}” is for {}; this router is a {}. It was not loaded. Choose a file for this model.",
            input.name,
            listed(&input.models),
            if device.model.is_empty() { &device.identity.product_class } else { &device.model },
        ),
        Some(Misfit::Hardware) => format!(
            "“{}” is for hardware {}; {}. It was not loaded. Choose a file for this hardware.",
            input.name,
            listed(&input.hardware),
            said(device.hardware_version.trim(), "this router has", "this router has not said which it has"),
        ),
        Some(Misfit::TooOld) => format!(
            "“{}” can follow version {} or a newer one; {}. It was not loaded. Load a version between them first.",
            input.name,
            input.min_version,
            said(device.software_version.trim(), "this router runs", "this router has not said which it runs"),
        ),
    })
}

fn said(value: &str, words: &str, without: &str) -> String {
    if value.is_empty() { without.to_owned() } else { format!("{words} {value}") }
}

/// `A`, `A and B`, `A, B and 3 more`.
fn listed(models: &[String]) -> String {
    match models {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// Control characters, and those that turn the direction of writing or are not seen.
pub(super) fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str) -> FileInput {
        FileInput {
            name: name.to_owned(),
            file_type: FileType::Firmware,
            version: " 2.1 ".to_owned(),
            versions: [" 2.1", "v2.1", "V2.1 ", "", "v2.1"].map(str::to_owned).to_vec(),
            models: vec!["A".to_owned(), " a".to_owned(), String::new(), "B".to_owned()],
            hardware: vec![" r1".to_owned(), "R1".to_owned()],
            min_version: " 1.0 ".to_owned(),
            notes: "one\ntwo".to_owned(),
        }
    }

    #[test]
    fn what_people_type_is_tidied() {
        let tidy = check_input(input(" fw 2.1.bin ")).unwrap();
        assert_eq!((tidy.name.as_str(), tidy.version.as_str()), ("fw 2.1.bin", "2.1"));
        assert_eq!(tidy.models, ["A", "B"]);
        assert_eq!((tidy.versions, tidy.hardware), (vec!["v2.1".to_owned(), "V2.1".into()], vec!["r1".to_owned()]));
        assert_eq!(tidy.min_version, "1.0");
    }

    #[test]
    fn only_firmware_has_more_said_of_it() {
        let refused = |input: FileInput| check_input(input).unwrap_err();
        let of = |file_type| FileInput { file_type, ..input("a") };
        assert!(refused(of(FileType::Configuration)).contains("Only firmware"));
        assert!(check_input(of(FileType::StoredFirmware)).is_ok());
        assert!(refused(FileInput { version: String::new(), ..input("a") }).contains("Say the version first"));
        let many = |most: usize| (0..=most).map(|n| n.to_string()).collect::<Vec<_>>();
        for wrong in [
            FileInput { versions: many(20), ..input("a") },
            FileInput { versions: vec!["x".repeat(65)], ..input("a") },
            FileInput { hardware: many(100), ..input("a") },
            FileInput { hardware: vec!["a\u{202e}b".to_owned()], ..input("a") },
            FileInput { min_version: "x".repeat(65), ..input("a") },
        ] {
            assert!(check_input(wrong).is_err());
        }
    }

    #[test]
    fn f1_names_that_could_be_paths_are_refused() {
        for name in
            ["", " ", ".", "..", "../../etc/passwd", "/etc/passwd", "a\\b", "a\0b", "a\r\nb", "a\u{202e}gpj.exe"]
        {
            assert!(check_input(input(name)).is_err(), "{name:?}");
        }
        // Text, whatever it looks like: it becomes no path.
        assert_eq!(check_input(input("%2e%2e")).unwrap().name, "%2e%2e");
        assert!(check_input(input(&"x".repeat(201))).is_err());
    }

    #[test]
    fn rule_220_only_the_types_of_the_standard_are_taken() {
        let of = |file_type| check_input(FileInput::new("a", file_type)).is_ok();
        assert!(of(FileType::Vendor("X 00A1B2 Voice".to_owned())) && of(FileType::StoredFirmware));
        assert!(!of(FileType::Vendor("Firmware".to_owned())) && !of(FileType::Log));
    }
}
