//! Keys of payment, shops, planning and office services; each after its maker's own description.
//! Knows nothing of how a text is searched.

use super::row::Pattern;
use crate::redact::judge::mixed;

pub(super) static ROWS: &[Pattern] = &[
    word!("stripe-key", "(?:sk|rk)_(?:live|test)_", "[A-Za-z0-9]{16,}"),
    word!("stripe-webhook-secret", "whsec_", "[A-Za-z0-9+/=_-]{24,}"),
    token!("shopify-token", "shp(?:at|ca|pa|ss|tka)_", "[A-Fa-f0-9]{32}"),
    word!("square-token", "sq0[a-z]{3}-", "[A-Za-z0-9_-]{20,}"),
    word!("square-token", "EAAA", r"[A-Za-z0-9_-]{60}(?-u:\b)", mixed),
    token!("braintree-token", r"access_token\$", r"(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    word!("plaid-token", "access-", "(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27}"),
    word!("adyen-api-key", "AQE[a-z]", r"[A-Za-z0-9+/]{60,}(?:={0,2}-[A-Za-z0-9+/=]{20,})?", mixed),
    word!("paddle-api-key", "pdl_", "(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}"),
    word!("flutterwave-key", "FLWSECK", "(?:_TEST)?-[a-z0-9]{12,}(?:-X)?"),
    word!("mollie-key", "(?:live|test)_", r"[A-Za-z0-9]{30}(?-u:\b)", mixed),
    word!("easypost-key", "EZ[AT]K", "[A-Za-z0-9]{54}"),
    word!("shippo-token", "shippo_(?:live|test)_", "[a-f0-9]{40}"),
    word!("duffel-token", "duffel_(?:live|test)_", "[A-Za-z0-9_-]{40,}"),
    word!("polar-token", "polar_(?:oat|pat|rst|whs)_", "[A-Za-z0-9]{32,}"),
    // Planning and office: Linear, Notion, Figma, Airtable, ClickUp, Asana, HubSpot, Salesforce, Contentful, Typeform,
    // Dropbox, Frame.io.
    token!("linear-api-key", "lin_(?:api|oauth)_", "[A-Za-z0-9]{32,}"),
    word!("notion-token", "ntn_", "[A-Za-z0-9]{40,}"),
    word!("notion-token", "secret_", r"[A-Za-z0-9]{43}(?-u:\b)", mixed),
    word!("figma-token", "fig[duor]{1,2}_", "[A-Za-z0-9_-]{36,}", mixed),
    word!("airtable-token", r"pat[A-Za-z0-9]{14}\.", "[a-f0-9]{64}"),
    word!("clickup-token", "pk_[0-9]", r"[0-9]{5,12}_[A-Z0-9]{32}(?-u:\b)"),
    group!(
        "asana-token",
        "[012]/[0-9]",
        concat!(edge!(), r"([012]/[0-9]{14,20}(?:/[0-9]{14,20})?:[a-f0-9]{32})(?-u:\b)"),
        mixed
    ),
    word!("hubspot-token", "pat-(?:na|eu|ap)[0-9]-", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    word!("salesforce-token", "00D[A-Za-z0-9]", r"[A-Za-z0-9]{11,14}![A-Za-z0-9._]{70,}"),
    word!("contentful-token", "CFPAT-", "[A-Za-z0-9_-]{43}"),
    word!("typeform-token", "tfp_", r"[A-Za-z0-9_.=-]{40,}", mixed),
    word!("dropbox-token", r"sl\.", r"(?:u\.)?[A-Za-z0-9_-]{130,}"),
    word!("frameio-token", "fio-u-", "[A-Za-z0-9_=-]{60,}"),
];
