//! The tests that routers run, as they are asked for and as they are told.

use model::diagnostic::{
    CapacityTest, Capture, EchoService, Line, Lookup, Loopback, OtherTest, Ping, Selecting, SpeedDown, SpeedUp, Test,
    Trace, UdpEcho,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An argument of a test that has no form of its own.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Below the test's object.
    pub name: String,
    pub value: String,
}

macro_rules! tests {
    ($(
        $(#[$meta:meta])*
        $variant:ident = $inner:ident {
            $($(#[$needed_meta:meta])* $needed:ident: $needed_type:ty),* ;
            $($(#[$usual_meta:meta])* $usual:ident: $usual_type:ty),* $(,)?
        }
    )*) => {
        /// A test. What is left out is as usual.
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(tag = "test", rename_all = "snake_case", deny_unknown_fields)]
        #[schema(example = json!({"test": "ping", "host": "192.0.2.1", "count": 4}))]
        pub enum TestRequest {
            $(
                $(#[$meta])*
                $variant {
                    $($(#[$needed_meta])* $needed: $needed_type,)*
                    $(
                        $(#[$usual_meta])*
                        #[serde(default, skip_serializing_if = "Option::is_none")]
                        $usual: Option<$usual_type>,
                    )*
                },
            )*
            /// Which Wi-Fi networks the router hears.
            WifiNeighbours {},
            /// The router tests itself.
            SelfTest {},
            /// A test that has no form of its own.
            Other {
                /// The test's object, with its final dot.
                object: String,
                #[serde(default)]
                #[schema(max_items = 50)]
                arguments: Vec<Argument>,
            },
        }

        impl From<TestRequest> for Test {
            fn from(request: TestRequest) -> Self {
                match request {
                    $(TestRequest::$variant { $($needed,)* $($usual),* } => {
                        let default = $inner::default();
                        Self::$variant($inner { $($needed,)* $($usual: $usual.unwrap_or(default.$usual)),* })
                    })*
                    TestRequest::WifiNeighbours {} => Self::WifiNeighbours,
                    TestRequest::SelfTest {} => Self::SelfTest,
                    TestRequest::Other { object, arguments } => Self::Other(OtherTest {
                        object,
                        arguments: arguments.into_iter().map(|Argument { name, value }| (name, value)).collect(),
                    }),
                }
            }
        }

        impl From<Test> for TestRequest {
            fn from(test: Test) -> Self {
                match test {
                    $(Test::$variant($inner { $($needed,)* $($usual),* }) => {
                        Self::$variant { $($needed,)* $($usual: Some($usual)),* }
                    })*
                    Test::WifiNeighbours => Self::WifiNeighbours {},
                    Test::SelfTest => Self::SelfTest {},
                    Test::Other(OtherTest { object, arguments }) => Self::Other {
                        object,
                        arguments: arguments.into_iter().map(|(name, value)| Argument { name, value }).collect(),
                    },
                }
            }
        }
    };
}

tests! {
    /// Echo requests.
    Ping = Ping {
        /// A name or an address.
        host: String;
        count: u32,
        timeout_ms: u32,
        /// Bytes of each packet.
        size: u32,
        dscp: u8,
        /// The path of an interface; empty: the router chooses.
        interface: String,
    }
    /// The way to a host.
    Traceroute = Trace {
        host: String;
        tries: u32,
        timeout_ms: u32,
        size: u32,
        dscp: u8,
        max_hops: u32,
        interface: String,
    }
    /// Asks a name server.
    NameLookup = Lookup {
        name: String;
        /// Empty: the router's own.
        server: String,
        timeout_ms: u32,
        count: u32,
        interface: String,
    }
    /// Measures the speed towards the home.
    Download = SpeedDown {;
        /// Empty: the server's own test endpoint.
        url: String,
        interface: String,
    }
    /// Measures the speed from the home.
    Upload = SpeedUp {;
        /// Empty: the server's own test endpoint.
        url: String,
        bytes: u64,
        interface: String,
    }
    /// UDP packets that a server sends back.
    UdpEcho = UdpEcho {
        host: String;
        port: u16,
        count: u32,
        timeout_ms: u32,
        size: u32,
        interval_ms: u32,
        interface: String,
    }
    /// Which of some servers answers first.
    ServerSelection = Selecting {
        #[schema(min_items = 1, max_items = 10)]
        hosts: Vec<String>;
        udp: bool,
        count: u32,
        timeout_ms: u32,
        interface: String,
    }
    /// Tests the DSL line, which goes down meanwhile.
    DslLine = Line {;
        interface: String,
    }
    /// ATM loopback cells.
    AtmLoopback = Loopback {;
        count: u32,
        timeout_ms: u32,
        interface: String,
    }
    /// The capacity of the line at the IP layer.
    Capacity = CapacityTest {
        host: String;
        upstream: bool,
        interface: String,
    }
    /// Records packets and sends them to an address.
    PacketCapture = Capture {
        url: String;
        interface: String,
        seconds: u32,
        packets: u32,
        filter: String,
    }
    /// Switches the router's own UDP echo service on or off.
    EchoService = EchoService {;
        enable: bool,
        /// The only address that is answered.
        source: String,
        port: u16,
        plus: bool,
        interface: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_is_read_with_what_is_usual_and_written_whole() {
        let bodies = [
            (r#"{"test":"ping","host":"a"}"#, Test::Ping(Ping { host: "a".into(), ..Ping::default() })),
            (r#"{"test":"wifi_neighbours"}"#, Test::WifiNeighbours),
            (r#"{"test":"self_test"}"#, Test::SelfTest),
            (r#"{"test":"download"}"#, Test::Download(SpeedDown::default())),
            (r#"{"test":"dsl_line","interface":null}"#, Test::DslLine(Line::default())),
            (
                r#"{"test":"other","object":"Device.X.","arguments":[{"name":"A","value":"1"}]}"#,
                Test::Other(OtherTest { object: "Device.X.".into(), arguments: vec![("A".into(), "1".into())] }),
            ),
        ];
        for (body, test) in bodies {
            let request: TestRequest = serde_json::from_str(body).unwrap();
            assert_eq!(Test::from(request), test);
            let told = serde_json::to_string(&TestRequest::from(test.clone())).unwrap();
            assert_eq!(Test::from(serde_json::from_str::<TestRequest>(&told).unwrap()), test, "{told}");
        }
        for wrong in [
            r#"{"test":"ping"}"#,
            r#"{"test":"ping","host":"a","hots":"b"}"#,
            r#"{"test":"self_test","host":"a"}"#,
            r#"{"test":"ping","host":"a","count":-1}"#,
        ] {
            assert!(serde_json::from_str::<TestRequest>(wrong).is_err(), "{wrong}");
        }
    }
}
