//! TR-069 (CWMP 1.0–1.4) on the wire, for both roles: the ACS and, for the simulator, the CPE.
//!
//! No I/O and no database. Bytes in, typed messages out, and back. The rules that are referred to as
//! "A.3.2.1" or "§3.5" are sections of TR-069 Issue 1 Amendment 6.

pub mod message;

pub use message::*;
