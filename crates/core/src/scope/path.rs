//! The key of a file in a project: the one name that a file has, however it was written.
//! It must not know a disk: a link is a name of its own.
//! Invariant: the key of a key is itself; case is kept.

/// The key of the file at `path` in a project: relative to the first of `roots` that it lies in, with `/` between names
/// and without `.`, `..` or empty ones; absolute where it lies in none of them. `.` is the project's own folder.
///
/// A project lies at the first root; the others are places where it lay, or has another working tree. A relative path
/// begins at the first; without roots it stays relative, and is no key (`None`) where it leads above its start.
pub fn file_key(path: &str, roots: &[&str]) -> Option<String> {
    let path = path.trim();
    if path.is_empty() || path.contains('\0') {
        return None;
    }
    // As programs write paths on Windows; elsewhere hardly a name has one.
    let path = if path.contains('/') { path.to_owned() } else { path.replace('\\', "/") };
    let is_absolute = path.starts_with('/');
    let whole = match roots.first() {
        Some(root) if !is_absolute => format!("{root}/{path}"),
        _ => path,
    };
    if !whole.starts_with('/') {
        let names = names(&whole)?;
        return Some(if names.is_empty() { ".".to_owned() } else { names.join("/") });
    }
    let names = names(&whole)?;
    for root in roots {
        if let Some(inside) = within(&names, root) {
            return Some(if inside.is_empty() { ".".to_owned() } else { inside.join("/") });
        }
    }
    Some(format!("/{}", names.join("/")))
}

/// What of a path lies below `root`.
fn within<'n, 'p>(path: &'n [&'p str], root: &str) -> Option<&'n [&'p str]> {
    // Everything lies below the root of all, and nothing is said by that.
    let root = names(root).filter(|root| !root.is_empty())?;
    let is_inside = path.len() >= root.len() && path.iter().zip(&root).all(|(name, above)| name == above);
    is_inside.then(|| &path[root.len()..])
}

/// The names of a path without detours; none where a relative one leads above its start.
fn names(path: &str) -> Option<Vec<&str>> {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.pop().is_none() && !path.starts_with('/') => return None,
            ".." => {}
            name => names.push(name),
        }
    }
    Some(names)
}
