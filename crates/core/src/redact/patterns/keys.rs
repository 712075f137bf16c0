//! Private keys, in the forms that files and strings hold them, and hashes of passwords.
//! Knows nothing of how a text is searched.

use super::row::{Find, Pattern};
use crate::redact::judge::{anything, mixed};

pub(super) static ROWS: &[Pattern] = &[
    // RFC 7468 and RFC 4880: textual encodings of keys.
    Pattern {
        label: "private-key",
        hint: "PRIVATE KEY",
        find: Find::Pem(r"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"),
    },
    // OpenVPN's manual, `--secret` and `--tls-auth`.
    Pattern {
        label: "private-key",
        hint: "OpenVPN (?:Static key|tls-crypt)",
        find: Find::Pem(r"-----(?:BEGIN|END) OpenVPN (?:Static key|tls-crypt)[A-Za-z0-9 -]{0,24}-----"),
    },
    // PuTTY's manual, appendix C.
    group!("private-key", "Private-Lines:", r"Private-Lines: [0-9]+((?:[\s]+[A-Za-z0-9+/]{16,}={0,2})+)", anything),
    // The beginnings of the PEM markers of RFC 7468 in base64, as kubeconfig files hold them.
    token!(
        "private-key",
        "LS0tLS1CRUdJTi(?:BSU0EgUFJJ|BFQyBQUklW|BQUklWQVRF|BPUEVOU1NI|BFTkNSWVBU|BEU0EgUFJJ)",
        "[A-Za-z0-9+/]{40,}={0,2}"
    ),
    // RFC 7517: the private member of a JSON Web Key.
    group!("jwk-private-key", r#"\\?"kty\\?""#, r#"\\?"d\\?"[ \t]*:[ \t]*\\?"([A-Za-z0-9_-]{40,})\\?""#, mixed),
    // age's README.
    token!("age-secret-key", "AGE-SECRET-KEY-", "[A-Z0-9-]{40,}"),
    // minisign's description of its secret key format.
    word!("minisign-secret-key", "RWRTY0Iy", "[A-Za-z0-9+/]{100,}={0,2}"),
    // BIP 32, serialisation of extended private keys.
    word!("wallet-key", "[xyzt]prv", "[1-9A-HJ-NP-Za-km-z]{100,112}(?-u:\\b)", mixed),
    // Nostr NIP-19.
    word!("nostr-secret-key", "nsec1", "[02-9ac-hj-np-z]{58}(?-u:\\b)"),
    // crypt(5), and the reference string of Argon2.
    group!("password-hash", r"\$2[abxy]\$", r"(\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53})", anything),
    group!(
        "password-hash",
        r"\$(?:apr1|1|5|6|y|7)\$",
        r"(\$(?:apr1|1|5|6|y|7)\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,32}\$(?:[./A-Za-z0-9]{1,86}\$)?[./A-Za-z0-9]{22,86})",
        anything
    ),
    group!(
        "password-hash",
        r"\$argon2",
        r"(\$argon2(?:id|i|d)\$v=[0-9]+\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,})",
        anything
    ),
    group!(
        "password-hash",
        "SCRAM-SHA-",
        r"(SCRAM-SHA-(?:1|256)\$[0-9]+:[A-Za-z0-9+/=]{8,}\$[A-Za-z0-9+/=]{20,}:[A-Za-z0-9+/=]{20,})",
        anything
    ),
];
