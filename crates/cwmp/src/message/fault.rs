//! Faults (§3.5, A.5).

/// A SOAP fault that carries a CWMP fault (§3.5), read wherever its code is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// 0 if no code could be found.
    pub code: u32,
    pub text: String,
    /// `SetParameterValuesFault`: the parameters at fault.
    pub parameters: Vec<ParameterFault>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterFault {
    pub name: String,
    pub code: u32,
    pub text: String,
}
