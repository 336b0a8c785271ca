//! Codes and refresh tokens.

use async_trait::async_trait;
use zaguan_policy::Timestamp;

use super::{Memory, State};
use crate::{
    CodeHash, FamilyId, FirstToken, Grant, Grants, RefreshFamily, Rotated, StoreFault, Stored, Taken, TenantId,
};

#[async_trait]
impl Grants for Memory {
    async fn code(&self, tenant: &TenantId, code: &CodeHash, now: Timestamp) -> Stored<Option<Grant>> {
        let state = self.open("read a code")?;
        let found = state.codes.get(&(tenant.clone(), *code)).filter(|code| now < code.new.until);
        Ok(found.map(|code| code.new.grant.clone()))
    }

    async fn redeem_code(
        &self,
        tenant: &TenantId,
        code: &CodeHash,
        refresh: Option<FirstToken>,
        now: Timestamp,
    ) -> Stored<Taken> {
        const DOING: &str = "redeem a code";
        let mut state = self.open(DOING)?;
        let taken = state.take_code(tenant, code, now);
        match (&taken, refresh) {
            (Taken::Grant { grant, family }, Some(FirstToken { issued, until })) => {
                let (id, grant) = (family.clone(), grant.clone());
                let family = RefreshFamily { id, grant, generation: 0, rotated: issued, until };
                if let Err(fault) = state.begin_family(tenant, family, DOING) {
                    state.give_back(tenant, code);
                    return Err(fault);
                }
            }
            (Taken::Before(family), _) => state.end_family(tenant, family),
            (Taken::Grant { .. }, None) | (Taken::Unknown, _) => {}
        }
        Ok(taken)
    }

    async fn begin_family(&self, tenant: &TenantId, family: &RefreshFamily) -> Stored<()> {
        const DOING: &str = "begin a family of refresh tokens";
        self.open(DOING)?.begin_family(tenant, family.clone(), DOING)
    }

    async fn family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<Option<RefreshFamily>> {
        Ok(self.open("read a family of refresh tokens")?.families.get(&(tenant.clone(), id.clone())).cloned())
    }

    async fn rotate(
        &self,
        tenant: &TenantId,
        id: &FamilyId,
        generation: u32,
        until: Timestamp,
        now: Timestamp,
        grace_millis: i64,
    ) -> Stored<Rotated> {
        let mut state = self.open("rotate a refresh token")?;
        let key = (tenant.clone(), id.clone());
        let Some(family) = state.families.get_mut(&key) else { return Ok(Rotated::Gone) };
        let rotated = family.rotate(generation, until, now, grace_millis);
        if rotated == Rotated::Reused {
            state.families.remove(&key);
        }
        Ok(rotated)
    }

    async fn end_family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<()> {
        self.open("end a family of refresh tokens")?.end_family(tenant, id);
        Ok(())
    }

    async fn first_sight(&self, tenant: &TenantId, id: &[u8; 32], until: Timestamp, now: Timestamp) -> Stored<bool> {
        let mut state = self.open("remember what was shown")?;
        let sights = &mut state.sights;
        let key = (tenant.clone(), *id);
        if sights.get(&key).is_some_and(|until| now < *until) {
            return Ok(false);
        }
        sights.insert(key, until);
        Ok(true)
    }
}

impl State {
    fn take_code(&mut self, tenant: &TenantId, code: &CodeHash, now: Timestamp) -> Taken {
        match self.codes.get_mut(&(tenant.clone(), *code)) {
            Some(code) if code.new.until <= now => Taken::Unknown,
            Some(code) if code.taken => Taken::Before(code.new.family.clone()),
            Some(code) => {
                code.taken = true;
                Taken::Grant { grant: code.new.grant.clone(), family: code.new.family.clone() }
            }
            None => Taken::Unknown,
        }
    }

    /// As a transaction that fails does.
    fn give_back(&mut self, tenant: &TenantId, code: &CodeHash) {
        self.codes.entry((tenant.clone(), *code)).and_modify(|code| code.taken = false);
    }

    fn begin_family(&mut self, tenant: &TenantId, family: RefreshFamily, doing: &'static str) -> Stored<()> {
        let key = (tenant.clone(), family.id.clone());
        if self.families.contains_key(&key) {
            return Err(StoreFault { doing, cause: "there is one of this name".into() });
        }
        self.families.insert(key, RefreshFamily { generation: 0, ..family });
        Ok(())
    }

    fn end_family(&mut self, tenant: &TenantId, id: &FamilyId) {
        self.families.remove(&(tenant.clone(), id.clone()));
    }
}
