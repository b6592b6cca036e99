//! QR codes as one SVG path.

use model::person::Qr;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// Light modules around the code, as the standard wants them.
const QUIET: i32 = 4;

/// `None` if the text is too long for one code (some 2,000 characters).
pub(super) fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count() as i32;
            if run > 0 {
                write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET).expect("a String takes everything");
            }
            x += run.max(1);
        }
    }
    Some(Qr { size: (size + 2 * QUIET) as u32, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_border() {
        let code = qr("otpauth://totp/Lastmile:maria?secret=ABC").unwrap();
        assert!(code.size >= 21 + 8, "{}", code.size);
        let far = code.size - 4 - 7;
        for corner in ["M4 4h7v1h-7z".to_owned(), format!("M{far} 4h7v1h-7z"), format!("M4 {far}h7v1h-7z")] {
            assert!(code.path.contains(&corner), "{corner}");
        }
        assert_eq!(qr(&"x".repeat(5000)), None);
    }
}
