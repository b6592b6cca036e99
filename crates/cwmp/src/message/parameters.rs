//! Parameters: values, names, attributes.

use super::ValueType;

/// `ParameterValueStruct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterValue {
    pub name: String,
    pub value: String,
    pub value_type: ValueType,
    /// The CPE told no type, or none that is known: `value_type` says nothing then. Never so in what is sent to a CPE.
    pub untyped: bool,
}

/// `ParameterInfoStruct`. An object's name ends in `.`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterInfo {
    pub name: String,
    pub writable: bool,
}

/// `ParameterAttributeStruct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterAttribute {
    pub name: String,
    /// 0 off, 1 passive, 2 active, 3–6 lightweight.
    pub notification: u8,
    pub access_list: Vec<String>,
}

/// `SetParameterAttributesStruct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetParameterAttribute {
    /// Full or partial path.
    pub name: String,
    /// `None`: `NotificationChange` is false.
    pub notification: Option<u8>,
    /// `None`: `AccessListChange` is false.
    pub access_list: Option<Vec<String>>,
}
