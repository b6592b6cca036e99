//! What is encoded is decoded to the same message, whatever strings are in it.
#![allow(clippy::unwrap_used)]

mod strategies;

use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, CpeHeader, CpeMessage, CpeRequest, CpeResponse, Dialect, Event, EventCode,
    Fault, Inform, Limits, ParameterAttribute, ParameterFault, ParameterInfo, ParameterValue, SetParameterAttribute,
    TransferComplete, ValueType, decode_acs, decode_cpe, encode_to_acs, encode_to_cpe,
};
use model::device::Identity;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;
use strategies::{text, trimmed};

fn name() -> impl Strategy<Value = String> {
    trimmed().prop_map(|name| if name.is_empty() { "Device.A".to_owned() } else { name })
}

fn values() -> impl Strategy<Value = Vec<ParameterValue>> {
    let one = (name(), text(), 0..9u8).prop_map(|(name, value, kind)| ParameterValue {
        name,
        value,
        value_type: ValueType::from_index(kind).unwrap(),
        untyped: false,
    });
    vec(one, 0..40).prop_map(|mut list| {
        let mut names = HashSet::new();
        list.retain(|value| names.insert(value.name.clone()));
        list
    })
}

fn fault() -> impl Strategy<Value = Fault> {
    let parameter =
        (trimmed(), any::<u32>(), trimmed()).prop_map(|(name, code, text)| ParameterFault { name, code, text });
    (1..u32::MAX, trimmed(), vec(parameter, 0..4)).prop_map(|(code, text, parameters)| Fault { code, text, parameters })
}

fn inform() -> BoxedStrategy<Inform> {
    let identity =
        (trimmed(), trimmed(), trimmed(), trimmed()).prop_map(|(manufacturer, oui, product_class, serial)| Identity {
            manufacturer,
            oui: oui.to_ascii_uppercase(),
            product_class,
            serial,
        });
    let event = (text().prop_filter("blank events are dropped", |raw| !raw.trim().is_empty()), text())
        .prop_map(|(raw, command_key)| Event { code: EventCode::parse(&raw), raw, command_key });
    (identity, vec(event, 0..5), any::<u32>(), trimmed(), any::<u32>(), values())
        .prop_map(|(identity, events, max_envelopes, current_time, retry_count, parameters)| Inform {
            identity,
            events,
            max_envelopes,
            current_time,
            retry_count,
            parameters,
        })
        .boxed()
}

fn cpe_message() -> impl Strategy<Value = CpeMessage> {
    let request = prop_oneof![
        inform().prop_map(CpeRequest::Inform),
        Just(CpeRequest::GetRpcMethods),
        (text(), any::<u32>(), text(), trimmed(), trimmed()).prop_map(
            |(command_key, fault_code, fault_string, start_time, complete_time)| {
                CpeRequest::TransferComplete(TransferComplete {
                    command_key,
                    fault_code,
                    fault_string,
                    start_time,
                    complete_time,
                })
            }
        ),
        strategies::cpe_request(),
    ];
    let info = (name(), any::<bool>()).prop_map(|(name, writable)| ParameterInfo { name, writable });
    let attribute = (name(), any::<u8>(), vec(trimmed(), 0..3))
        .prop_map(|(name, notification, access_list)| ParameterAttribute { name, notification, access_list });
    let instance = prop_oneof![Just(None), (1..=u32::MAX).prop_map(Some)];
    let response = prop_oneof![
        vec(trimmed(), 0..5).prop_map(|methods| CpeResponse::GetRpcMethods { methods }),
        vec(info, 0..5).prop_map(|parameters| CpeResponse::GetParameterNames { parameters }),
        values().prop_map(|parameters| CpeResponse::GetParameterValues { parameters }),
        vec(attribute, 0..5).prop_map(|parameters| CpeResponse::GetParameterAttributes { parameters }),
        any::<u32>().prop_map(|status| CpeResponse::SetParameterValues { status }),
        (instance, any::<u32>()).prop_map(|(instance, status)| CpeResponse::AddObject { instance, status }),
        any::<u32>().prop_map(|status| CpeResponse::DeleteObject { status }),
        Just(CpeResponse::SetParameterAttributes),
        Just(CpeResponse::Reboot),
        Just(CpeResponse::FactoryReset),
        strategies::cpe_response(),
    ];
    prop_oneof![
        request.prop_map(CpeMessage::Request),
        response.prop_map(CpeMessage::Response),
        fault().prop_map(CpeMessage::Fault)
    ]
}

