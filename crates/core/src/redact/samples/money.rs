//! Tokens of payment, shops, planning and office, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, hex, lower, upper, uuid};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("stripe-key", format!("{}_live_{}", "sk", alnum(24))),
        ("stripe-key", format!("{}_live_{}", "rk", alnum(99))),
        ("stripe-key", format!("{}_test_{}", "sk", alnum(24))),
        ("stripe-webhook-secret", format!("{}ec_{}", "whs", alnum(32))),
        ("shopify-token", format!("{}at_{}", "shp", hex(32))),
        ("linear-api-key", format!("{}n_api_{}", "li", alnum(40))),
        ("notion-token", format!("{}n_{}", "nt", alnum(46))),
        ("figma-token", format!("{}d_{}", "fig", alnum(40))),
        ("square-token", format!("{}0csp-{}", "sq", alnum(43))),
        ("airtable-token", format!("{}t{}.{}", "pa", alnum(14), hex(64))),
        ("square-token", format!("{}AA{}", "EA", alnum(60))),
        ("braintree-token", format!("{}_token$production${}${}", "access", lower(16), hex(32))),
        ("plaid-token", format!("{}ss-sandbox-{}", "acce", uuid())),
        ("adyen-api-key", format!("{}Ehm{}", "AQ", alnum(100))),
        ("paddle-api-key", format!("{}l_live_apikey_{}_{}_{}", "pd", lower(26), alnum(22), alnum(3))),
        ("flutterwave-key", format!("{}ECK-{}-X", "FLWS", hex(32))),
        ("mollie-key", format!("{}ve_{}", "li", alnum(30))),
        ("easypost-key", format!("{}AK{}", "EZ", lower(54))),
        ("shippo-token", format!("{}po_live_{}", "ship", hex(40))),
        ("duffel-token", format!("{}el_live_{}", "duff", alnum(43))),
        ("polar-token", format!("{}r_oat_{}", "pola", alnum(40))),
        ("notion-token", format!("{}et_{}", "secr", alnum(43))),
        ("clickup-token", format!("{}k_{}_{}", "p", 12345678, upper(32))),
        ("asana-token", format!("{}/{}:{}", 1, "1201234567890123", hex(32))),
        ("hubspot-token", format!("{}t-na1-{}", "pa", uuid())),
        ("salesforce-token", format!("{}D{}!{}", "00", alnum(15), alnum(90))),
        ("contentful-token", format!("{}AT-{}", "CFP", alnum(43))),
        ("typeform-token", format!("{}p_{}", "tf", alnum(59))),
        ("dropbox-token", format!("{}l.{}", "s", alnum(140))),
        ("frameio-token", format!("{}o-u-{}", "fi", alnum(64))),
    ]
}
