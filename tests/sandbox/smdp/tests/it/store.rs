//! The store in a folder: shared by processes, whole at every moment, private.

use std::path::Path;
use std::sync::Arc;

use lpakit_sandbox_crypto::OsRandom;
use lpakit_sandbox_smdp::SmdpConfig;
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::{OrderBook, OrderRequest, OrderState};
use lpakit_sandbox_smdp::store::{FolderStore, Store, StoreError};

use crate::card::Card;
use crate::world::{ADDRESS, World, pki};

fn open(folder: &Path) -> Arc<dyn Store> {
    Arc::new(FolderStore::open(folder).unwrap())
}

/// What another process has: the folder, and the server's settings.
fn book_beside(folder: &Path) -> OrderBook {
    let config = SmdpConfig::new(pki(), vec![ADDRESS.to_owned()]).unwrap();
    OrderBook::new(
        config.book_options().unwrap(),
        open(folder),
        Arc::new(SystemClock),
        Box::new(OsRandom),
    )
}

#[test]
fn an_order_placed_beside_the_running_server_is_seen_and_outlives_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with_store(open(folder.path()), |_| ());
    let book = book_beside(folder.path());
    let mut request = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
    request.confirmation_code = Some("1234".to_owned());
    let order = book.place(&request).unwrap();

    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    let body = card.prepare(&offer, Some("1234"));
    world.call("getBoundProfilePackage", &body);
    drop(world);

    // The result comes when the next server is running.
    let next = World::with_store(open(folder.path()), |_| ());
    assert_eq!(next.state(&order), OrderState::Downloaded);
    let result = card.result(order.iccid, Card::success());
    for _ in 0..2 {
        assert_eq!(next.post("handleNotification", &result).status, 204);
    }
    let seen = book.order(&order.id).unwrap();
    assert_eq!(seen.state, OrderState::Installed);
    let received = next.smdp.received().unwrap();
    assert_eq!((received.len(), received[0].times), (1, 2));
}

#[test]
fn changes_from_many_threads_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let book = book_beside(folder.path());
    let request = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
    let id = book.place(&request).unwrap().id;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = open(folder.path());
                for _ in 0..10 {
                    store.update(&id, &mut |order| order.download_attempts += 1).unwrap();
                }
            });
        }
    });
    assert_eq!(book.order(&id).unwrap().download_attempts, 40);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let request = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
    let order = book_beside(folder.path()).place(&request).unwrap();
    let mode = |path: String| {
        let metadata = std::fs::metadata(folder.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(format!("orders/{}.json", order.id)), 0o600);
    assert_eq!(mode(format!("profiles/{}.der", order.id)), 0o600);
    assert_eq!(mode("orders".to_owned()), 0o700);
}

#[test]
fn half_written_files_do_no_harm_and_damaged_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let book = book_beside(folder.path());
    std::fs::write(folder.path().join("orders/.new-abc"), "{").unwrap();
    assert!(book.orders().unwrap().is_empty());
    std::fs::write(folder.path().join("orders/0123456789abcdef.json"), "{").unwrap();
    let error = book.orders().unwrap_err();
    assert!(matches!(error, StoreError::Folder(_)));
    assert!(error.to_string().contains("0123456789abcdef.json"));
}

#[test]
fn confirmation_codes_are_not_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
    request.confirmation_code = Some("very-secret-code".to_owned());
    let order = book_beside(folder.path()).place(&request).unwrap();
    let file = folder.path().join(format!("orders/{}.json", order.id));
    let text = std::fs::read_to_string(file).unwrap();
    assert!(!text.contains("very-secret-code"));
}
