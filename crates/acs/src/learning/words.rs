//! What was learnt, in plain words.

use crate::session::Capabilities;

/// One sentence for each thing that is not as the standard has it. Names in them come from devices: hostile text.
pub(crate) fn sentences(learnt: &Capabilities) -> Vec<String> {
    let usual = Capabilities::default();
    let mut told = Vec::new();
    let mut tell = |when: bool, sentence: &str| {
        if when {
            told.push(sentence.to_owned());
        }
    };
    tell(!learnt.names_deep, "Names are asked for level by level: all at once was refused or broke the connection.");
    tell(
        !learnt.values_partial,
        "Values are asked for by the full names of parameters: whole groups were refused or broke the connection.",
    );
    tell(!learnt.empty_path, "It does not say what its root is: both known roots are tried.");
    tell(learnt.keeps_credentials, "It keeps its own credentials for connection requests: they cannot be set.");
    tell(learnt.keeps_login, "It keeps the shared login: one of its own cannot be set.");
    if learnt.batch != usual.batch {
        let refused = match learnt.too_many {
            0 => String::new(),
            many => format!("; {many} were too many"),
        };
        told.push(format!("At most {} values are asked for at once{refused}.", learnt.batch));
    }
    if !learnt.unsupported.is_empty() {
        told.push(format!("It does not take {}.", list(learnt.unsupported.iter())));
    }
    if !learnt.unreadable.is_empty() {
        let names = list(learnt.unreadable.iter().take(10));
        let more = match learnt.unreadable.len().saturating_sub(10) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        told.push(format!("It lists but does not read {names}{more}: skipped."));
    }
    if !learnt.kept.is_empty() {
        told.push(format!("It refused to have set {}.", list(learnt.kept.iter().take(10))));
    }
    for (method, times) in &learnt.breaks {
        let times = match times {
            1 => "once".to_owned(),
            many => format!("{many} times"),
        };
        told.push(format!("The connection broke off {times} during {method}."));
    }
    told
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_learnt_is_nothing_to_say() {
        assert!(sentences(&Capabilities::default()).is_empty());
    }

    #[test]
    fn each_thing_is_one_sentence() {
        let mut learnt = Capabilities {
            names_deep: false,
            values_partial: false,
            empty_path: false,
            keeps_credentials: true,
            keeps_login: true,
            kept: ["Device.Time.Enable".to_owned()].into(),
            ..Capabilities::default()
        };
        learnt.asked_too_much(100);
        learnt.refuses("GetOptions");
        learnt.broke("Reboot", false);
        for i in 0..12 {
            learnt.cannot_read(format!("Device.P{i:02}"));
        }
        let told = sentences(&learnt);
        assert_eq!(told.len(), 10, "{told:#?}");
        assert!(told.contains(&"At most 50 values are asked for at once; 100 were too many.".to_owned()));
        assert!(told.contains(&"It does not take GetOptions.".to_owned()));
        assert!(told.contains(&"The connection broke off once during Reboot.".to_owned()));
        assert!(told.iter().any(|sentence| sentence.contains("Device.P09 and 2 more")), "{told:#?}");
    }
}
