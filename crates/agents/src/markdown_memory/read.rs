//! Reading a memory file, as tolerantly as its meaning allows.
//!
//! It turns text into fields and warnings, and knows nothing of store, daemon, HTTP, clock or
//! environment.
//!
//! Invariant: any text gives a memory or an error that says what to do, never a panic; whatever was
//! not taken as it stands is in the warnings.

use super::fields::utc_millis;
use super::yaml::{Value, is_other_type, mapping};
use super::{AppliesTo, Field, MarkdownMemory, OWN, ReadError, ReadMemory, Warning, content_hash, js_trim};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Reads a memory file; `file_name` may be a path, of which the last part counts.
pub fn read(file_name: &str, text: &str) -> Result<ReadMemory, ReadError> {
    let (front, body) = split(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    // The front matter begins on the second line of the file.
    let mut front = Front { entries: mapping(&front, 2)?, warnings: Vec::new() };
    let body = js_trim(&body);
    if body.is_empty() {
        return Err(ReadError::EmptyBody);
    }
    let memory = MarkdownMemory {
        id: front.id(file_name)?,
        subject: front.text("subject")?.ok_or(ReadError::MissingKey { key: "subject" })?,
        keywords: front.keywords()?,
        applies_to: front.applies_to()?,
        occurred_at: front.occurred_at()?,
        content_hash: front.content_hash(body)?,
        kind: front.text("kind")?,
        project: front.text("project")?,
        session: front.text("session")?,
        agent: front.text("agent")?,
        own: front.own(),
        body: body.to_owned(),
        unknown: front.unknown(),
    };
    Ok(ReadMemory { memory, warnings: front.warnings })
}

/// The thought and the output of a thinking memory's body, or nothing if it has no such sections.
/// The first line `## Output` divides them, for headings are common in answers and rare in thoughts.
pub fn thought_parts(body: &str) -> Option<(&str, &str)> {
    let (first, rest) = js_trim(body).split_once('\n')?;
    if first.trim_end() != "## Thought" {
        return None;
    }
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        let end = start + line.len();
        if line.trim_end() == "## Output" {
            return Some((js_trim(&rest[..start]), js_trim(&rest[end..])));
        }
        start = end;
    }
    None
}

/// Takes front matter and body apart. A file whose first line ends in CRLF was converted as a whole
/// on its way, so its body goes back to the line feeds it was hashed with; a body that has CRLF in
/// a file of line feeds was written so.
fn split(text: &str) -> Result<(String, String), ReadError> {
    let is_fence = |line: &str| line.trim_end() == "---";
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if !is_fence(first) {
        return Err(ReadError::NoFrontMatter);
    }
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        let end = start + line.len();
        if is_fence(line) {
            let front = rest[..start].replace("\r\n", "\n");
            let body = &rest[end..];
            let converted = first.ends_with('\r');
            let body = if converted { body.replace("\r\n", "\n") } else { body.to_owned() };
            return Ok((front, body));
        }
        start = end;
    }
    Err(ReadError::UnterminatedFrontMatter)
}

/// What is left of the front matter while its keys are taken out one by one.
struct Front {
    entries: Vec<(String, Value)>,
    warnings: Vec<Warning>,
}

