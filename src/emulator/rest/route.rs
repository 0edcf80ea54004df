//! Which operation a method and a path mean.

use super::refusal::Refusal;
use super::uri;
use crate::emulator::message::Request;
use crate::emulator::vaults::Action;

/// The most characters of a name.
const NAME_LENGTH: usize = 127;

/// A legal name, in the case that the caller wrote.
pub struct Name(String);

impl Name {
    /// A path's segment as a name.
    ///
    /// # Errors
    ///
    /// It has other characters than letters, digits and hyphens, or too many.
    fn parse(text: &str) -> Result<Self, Refusal> {
        let is_legal = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_legal && text.len() <= NAME_LENGTH {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::invalid_name(text))
        }
    }

    /// As the caller wrote it.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Whether a request asks if the service is there, which needs neither a version nor a right.
pub fn is_health(request: &Request) -> bool {
    let segments = uri::segments(&request.path);
    method(request) == "GET" && matches!(&segments[..], [only] if is(only, "healthstatus"))
}

/// What a request asks for.
pub enum Operation {
    /// Make a version.
    Set(Name),
    /// Read a version, or the current one.
    Get(Name, Option<String>),
    /// Change the properties of a version, or of the current one.
    Update(Name, Option<String>),
    /// The names.
    List,
    /// The versions of a name.
    ListVersions(Name),
    /// Delete every version.
    Delete(Name),
    /// Read a deleted name.
    GetDeleted(Name),
    /// The deleted names.
    ListDeleted,
    /// Bring a deleted name back.
    Recover(Name),
    /// Remove a deleted name for good.
    Purge(Name),
    /// Take a backup.
    Backup(Name),
    /// Restore a backup.
    Restore,
}

impl Operation {
    /// What a request asks for.
    ///
    /// # Errors
    ///
    /// There is no such path, or it has no such method, or the name is not legal.
    pub fn parse(request: &Request) -> Result<Self, Refusal> {
        let segments = uri::segments(&request.path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let method = method(request);
        match segments.split_first() {
            Some((first, rest)) if is(first, "secrets") => Self::of_secrets(&method, rest),
            Some((first, rest)) if is(first, "deletedsecrets") => {
                Self::of_deleted_secrets(&method, rest)
            }
            _ => Err(Refusal::no_such_path()),
        }
    }

    /// Below `/secrets`. `versions`, `backup` and `restore` hide versions and names that are
    /// called so, but only from the methods that they have.
    fn of_secrets(method: &str, rest: &[&str]) -> Result<Self, Refusal> {
        match (method, rest) {
            (_, []) => only("GET", method, Self::List),
            ("POST", [word]) if is(word, "restore") => Ok(Self::Restore),
            ("PUT", [name]) => Ok(Self::Set(Name::parse(name)?)),
            ("GET", [name]) => Ok(Self::Get(Name::parse(name)?, None)),
            ("PATCH", [name]) => Ok(Self::Update(Name::parse(name)?, None)),
            ("DELETE", [name]) => Ok(Self::Delete(Name::parse(name)?)),
            ("GET", [name, word]) if is(word, "versions") => {
                Ok(Self::ListVersions(Name::parse(name)?))
            }
            ("POST", [name, word]) if is(word, "backup") => Ok(Self::Backup(Name::parse(name)?)),
            ("GET", [name, id]) => Ok(Self::Get(Name::parse(name)?, Some((*id).to_owned()))),
            ("PATCH", [name, id]) => Ok(Self::Update(Name::parse(name)?, Some((*id).to_owned()))),
            (_, [_] | [_, _]) => Err(Refusal::method_not_allowed(method)),
            _ => Err(Refusal::no_such_path()),
        }
    }

    /// Below `/deletedsecrets`.
    fn of_deleted_secrets(method: &str, rest: &[&str]) -> Result<Self, Refusal> {
        match (method, rest) {
            (_, []) => only("GET", method, Self::ListDeleted),
            ("GET", [name]) => Ok(Self::GetDeleted(Name::parse(name)?)),
            ("DELETE", [name]) => Ok(Self::Purge(Name::parse(name)?)),
            (_, [_]) => Err(Refusal::method_not_allowed(method)),
            (_, [name, word]) if is(word, "recover") => {
                only("POST", method, Self::Recover(Name::parse(name)?))
            }
            _ => Err(Refusal::no_such_path()),
        }
    }

    /// What a caller must be allowed to do. A deleted name needs `get` of a policy, although no
    /// value is told; of the roles' actions, the one whose text fits is `readMetadata`.
    pub fn action(&self, is_rbac: bool) -> Action {
        match self {
            Self::Set(_) => Action::Set,
            Self::GetDeleted(_) if is_rbac => Action::List,
            Self::Get(..) | Self::GetDeleted(_) => Action::Get,
            Self::Update(..) => Action::Update,
            Self::List | Self::ListVersions(_) | Self::ListDeleted => Action::List,
            Self::Delete(_) => Action::Delete,
            Self::Recover(_) => Action::Recover,
            Self::Purge(_) => Action::Purge,
            Self::Backup(_) => Action::Backup,
            Self::Restore => Action::Restore,
        }
    }

    /// The name that it is about.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::List | Self::ListDeleted | Self::Restore => None,
            Self::Set(name)
            | Self::Get(name, _)
            | Self::Update(name, _)
            | Self::ListVersions(name)
            | Self::Delete(name)
            | Self::GetDeleted(name)
            | Self::Recover(name)
            | Self::Purge(name)
            | Self::Backup(name) => Some(name),
        }
    }
}

/// The method; behind a firewall that lets only GET and POST pass, a POST may carry another one.
fn method(request: &Request) -> String {
    let tunnelled = request.header("x-http-method").filter(|_| request.method == "POST");
    tunnelled.unwrap_or(&request.method).to_ascii_uppercase()
}

/// The operation of a path that has a single method.
fn only(allowed: &str, method: &str, operation: Operation) -> Result<Operation, Refusal> {
    if method == allowed { Ok(operation) } else { Err(Refusal::method_not_allowed(method)) }
}

/// Words of a path have no case.
fn is(segment: &str, word: &str) -> bool {
    segment.eq_ignore_ascii_case(word)
}
