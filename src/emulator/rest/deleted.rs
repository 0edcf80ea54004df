//! Operations on the way to deletion and back.

use super::refusal::Refusal;
use super::route::Name;
use super::{Answer, Call};
use crate::emulator::message::Reply;
use crate::emulator::vaults::ledger::Change;
use crate::emulator::vaults::secret::{Life, Phase};

impl Call<'_> {
    /// Deletes every version; there is no way to delete one.
    pub fn delete(&mut self, name: &Name) -> Answer {
        let secret = self.living(name)?;
        if secret.is_managed {
            return Err(Refusal::managed("delete"));
        }
        let life = Life::deleted(self.now, &self.options);
        let deletion = if let Life::Deleted(deletion) = life { Some(deletion) } else { None };
        let reply = Reply::json(200, &self.form().deleted(secret, deletion));
        self.commit(name.text(), Change::Life(life))?;
        Ok(reply)
    }

    /// Only once the delete is complete. A disabled secret is shown as well.
    pub fn get_deleted(&self, name: &Name) -> Answer {
        match self.find(name.text()) {
            Some((secret, Phase::Deleted(deletion))) => {
                Ok(Reply::json(200, &self.form().deleted(secret, Some(deletion))))
            }
            _ => Err(Refusal::deleted_not_found(name.text())),
        }
    }

    /// What cannot be recovered is missed in the words for a living secret.
    pub fn recover(&mut self, name: &Name) -> Answer {
        let secret = match self.find(name.text()) {
            Some((secret, Phase::Deleted(_))) => secret,
            Some((_, Phase::Deleting | Phase::Purging)) => return Err(Refusal::being_deleted()),
            Some((_, phase @ Phase::Recovering)) => {
                return Err(Refusal::taken(name.text(), phase));
            }
            Some((_, Phase::Live | Phase::Gone)) | None => {
                return Err(Refusal::not_found(name.text()));
            }
        };
        let reply = Reply::json(200, &self.form().without_value(secret, &secret.current));
        let life = Life::recovered(self.now, &self.options);
        self.commit(name.text(), Change::Life(life))?;
        Ok(reply)
    }

    /// Nothing tells when it is complete but a write that succeeds.
    pub fn purge(&mut self, name: &Name) -> Answer {
        match self.find(name.text()) {
            Some((_, Phase::Deleting)) => return Err(Refusal::being_deleted()),
            Some((_, Phase::Deleted(_))) => {}
            _ => return Err(Refusal::deleted_not_found(name.text())),
        }
        if self.options.purge_protection {
            return Err(Refusal::purge_protected(&self.request.host));
        }
        let life = Life::purged(self.now, &self.options);
        self.commit(name.text(), Change::Life(life))?;
        Ok(Reply::empty(204))
    }
}