fn acs_message() -> impl Strategy<Value = AcsMessage> {
    let attribute = (trimmed(), prop::option::of(any::<u8>()), prop::option::of(vec(trimmed(), 0..3)))
        .prop_map(|(name, notification, access_list)| SetParameterAttribute { name, notification, access_list });
    let request = prop_oneof![
        Just(AcsRequest::GetRpcMethods),
        Just(AcsRequest::FactoryReset),
        (trimmed(), any::<bool>()).prop_map(|(path, next_level)| AcsRequest::GetParameterNames { path, next_level }),
        vec(trimmed(), 0..5).prop_map(|names| AcsRequest::GetParameterValues { names }),
        vec(trimmed(), 0..5).prop_map(|names| AcsRequest::GetParameterAttributes { names }),
        (values(), text()).prop_map(|(values, parameter_key)| AcsRequest::SetParameterValues { values, parameter_key }),
        vec(attribute, 0..5).prop_map(|attributes| AcsRequest::SetParameterAttributes { attributes }),
        (trimmed(), text()).prop_map(|(object, parameter_key)| AcsRequest::AddObject { object, parameter_key }),
        (trimmed(), text()).prop_map(|(object, parameter_key)| AcsRequest::DeleteObject { object, parameter_key }),
        text().prop_map(|command_key| AcsRequest::Reboot { command_key }),
        strategies::acs_request(),
    ];
    let response = prop_oneof![
        Just(AcsResponse::Inform),
        Just(AcsResponse::TransferComplete),
        vec(trimmed(), 0..5).prop_map(|methods| AcsResponse::GetRpcMethods { methods }),
        strategies::acs_response(),
    ];
    prop_oneof![
        request.prop_map(AcsMessage::Request),
        response.prop_map(AcsMessage::Response),
        fault().prop_map(AcsMessage::Fault)
    ]
}

fn dialect() -> impl Strategy<Value = Dialect> {
    (
        "[0-4]",
        prop::sample::select(vec!["s", "SOAP-ENV", "cwmp"]),
        prop::sample::select(vec!["e", "", "s"]),
        any::<bool>(),
    )
        .prop_map(|(minor, envelope, encoding, declaration)| Dialect {
            namespace: format!("urn:dslforum-org:cwmp-1-{minor}"),
            envelope_prefix: envelope.to_owned(),
            encoding_prefix: encoding.to_owned(),
            declaration,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn messages_of_a_cpe(message in cpe_message(), id in prop::option::of(text()), dialect in dialect()) {
        let header = CpeHeader { id: id.as_deref(), ..CpeHeader::default() };
        let bytes = encode_to_acs(&message, &header, &dialect);
        prop_assert!(bytes.iter().all(|byte| matches!(byte, 9 | 10 | 32..=126)));
        let read = decode_cpe(&bytes, None, &Limits::default()).unwrap();
        prop_assert_eq!(read.body, message);
        prop_assert_eq!(read.id, id);
        prop_assert_eq!(read.dialect.namespace, dialect.namespace);
    }

    #[test]
    fn messages_of_an_acs(message in acs_message(), id in prop::option::of(text()), dialect in dialect()) {
        let bytes = encode_to_cpe(&message, id.as_deref(), &dialect);
        prop_assert!(bytes.iter().all(|byte| matches!(byte, 9 | 10 | 32..=126)));
        let read = decode_acs(&bytes, None, &Limits::default()).unwrap();
        prop_assert_eq!(read.body, message);
        prop_assert_eq!(read.id, id);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..400), charset in prop::option::of("[a-z0-9-]{0,12}")) {
        let _ = decode_cpe(&bytes, charset.as_deref(), &Limits::default());
        let _ = decode_acs(&bytes, charset.as_deref(), &Limits::default());
    }

    #[test]
    fn mutated_envelopes_never_panic(
        message in cpe_message(),
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = encode_to_acs(&message, &CpeHeader { id: Some("1"), ..CpeHeader::default() }, &Dialect::default());
        for (at, byte, what) in edits {
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"<>&;/\"=!?"[usize::from(byte) % 9]),
                2 => drop(bytes.remove(at)),
                _ => {
                    let end = (at + usize::from(byte)).min(bytes.len());
                    bytes.extend_from_within(at..end);
                }
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = decode_cpe(&bytes, None, &Limits::default());
        let _ = decode_acs(&bytes, None, &Limits::default());
    }

    #[test]
    fn a_message_that_is_cut_off_is_never_taken_for_whole(message in cpe_message(), cut in any::<prop::sample::Index>()) {
        let bytes = encode_to_acs(&message, &CpeHeader::default(), &Dialect::default());
        let cut = cut.index(bytes.len());
        if let Ok(read) = decode_cpe(&bytes[..cut], None, &Limits::default()) {
            prop_assert_eq!(read.body, message);
            prop_assert!(read.warnings.contains(&cwmp::Warning::Mended));
        }
    }
}
