//! The head of the HTTP answer to a connection request (TR-069 §3.2.2), read leniently: devices run the smallest HTTP
//! servers there are, with bare line feeds and folded headers.

/// What counts in the head of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// The values of all `WWW-Authenticate` headers, in their order, folded lines joined.
    pub challenges: Vec<String>,
    /// Bytes of the body, if a readable `Content-Length` says so.
    pub content_length: Option<usize>,
}

/// Where the body begins: after an empty line, with or without carriage returns. `None` if there is none yet.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut line_is_empty = false;
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if line_is_empty => return Some(i + 1),
            b'\n' => line_is_empty = true,
            b'\r' => {}
            _ => line_is_empty = false,
        }
    }
    None
}

impl Head {
    /// Reads a head; the caller bounds its length. `None` if it is not one of HTTP.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(head);
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            match lines.last_mut() {
                // A folded header goes on in the next line.
                Some(last) if line.starts_with([' ', '\t']) => {
                    last.push(' ');
                    last.push_str(line.trim());
                }
                _ => lines.push(line.to_owned()),
            }
        }
        let mut words = lines.first()?.split_ascii_whitespace();
        let status = words.next().filter(|word| word.starts_with("HTTP/")).and(words.next())?.parse().ok()?;
        let values = |wanted: &'static str| {
            lines.iter().filter_map(move |line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        Some(Self {
            status,
            challenges: values("www-authenticate").map(str::to_owned).collect(),
            content_length: values("content-length").find_map(|value| value.parse().ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirk_9_heads_of_tiny_servers() {
        let head = b"HTTP/1.0 401 Unauthorized\nWWW-Authenticate: Digest realm=\"a\",\n  nonce=\"b\"\ncontent-length : 4\n\nrest";
        let end = head_end(head).unwrap();
        assert_eq!(&head[end..], b"rest");
        let read = Head::parse(&head[..end]).unwrap();
        assert_eq!(read.status, 401);
        assert_eq!(read.challenges, ["Digest realm=\"a\", nonce=\"b\""]);
        assert_eq!(read.content_length, Some(4));
    }

    #[test]
    fn what_is_not_http_is_none() {
        for bad in ["SSH-2.0-dropbear\r\n\r\n", "", "\r\n", "HTTP/1.1", "HTTP/1.1 OK", "HTTP/1.1 99999 X", " HTTP"] {
            assert_eq!(Head::parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(head_end(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
