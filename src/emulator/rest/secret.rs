//! Operations on living secrets, and on backups of them.

use serde_json::json;

use super::body::{self, NewVersion, Properties};
use super::refusal::Refusal;
use super::route::Name;
use super::{Answer, Call};
use crate::emulator::message::Reply;
use crate::emulator::vaults::backup;
use crate::emulator::vaults::ledger::Change;
use crate::emulator::vaults::secret::{Phase, Secret, Version};

impl Call<'_> {
    /// A new version inherits nothing from the one before. Its value is answered even if it is
    /// disabled.
    pub fn set(&mut self, name: &Name) -> Answer {
        let new = NewVersion::parse(self.request)?;
        let version = new.made(self.now, &self.options).map_err(|_| Refusal::failed())?;
        let change = match self.find(name.text()) {
            None => Change::Whole(Secret::new(name.text(), version)),
            Some((secret, Phase::Live)) if secret.is_managed => {
                return Err(Refusal::managed("set"));
            }
            Some((_, Phase::Live)) => Change::Version(version),
            Some((_, phase)) => return Err(Refusal::taken(name.text(), phase)),
        };
        self.commit(name.text(), change)?;
        let secret = self.living(name)?;
        Ok(Reply::json(200, &self.form().with_value(secret, &secret.current)))
    }

    /// Dates do not matter; a disabled version is refused, and no older one stands in for it.
    pub fn get(&self, name: &Name, id: Option<&str>) -> Answer {
        let (secret, version) = self.living_version(name, id)?;
        if !version.enabled {
            return Err(Refusal::disabled());
        }
        Ok(Reply::json(200, &self.form().with_value(secret, version)))
    }

    /// Works on a disabled version, too: that is how it becomes enabled again.
    pub fn update(&mut self, name: &Name, id: Option<&str>) -> Answer {
        let properties = Properties::parse(self.request)?;
        let (_, version) = self.living_version(name, id)?;
        let version = properties.merge(version, self.now);
        let id = version.id.clone();
        self.commit(name.text(), Change::Version(version))?;
        let (secret, version) = self.living_version(name, Some(&id))?;
        Ok(Reply::json(200, &self.form().without_value(secret, version)))
    }

    /// Also of a disabled secret; whether the real service does that is not recorded.
    pub fn backup(&self, name: &Name) -> Answer {
        let blob = backup::seal(self.living(name)?).map_err(|_| Refusal::failed())?;
        Ok(Reply::json(200, &json!({ "value": blob })))
    }

    /// Every version comes back with its id and its dates, into this vault or another one.
    pub fn restore(&mut self) -> Answer {
        let blob = body::blob(self.request)?;
        let secret = backup::open(&blob).ok_or_else(Refusal::malformed_backup)?;
        if let Some((_, phase)) = self.find(&secret.name) {
            return Err(Refusal::taken(&secret.name, phase));
        }
        let reply = Reply::json(200, &self.form().without_value(&secret, &secret.current));
        self.commit(&secret.name.clone(), Change::Whole(secret))?;
        Ok(reply)
    }

    /// A version of a name that can be read, or its current one.
    fn living_version(
        &self,
        name: &Name,
        id: Option<&str>,
    ) -> Result<(&Secret, &Version), Refusal> {
        let Some(id) = id else {
            let secret = self.living(name)?;
            return Ok((secret, &secret.current));
        };
        let path = || Refusal::not_found(&format!("{}/{id}", name.text()));
        let secret = self.living(name).map_err(|_| path())?;
        Ok((secret, secret.version(id).ok_or_else(path)?))
    }
}
