//! What may be said of a file, and which devices it is for.

use model::file::{FileInput, FileType};
use store::DeviceRecord;

/// Trims what an agent says of a file and checks it; the error is for people.
pub(crate) fn check_input(mut input: FileInput) -> Result<FileInput, String> {
    input.name = input.name.trim().to_owned();
    input.version = input.version.trim().to_owned();
    input.notes = input.notes.trim().to_owned();
    let mut models: Vec<String> = Vec::new();
    for model in &input.models {
        let model = model.trim();
        if !model.is_empty() && !models.iter().any(|other| other.eq_ignore_ascii_case(model)) {
            models.push(model.to_owned());
        }
    }
    input.models = models;

    if !(1..=200).contains(&input.name.chars().count()) {
        return Err("The name of a file has 1 to 200 characters.".to_owned());
    }
    if matches!(input.name.as_str(), "." | "..") || input.name.contains(['/', '\\']) || input.name.chars().any(unfit) {
        return Err("The name of a file has no slashes and no invisible characters.".to_owned());
    }
    if input.version.chars().count() > 64 || input.version.chars().any(unfit) {
        return Err("A version has at most 64 characters, all of them visible.".to_owned());
    }
    if input.models.len() > 100
        || input.models.iter().any(|model| model.chars().count() > 64 || model.chars().any(unfit))
    {
        return Err("A file is for at most 100 models of at most 64 characters each.".to_owned());
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

/// Whether a file is for a device: by the model that the device reports, or by its product class. The error is for
/// people.
pub(crate) fn fits(input: &FileInput, device: &DeviceRecord) -> Result<(), String> {
    let is = |model: &String| {
        let model = model.trim();
        [&device.model, &device.identity.product_class].iter().any(|own| own.trim().eq_ignore_ascii_case(model))
    };
    if input.models.is_empty() || input.models.iter().any(is) {
        return Ok(());
    }
    Err(format!(
        "“{}” is for {}; this router is a {}. It was not loaded. Choose a file for this model.",
        input.name,
        listed(&input.models),
        if device.model.is_empty() { &device.identity.product_class } else { &device.model },
    ))
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
            models: vec!["A".to_owned(), " a".to_owned(), String::new(), "B".to_owned()],
            notes: "one\ntwo".to_owned(),
        }
    }

    #[test]
    fn what_people_type_is_tidied() {
        let tidy = check_input(input(" fw 2.1.bin ")).unwrap();
        assert_eq!((tidy.name.as_str(), tidy.version.as_str()), ("fw 2.1.bin", "2.1"));
        assert_eq!(tidy.models, ["A", "B"]);
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
        let of = |file_type| check_input(FileInput { file_type, ..input("a") }).is_ok();
        assert!(of(FileType::Vendor("X 00A1B2 Voice".to_owned())) && of(FileType::StoredFirmware));
        assert!(!of(FileType::Vendor("Firmware".to_owned())) && !of(FileType::Log));
    }
}
