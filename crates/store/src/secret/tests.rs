use super::*;

fn vault(keys: &[&Key]) -> Vault {
    let vault = Vault::default();
    vault.set(&keys.iter().map(|key| (*key).clone()).collect::<Vec<_>>(), None);
    vault
}

#[test]
fn what_is_sealed_opens_in_its_place_alone() {
    let key = Key::random();
    let vault = vault(&[&key]);
    let sealed = vault.seal_text(CPE_PASSWORD, 7, "quiet otter");
    assert!(sealed.starts_with(PREFIX) && !sealed.contains("otter"));
    assert_ne!(sealed, vault.seal_text(CPE_PASSWORD, 7, "quiet otter"), "another nonce each time");
    assert_eq!(vault.open_text(CPE_PASSWORD, 7, &sealed).unwrap(), "quiet otter");
    assert!(vault.open_text(CPE_PASSWORD, 8, &sealed).is_err(), "another row");
    assert!(vault.open_text(CPE_PENDING, 7, &sealed).is_err(), "another column");
    let mut changed = sealed.clone().into_bytes();
    let last = changed.len() - 3;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    assert!(vault.open_text(CPE_PASSWORD, 7, &String::from_utf8(changed).unwrap()).is_err());
    for cut in ["lm1.", "lm1.AAAA", &sealed[..sealed.len() / 2], "lm1.?"] {
        assert!(vault.open_text(CPE_PASSWORD, 7, cut).is_err(), "{cut}");
    }
}

#[test]
fn bytes_too_and_what_is_old_is_taken_as_it_is() {
    let vault = vault(&[&Key::random()]);
    let sealed = vault.seal_bytes(TREE, 7, vec![1, 2, 3]);
    assert_eq!((sealed[0], sealed.len()), (SEALED, 1 + 4 + 24 + 3 + 16));
    assert_eq!(*vault.open_bytes(TREE, 7, &sealed).unwrap(), [1, 2, 3]);
    assert!(vault.open_bytes(TREE, 8, &sealed).is_err());
    assert_eq!(*vault.open_bytes(TREE, 7, &[1, 2, 3]).unwrap(), [1, 2, 3]);
    assert_eq!(vault.open_text(HOT, 7, "{}").unwrap(), "{}");
    assert_eq!(vault.seal_text(HOT, 7, ""), "");
    assert!(vault.is_stale_text("{}") && vault.is_stale_bytes(&[1]) && !vault.is_stale_bytes(&sealed));
}

#[test]
fn old_keys_open_and_the_new_one_seals() {
    let (old, new) = (Key::random(), Key::random());
    let before = vault(&[&old]).seal_text(HOT, 7, "x");
    let both = vault(&[&new, &old]);
    assert!(both.is_stale_text(&before));
    assert_eq!(both.open_text(HOT, 7, &before).unwrap(), "x");
    let after = both.seal_text(HOT, 7, "x");
    assert!(!both.is_stale_text(&after));
    let error = vault(&[&old]).open_text(HOT, 7, &after).unwrap_err();
    assert!(error.to_string().contains(&new.id().to_string()), "{error}");
    assert!(!format!("{old:?} {both:?}").contains(&hex::encode(old.0)));
}

#[test]
fn a_key_that_another_process_made_is_read_when_it_is_met() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/secret.key");
    let (old, new) = (Key::random(), Key::random());
    assert!(keys::make(&file, &old).unwrap());
    assert!(!keys::make(&file, &new).unwrap(), "made once");
    let server = Vault::default();
    server.set(&keys::read(&file).unwrap().unwrap(), Some(file.clone()));
    keys::replace(&file, &[new.clone(), old.clone()]).unwrap();
    let sealed = vault(&[&new]).seal_text(HOT, 7, "x");
    assert_eq!(server.open_text(HOT, 7, &sealed).unwrap(), "x");
    assert_eq!(server.current(), Some(new.id()), "and used from then on");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&file, "no key\n").unwrap();
    assert!(keys::read(&file).is_err());
    assert_eq!(keys::read(&folder.path().join("none")).unwrap(), None);
}
