//! Faults in plain words: what happened, what did not change, what to do. The code comes last.

use serde::{Deserialize, Serialize};

/// A fault as the portal shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultView {
    /// CWMP fault code (TR-069 A.5), if a device gave one.
    pub code: Option<u32>,
    /// One sentence in plain words.
    pub message: String,
    /// The device's own words; hostile text.
    pub detail: String,
    /// The parameters at fault (SetParameterValues only).
    #[serde(default)]
    pub parameters: Vec<ParameterFault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterFault {
    pub path: String,
    pub code: u32,
    pub message: String,
    pub detail: String,
}

impl FaultView {
    /// A fault that a device answered with.
    pub fn from_device(code: u32, detail: impl Into<String>) -> Self {
        Self { code: Some(code), message: explain(code).to_owned(), detail: detail.into(), parameters: Vec::new() }
    }

    /// The code that says most: 9003 only says that values are bad; what all of them have in common says why.
    pub fn cause(&self) -> Option<u32> {
        match (self.code, self.parameters.as_slice()) {
            (Some(9003), [first, others @ ..]) if others.iter().all(|other| other.code == first.code) => {
                Some(first.code)
            }
            (code, _) => code,
        }
    }

    /// A failure without a CWMP code, such as a lost session.
    pub fn local(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into(), detail: String::new(), parameters: Vec::new() }
    }
}

/// What a CPE fault code (TR-069 A.5.1) means to a person.
pub fn explain(code: u32) -> &'static str {
    match code {
        9000 => "The router does not support this request.",
        9001 => "The router refused the request. Nothing was changed.",
        9002 => "The router had an internal error. Nothing was changed.",
        9003 => "The router did not accept the request. Nothing was changed.",
        9004 => "The router has not enough memory or space. Nothing was changed.",
        9005 => "The router does not know this setting.",
        9006 => "The value has the wrong type for this setting. Nothing was changed.",
        9007 => "The router refused the value. Nothing was changed.",
        9008 => "This setting cannot be changed.",
        9009 => "The router refused to report this setting.",
        9010 | 9017 => "The download stopped part-way.",
        9011 => "The upload failed.",
        9012 | 9015 | 9016 => "The router could not get the file.",
        9013 => "The router cannot use this kind of file address.",
        9014 => "The router could not join the multicast group.",
        9018 => "The file did not match its checksum.",
        9019 => "The file did not match its signature.",
        9020 => "The download did not finish inside its time windows.",
        9021 => "The transfer can no longer be cancelled.",
        9022..=9032 => "The router refused the software module.",
        9800..=9899 => "The router reported a fault of its maker's own.",
        _ => "The router reported a fault.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_standard_is_explained() {
        for code in 9000..=9032 {
            assert_ne!(explain(code), explain(1), "{code}");
        }
        assert_eq!(explain(9999), "The router reported a fault.");
    }

    #[test]
    fn what_all_bad_values_have_in_common_is_the_cause() {
        let with = |code: u32, values: &[u32]| {
            let parameter = |code: &u32| ParameterFault {
                path: "Device.X".into(),
                code: *code,
                message: String::new(),
                detail: String::new(),
            };
            let parameters = values.iter().map(parameter).collect();
            FaultView { parameters, ..FaultView::from_device(code, "no") }.cause()
        };
        assert_eq!(with(9003, &[]), Some(9003));
        assert_eq!(with(9003, &[9007, 9007]), Some(9007));
        assert_eq!(with(9003, &[9007, 9008]), Some(9003));
        assert_eq!(with(9001, &[9007]), Some(9001));
        assert_eq!(FaultView::local("no").cause(), None);
    }
}