impl Front {
    /// Takes a key out; one without a value counts as absent.
    fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        let (_, value) = self.entries.remove(at);
        (!value.is_null()).then_some(value)
    }

    fn text(&mut self, key: &'static str) -> Result<Option<String>, ReadError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Scalar { text, .. }) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err(ReadError::WrongShape { key }),
        }
    }

    fn id(&mut self, file_name: &str) -> Result<Uuid, ReadError> {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let named = Uuid::try_parse(name.strip_suffix(".md").unwrap_or(name)).ok();
        let found = self.text("id")?.unwrap_or_default();
        let file_name = file_name.to_owned();
        match (Uuid::try_parse(&found).ok(), named) {
            (None, None) => Err(ReadError::NoId { file_name }),
            (None, Some(id)) => {
                self.warnings.push(Warning::IdFromFileName { found, id });
                Ok(id)
            }
            (Some(id), named) => {
                if named != Some(id) {
                    self.warnings.push(Warning::IdIsNotFileName { id, file_name });
                }
                Ok(id)
            }
        }
    }

    fn keywords(&mut self) -> Result<Vec<String>, ReadError> {
        let mut keywords = match self.take("keywords") {
            None => Vec::new(),
            Some(Value::List(items)) => items,
            Some(Value::Scalar { text, .. }) => {
                let items = text.split(',').map(|item| item.trim().to_owned()).collect();
                self.warnings.push(Warning::RepairedKeywords { found: text });
                items
            }
            Some(Value::Other) => return Err(ReadError::WrongShape { key: "keywords" }),
        };
        keywords.retain(|keyword| !keyword.is_empty());
        Ok(keywords)
    }

    fn applies_to(&mut self) -> Result<AppliesTo, ReadError> {
        let (found, is_list) = match self.take("applies_to") {
            None => (String::new(), false),
            Some(Value::Scalar { text, .. }) => (text, false),
            Some(Value::List(items)) => (items.join(", "), true),
            Some(Value::Other) => return Err(ReadError::WrongShape { key: "applies_to" }),
        };
        if found.is_empty() {
            self.warnings.push(Warning::MissingScope);
            return Ok(AppliesTo::Global);
        }
        let scope = AppliesTo::parse(&found);
        let read_as = scope.to_string();
        if is_list || read_as != found || matches!(scope, AppliesTo::Many(_)) {
            self.warnings.push(Warning::RepairedScope { found, read_as });
        }
        Ok(scope)
    }

    fn occurred_at(&mut self) -> Result<String, ReadError> {
        let found = match self.text("occurred_at")? {
            Some(found) => found,
            None => match self.entries.iter().find(|(name, _)| name == "created_at") {
                Some((_, Value::Scalar { text, .. })) => {
                    self.warnings.push(Warning::TimeFromCreatedAt);
                    text.clone()
                }
                _ => return Err(ReadError::MissingKey { key: "occurred_at" }),
            },
        };
        let Some(read_as) = utc_millis(&found) else {
            return Err(ReadError::BadTime { found });
        };
        if read_as != found {
            self.warnings.push(Warning::NormalisedTime { found, read_as: read_as.clone() });
        }
        Ok(read_as)
    }

    fn content_hash(&mut self, body: &str) -> Result<String, ReadError> {
        let computed = content_hash(body);
        let Some(stated) = self.text("content_hash")? else {
            self.warnings.push(Warning::MissingHash { computed: computed.clone() });
            return Ok(computed);
        };
        if stated != computed {
            self.warnings.push(Warning::HashMismatch { stated: stated.clone(), computed });
        }
        Ok(stated)
    }

    /// quipu's own keys.
    fn own(&mut self) -> BTreeMap<String, Field> {
        let mut found = BTreeMap::new();
        for key in OWN {
            let field = match self.take(key) {
                Some(Value::Scalar { text, .. }) => Field::Text(text),
                // An empty one says nothing.
                Some(Value::List(items)) if items.is_empty() => continue,
                Some(Value::List(items)) => Field::List(items),
                Some(Value::Other) => {
                    self.warnings.push(Warning::DroppedKey { key: key.to_owned() });
                    continue;
                }
                None => continue,
            };
            found.insert(key.to_owned(), field);
        }
        found
    }

    /// The scalar keys that are left when all known ones are taken out.
    fn unknown(&mut self) -> Vec<(String, String)> {
        let mut kept = Vec::new();
        for (key, value) in std::mem::take(&mut self.entries) {
            match value {
                Value::Scalar { text, plain } => {
                    if plain && is_other_type(&text) {
                        let found = text.clone();
                        self.warnings.push(Warning::RetypedKey { key: key.clone(), found });
                    }
                    kept.push((key, text));
                }
                _ => self.warnings.push(Warning::DroppedKey { key }),
            }
        }
        kept
    }
}
