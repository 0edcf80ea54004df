//! The secrets data plane: what the service answers to each request.
//!
//! Every text, order and code is as recorded from the real service; where there is no recording,
//! the comment says so.

mod api_version;
mod body;
mod bundle;
mod deleted;
mod list;
mod page;
mod refusal;
mod route;
mod secret;
#[cfg(test)]
mod tests;
mod uri;

use jiff::Timestamp;
use serde_json::json;

pub use self::body::NewVersion;

use self::api_version::ApiVersion;
use self::bundle::Form;
use self::refusal::Refusal;
use self::route::{Name, Operation};
use self::uri::Query;
use super::message::{Reply, Request};
use super::vaults::ledger::{Change, Record};
use super::vaults::secret::{Phase, Secret};
use super::vaults::store::Store;
use super::vaults::{AccessModel, Caller, NetworkRules, VaultOptions};

/// What an operation comes to.
type Answer = Result<Reply, Refusal>;

/// Answers a request whose token was checked.
pub fn answer(store: &mut Store, request: &Request, caller: &Caller, now: Timestamp) -> Reply {
    serve(store, request, caller, now).unwrap_or_else(|Refusal(reply)| reply)
}

/// Rights come before everything that the vault holds, so that a refusal tells nothing about it.
fn serve(store: &mut Store, request: &Request, caller: &Caller, now: Timestamp) -> Answer {
    if route::is_health(request) {
        return Ok(Reply::json(200, &json!("OK")));
    }
    let options = store.options(&request.host).clone();
    check_network(&options.network, request, caller)?;
    let operation = Operation::parse(request)?;
    let query = Query::parse(&request.query);
    let api = ApiVersion::parse(query.api_version.as_deref())?;
    check_rights(&operation, caller, &request.host)?;
    let mut call = Call { store, request, query, api, options, now };
    let mut reply = call.carry_out(&operation)?;
    add_assignment(&mut reply, caller);
    Ok(reply)
}

/// A request that may be carried out.
struct Call<'a> {
    /// What it reads and changes.
    store: &'a mut Store,
    /// What it sent.
    request: &'a Request,
    /// The parameters that it sent.
    query: Query,
    /// What it speaks.
    api: ApiVersion,
    /// How its vault behaves.
    options: VaultOptions,
    /// When it came.
    now: Timestamp,
}

impl Call<'_> {
    /// Each operation is in the file of what it works on.
    fn carry_out(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Set(name) => self.set(name),
            Operation::Get(name, id) => self.get(name, id.as_deref()),
            Operation::Update(name, id) => self.update(name, id.as_deref()),
            Operation::List => self.list(),
            Operation::ListVersions(name) => self.list_versions(name),
            Operation::Delete(name) => self.delete(name),
            Operation::GetDeleted(name) => self.get_deleted(name),
            Operation::ListDeleted => self.list_deleted(),
            Operation::Recover(name) => self.recover(name),
            Operation::Purge(name) => self.purge(name),
            Operation::Backup(name) => self.backup(name),
            Operation::Restore => self.restore(),
        }
    }

    /// A name that is not free, and what the caller meets there.
    fn find(&self, name: &str) -> Option<(&Secret, Phase)> {
        self.store.ledger.find(&self.request.host, name, self.now)
    }

    /// A name that can be read.
    fn living(&self, name: &Name) -> Result<&Secret, Refusal> {
        match self.find(name.text()) {
            Some((secret, Phase::Live)) => Ok(secret),
            _ => Err(Refusal::not_found(name.text())),
        }
    }

    /// Keeps a change; afterwards reads see it.
    fn commit(&mut self, name: &str, change: Change) -> Result<(), Refusal> {
        let (host, name) = (self.request.host.clone(), name.to_owned());
        self.store.commit(Record { host, name, change }).map_err(|error| {
            log::error!("the embedded vault could not keep a change: {error}");
            Refusal::failed()
        })
    }

    /// How the answer is written.
    fn form(&self) -> Form<'_> {
        Form { host: &self.request.host, options: &self.options, api: self.api }
    }
}

/// Whether the vault can be reached from there; the caller is known by then. That it comes
/// before rights is not recorded.
fn check_network(rules: &NetworkRules, request: &Request, caller: &Caller) -> Result<(), Refusal> {
    match rules {
        NetworkRules::Addresses(admitted) if !admitted.contains(&request.peer) => {
            Err(Refusal::by_firewall(caller, request.peer, &request.host))
        }
        NetworkRules::Private => Err(Refusal::not_private(caller, &request.host)),
        NetworkRules::Open | NetworkRules::Addresses(_) => Ok(()),
    }
}

/// Whether the caller may do it, by the model that granted their rights.
fn check_rights(operation: &Operation, caller: &Caller, host: &str) -> Result<(), Refusal> {
    let is_rbac = caller.rights.model() == AccessModel::Rbac;
    let action = operation.action(is_rbac);
    if caller.rights.allow(action) {
        return Ok(());
    }
    Err(Refusal::no_right(caller, action, host, operation.name()))
}

/// Where roles grant rights, the answer says which assignment did, and how old that knowledge is.
fn add_assignment(reply: &mut Reply, caller: &Caller) {
    if caller.rights.model() == AccessModel::Rbac {
        let headers = [ASSIGNMENT, CACHE].map(|(name, value)| (name.to_owned(), value.to_owned()));
        reply.headers.extend(headers);
    }
}

/// The one role assignment there is.
const ASSIGNMENT: (&str, &str) =
    ("x-ms-keyvault-rbac-assignment-id", "00000000-0000-0000-0000-000000000001");

/// Ages in seconds of what the service knows of roles.
const CACHE: (&str, &str) =
    ("x-ms-keyvault-rbac-cache", "ra_age=0;da_age=0;rd_age=0;brd_age=0;ra_notif_age=0;dec_lev=1;");
