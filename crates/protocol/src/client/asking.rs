//! What stands behind the `?` of a path.
//! It must not know what is asked.
//! Invariant: whatever a value holds, it stays one value (RFC 3986, section 2).

/// `path` with these names and values behind its `?`; those without a value are left out.
pub fn asking(path: &str, values: &[(&str, Option<&str>)]) -> String {
    let mut out = path.to_owned();
    let mut between = '?';
    for (name, value) in values {
        let Some(value) = value else { continue };
        out.push(between);
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    out.push(char::from(byte))
                }
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
        between = '&';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::asking;

    #[test]
    fn a_value_stays_one_whatever_it_holds() {
        for (values, expect) in [
            (&[][..], "/p"),
            (&[("a", None), ("b", Some("1"))], "/p?b=1"),
            (&[("a", Some("x y&z=1?#%")), ("b", Some("/h/ö"))], "/p?a=x%20y%26z%3D1%3F%23%25&b=/h/%C3%B6"),
        ] {
            assert_eq!(asking("/p", values), expect);
        }
    }
}
