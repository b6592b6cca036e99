//! The inside of a vendor's method: passed through as it is, and never more than that.
#![allow(clippy::unwrap_used)]

mod strategies;
mod wire;

use cwmp::{
    AcsMessage, AcsRequest, CpeMessage, CpeResponse, DecodeError, Dialect, Limits, MAX_FRAGMENT, Warning,
    check_fragment, decode_acs, decode_cpe, encode_to_cpe,
};
use proptest::prelude::*;

#[test]
fn rule_266_what_is_well_formed_may_stand_inside_a_method() {
    for good in [
        "",
        "text",
        "<a/>",
        "<a b=\"1\" c='2'><x:d>&amp;&#65;&#x41;</x:d></a>tail",
        "<!-- note --><a><![CDATA[<not markup>]]></a>",
        "caf\u{e9}<a b=\"\u{1F600}\"/>",
    ] {
        assert_eq!(check_fragment(good), Ok(()), "{good}");
    }
    assert_eq!(check_fragment(&"a".repeat(MAX_FRAGMENT)), Ok(()));
}

#[test]
fn rule_266_what_could_break_out_of_a_method_is_refused() {
    for bad in [
        "<a>",
        "</a>",
        "<a></b>",
        "</cwmp:X_1_Y><cwmp:Reboot/><cwmp:X_1_Y>",
        "<a b=1/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a b=\"<\"/>",
        "<a b=\"&none;\"/>",
        "<a b=\"&amp\"/>",
        "&none;",
        "&",
        "a & b",
        "&#0;",
        "&#xFFFE;",
        "&#xD800;",
        "&#+65;",
        "\u{2}",
        "]]>",
        "<1/>",
        "<a:b:c/>",
        "<\u{fc}/>",
        "<?php ?>",
        "<?xml version=\"1.0\"?>",
        "<!-- a -- b -->",
        "<!-- open",
        "<![CDATA[ open",
        "<",
    ] {
        assert!(matches!(check_fragment(bad), Err(DecodeError::Malformed { .. })), "{bad}");
    }
    assert_eq!(check_fragment("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>"), Err(DecodeError::Doctype));
    assert_eq!(check_fragment(&"a".repeat(MAX_FRAGMENT + 1)), Err(DecodeError::TooLong("body")));
    assert_eq!(check_fragment(&"<a>".repeat(100)), Err(DecodeError::TooDeep));
}

fn vendor(body: &str) -> AcsMessage {
    AcsMessage::Request(AcsRequest::Vendor { method: "X_00D09E_Tilt".to_owned(), body: body.to_owned() })
}

#[test]
fn rule_266_a_body_goes_out_in_ascii_and_a_bad_one_as_text() {
    let sent = |body: &str| {
        let text = String::from_utf8(encode_to_cpe(&vendor(body), None, &Dialect::default())).unwrap();
        let inside = text.split_once("<cwmp:X_00D09E_Tilt>").unwrap().1;
        inside.split_once("</cwmp:X_00D09E_Tilt>").unwrap().0.to_owned()
    };
    assert_eq!(sent("<a b='\"\u{e9}'>\u{1F600}</a>\r\n"), "<a b=\"&quot;&#233;\">&#128512;</a>\n");
    // Found by fuzzing: text behind a CDATA section that ends in brackets.
    assert_eq!(sent("<a><![CDATA[b]]]]>></a>"), "<a>b]]&gt;</a>");
    assert_eq!(sent("<!-- left out --><![CDATA[<\u{e9}>]]>"), "&lt;&#233;&gt;");
    assert_eq!(sent("</cwmp:X_00D09E_Tilt><cwmp:Reboot/>"), "&lt;/cwmp:X_00D09E_Tilt&gt;&lt;cwmp:Reboot/&gt;");
}

#[test]
fn rule_266_an_answer_comes_back_as_it_was_written() {
    let answer = |inside: &str| {
        let body = format!("<cwmp:X_00D09E_TiltResponse>{inside}</cwmp:X_00D09E_TiltResponse>");
        decode_cpe(wire::envelope(&body).as_bytes(), None, &Limits::default())
    };
    for (inside, warnings) in [
        ("", vec![]),
        ("<Angle xsi:type=\"xsd:int\">5</Angle>\r\n<!-- a --><b/>", vec![]),
        ("<a>b & c</a>", vec![Warning::Mended]),
        ("<?a?>", vec![Warning::Mended]),
    ] {
        let read = answer(inside).unwrap();
        let body = inside.to_owned();
        let method = "X_00D09E_Tilt".to_owned();
        assert_eq!(read.body, CpeMessage::Response(CpeResponse::Unknown { method, body }));
        assert_eq!(read.warnings, warnings, "{inside}");
    }
    assert_eq!(answer(&"a".repeat(MAX_FRAGMENT + 1)), Err(DecodeError::TooLong("body")));
    assert!(matches!(answer("<a></b>"), Err(DecodeError::Malformed { .. })));
}

proptest! {
    /// What the check takes is read back by the decoder, and what it refuses is never markup.
    #[test]
    fn nothing_breaks_out(body in prop_oneof![any::<String>(), "[<>/a!\\[\\]\"'&;#= -]{0,30}", strategies::body()]) {
        let bytes = encode_to_cpe(&vendor(&body), None, &Dialect::default());
        prop_assert!(bytes.iter().all(|byte| matches!(byte, 9 | 10 | 32..=126)));
        let read = decode_acs(&bytes, None, &Limits::default()).unwrap();
        prop_assert!(read.warnings.is_empty());
        match read.body {
            AcsMessage::Request(AcsRequest::Vendor { method, body: inside }) => {
                prop_assert_eq!(method, "X_00D09E_Tilt");
                prop_assert!(check_fragment(&inside).is_ok());
                if check_fragment(&body).is_err() {
                    prop_assert!(!inside.contains('<'));
                }
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
