//! A folder of one's own laid over definitions that are there already: the demo's.

use std::path::Path;

use zaguan_policy::SourceFile;

use super::{Refused, TenantFile, TenantSources, files, keys};

impl TenantSources {
    /// Puts the files of a folder in the place of those of the same name, and adds the others: `tenant.toml`,
    /// `apps/*.toml`, and `*.xml` beside them or in `policies`.
    ///
    /// # Errors
    /// The file that cannot be read, and why; a folder in which there is none of these.
    pub fn lay_over(&mut self, folder: &Path) -> Result<(), Refused> {
        let text = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(|cause| Refused::Definition { file: path.display().to_string(), problem: cause.to_string() })
        };
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tenant = folder.join("tenant.toml");
        let apps = files(&folder.join("apps"), "toml")?;
        let mut policies = files(folder, "xml")?;
        let within = folder.join("policies");
        if within.is_dir() {
            policies.extend(files(&within, "xml")?);
        }
        if !tenant.exists() && apps.is_empty() && policies.is_empty() {
            let problem =
                "there is nothing to lay over: no `apps/*.toml`, no `*.xml` here or in `policies`, no `tenant.toml`";
            return Err(Refused::Definition { file: folder.display().to_string(), problem: problem.into() });
        }
        if tenant.exists() {
            self.tenant = text(&tenant)?;
            // What cannot be understood is refused when it is applied.
            if let Ok(file) = toml::from_str::<TenantFile>(&self.tenant) {
                self.keys = keys::find(&file.keys, folder, &|name| std::env::var(name).ok());
            }
        }
        for path in apps {
            self.apps.insert(name(&path), text(&path)?);
        }
        for path in policies {
            let file = SourceFile { name: name(&path).into(), text: text(&path)? };
            match self.policies.iter_mut().find(|known| known.name == file.name) {
                Some(known) => *known = file,
                None => self.policies.push(file),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use zaguan_policy::Language;

    use crate::{demo, report};

    const APP: &str = "client_id = \"9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000010\"\nname = \"Mine\"\n";

    /// How the demo starts with these files laid over its own: its apps and policies, or why not.
    fn laid_over(files: &[(&str, &str)]) -> Result<(usize, usize), String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let tenant = demo::tenant(8443, Some(folder.path()));
        let tenant = tenant.map_err(|refused| report::refusal(&refused, report::Style::Plain, Language::English))?;
        Ok((tenant.applications.len(), tenant.programs.len()))
    }

    #[test]
    fn what_is_laid_over_is_taken_wherever_a_tenant_has_it() {
        let model = include_str!("../../../../policies/demo/SignUpOrSignin.xml");
        let more = model.replace("B2C_1A_signup_signin", "B2C_1A_Mine");
        let api = "[api]\nidentifier_uri = \"https://contoso.onmicrosoft.com/tasks\"\n";
        for (files, expected) in [
            (&[("apps/shop.toml", APP)][..], Ok((6, 3))),
            (&[("apps/native.toml", APP)], Ok((5, 3))),
            (&[("Mine.xml", &*more)], Ok((5, 4))),
            (&[("policies/Mine.xml", &more)], Ok((5, 4))),
            (&[("policies/SignUpOrSignin.xml", &more)], Ok((5, 3))),
            (&[("apps/shop.toml", APP), ("policies/Mine.xml", &more)], Ok((6, 4))),
            (&[], Err("there is nothing to lay over")),
            (&[("shop.toml", APP)], Err("no `apps/*.toml`")),
            (&[("tenant.toml", "[standards.B2C_1A_signup_signin]\nissuer = true\n")], Err("missing field `domain`")),
            (
                &[("apps/mine.toml", &format!("{APP}{api}"))],
                Err(
                    "apps/tasks.toml: `identifier_uri` `https://contoso.onmicrosoft.com/tasks` is also that of `Mine` in apps/mine.toml",
                ),
            ),
        ] {
            match (laid_over(files), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{files:?}"),
                (Err(told), Err(words)) => assert!(told.contains(words), "{told}"),
                (found, expected) => panic!("{files:?}: {found:?}, and not {expected:?}"),
            }
        }
    }
}
